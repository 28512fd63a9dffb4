# The tests; each runs in an empty folder of its own. Sourced by run.
# shellcheck shell=bash disable=SC2154  # repository, partita and lab_dir are set by run

fit=$repository/scripts/slurm/fit.sbatch
array=$repository/scripts/slurm/restarts-array.sbatch

# expect WHAT WANTED GOT: ends the test where they differ
expect() {
  [[ $2 == "$3" ]] && return
  echo "$1: expected '$2', got '$3'"
  for log in *.log; do [[ ! -s $log ]] || { echo "--- $log"; cat "$log"; }; done
  exit 1
}

# submit SBATCH ARGUMENTS: two nodes, two tasks each, log in job.log; prints the job's number
submit() { sbatch --parsable --nodes=2 --ntasks=4 --ntasks-per-node=2 --output=job.log "$@"; }

# the stand-in counts; a run of it by a launcher
count() {
  local launcher=$1
  shift
  PARTITA=$lab_dir/counter PARTITA_LAUNCHER=$launcher submit "$@"
}

log_has() { grep -qs -- "$1" job.log; }
wait_for_start() { lab_until 20 log_has "^process 3" || expect start "process 3 in the log" "not there"; }
processes_on() { grep -c "^process [0-3] of 4 on $1 " job.log || true; }

ends_on_two_nodes() {
  local job
  job=$(count "$1" "$fit" --steps 2)
  expect state "COMPLETED 0:0" "$(lab_wait "$job" 30)"
  expect "processes on node1" 2 "$(processes_on node1)"
  expect "processes on node2" 2 "$(processes_on node2)"
}
test_fit_ends_on_two_nodes_by_mpirun() { ends_on_two_nodes mpirun; }
test_fit_ends_on_two_nodes_by_srun() { ends_on_two_nodes srun; }
test_fit_chooses_srun_where_it_offers_pmix() {
  ends_on_two_nodes auto
  expect launcher "by srun" "$(sed -n 's/^fit.sbatch: job .* \(by .*\)/\1/p' job.log)"
}

test_fit_chooses_mpirun_where_srun_does_not() {
  local job
  mkdir bin
  # shellcheck disable=SC2016  # expanded when it runs
  printf '#!/bin/sh\ncase "$*" in *pmix*) exit 1;; esac\nexec /usr/bin/srun "$@"\n' >bin/srun
  chmod +x bin/srun
  job=$(PATH=$PWD/bin:$PATH count auto "$fit" --steps 2)
  expect state "COMPLETED 0:0" "$(lab_wait "$job" 30)"
  expect launcher "by mpirun" "$(sed -n 's/^fit.sbatch: job .* \(by .*\)/\1/p' job.log)"
}

test_fit_gives_threads_their_processors_by_mpirun() { gives_threads_their_processors mpirun; }
test_fit_gives_threads_their_processors_by_srun() { gives_threads_their_processors srun; }
gives_threads_their_processors() {
  local job
  "$partita" generate lowrank --rows 400 --columns 50 -k 3 --output x.npy
  job=$(PARTITA=$partita PARTITA_LAUNCHER=$1 sbatch --parsable --nodes=2 --ntasks=2 --ntasks-per-node=1 \
    --cpus-per-task=2 --output=job.log "$fit" -k 3 x.npy --threads 2 --output result)
  expect state "COMPLETED 0:0" "$(lab_wait "$job" 60)"
  expect layout "2 2" "$(layout_number processes) $(layout_number threads)"
  # two virtual nodes of two processors are one machine of two: only the binding can be right
  ! log_has "is bound to" || expect binding "two processors" "fewer"
}
layout_number() { sed -n "s/^    \"$1\": \([0-9]*\),*/\1/p" result/run.json; }

test_fit_reports_bad_data_by_mpirun() { reports_bad_data mpirun; }
test_fit_reports_bad_data_by_srun() { reports_bad_data srun; }
reports_bad_data() {
  local job
  job=$(count "$1" "$fit" --exit 65)
  expect state "FAILED 65:0" "$(lab_wait "$job" 30)"
}

test_fit_says_that_there_is_no_program() {
  local job
  job=$(PARTITA=/no/such/program submit "$fit")
  expect state "FAILED 69:0" "$(lab_wait "$job" 30)"
  expect message 1 "$(grep -c "no program '/no/such/program'" job.log)"
}

continues_after_usr1() {
  local job
  job=$(count "$1" "$fit" --steps 80)
  wait_for_start
  sleep 1
  scancel --batch --signal=USR1 "$job"
  expect state "COMPLETED 0:0" "$(lab_wait "$job" 60)"
  expect "runs in the log" 2 "$(grep -c '^fit.sbatch: job' job.log)"
  expect "first run" 1 "$(grep -c '^status=interrupted count=[1-7]' job.log)"
  expect "count" 80 "$(sed -n 's/^status=converged count=//p' job.log)"
  expect "processes from the start" 4 "$(grep -c '^process .* from 0$' job.log)"
}
test_fit_continues_after_usr1_by_mpirun() { continues_after_usr1 mpirun; }
test_fit_continues_after_usr1_by_srun() { continues_after_usr1 srun; }

test_fit_stops_requeueing_in_the_end() {
  local job
  job=$(PARTITA_MAX_REQUEUES=0 count srun "$fit" --steps 200)
  wait_for_start
  scancel --batch --signal=USR1 "$job"
  expect state "FAILED 75:0" "$(lab_wait "$job" 30)"
}

test_fit_stops_requeueing_when_it_comes_no_further() {
  local job
  # shellcheck disable=SC2016  # expanded when it runs
  printf '#!/bin/sh\necho run of no avail\nexit 75\n' >idle
  chmod +x idle
  job=$(PARTITA=$PWD/idle PARTITA_LAUNCHER=mpirun sbatch --parsable --ntasks=1 --output=job.log "$fit" x.npy)
  expect state "FAILED 75:0" "$(lab_wait "$job" 60)"
  expect "runs in the log" 2 "$(grep -c '^run of no avail' job.log)"
  expect message 1 "$(grep -c 'two runs in a row came no further' job.log)"
}

test_fit_stays_cancelled() {
  local job
  job=$(count srun "$fit" --steps 200)
  wait_for_start
  scancel "$job"
  lab_until 30 lab_job_ended "$job"
  expect state CANCELLED "$(lab_job_state "$job")"
  expect "runs in the log" 1 "$(grep -c '^fit.sbatch: job' job.log)"
}

test_fit_continues_past_the_time_limit() {
  local job
  job=$(count mpirun --time=1 --signal=B:USR1@25 "$fit" --steps 900)
  expect state "COMPLETED 0:0" "$(lab_wait "$job" 150)"
  expect "count" 900 "$(sed -n 's/^status=converged count=//p' job.log)"
  expect interrupted yes "$(grep -q '^status=interrupted' job.log && echo yes)"
}

ends_when_a_process_dies() {
  local job processes
  job=$(count "$1" "$fit" --steps 400)
  wait_for_start
  mapfile -t processes < <(lab_processes "$lab_dir/counter fit")
  expect processes 4 "${#processes[@]}"
  kill -KILL "${processes[2]}"
  expect state "FAILED 137:0" "$(lab_wait "$job" 30)"
}
test_fit_ends_when_a_process_dies_by_mpirun() { ends_when_a_process_dies mpirun; }
test_fit_ends_when_a_process_dies_by_srun() { ends_when_a_process_dies srun; }

continues_after_a_node_failed() {
  local job
  job=$(count "$1" "$fit" --steps 60)
  wait_for_start
  lab_crash node2
  lab_until 20 state_is "$job" PENDING || expect state PENDING "$(lab_job_state "$job")"
  lab_start_node node2
  expect state "COMPLETED 0:0" "$(lab_wait "$job" 60)"
  expect "runs in the log" 2 "$(grep -c '^fit.sbatch: job' job.log)"
}
state_is() { [[ $(lab_job_state "$1") == "$2" ]]; }
test_fit_runs_again_after_a_node_failed_by_mpirun() { continues_after_a_node_failed mpirun; }
test_fit_runs_again_after_a_node_failed_by_srun() { continues_after_a_node_failed srun; }

test_array_shares_the_restarts() {
  local job
  job=$(PARTITA=$lab_dir/counter sbatch --parsable --array=0-2 --ntasks=1 --output=task-%a.log \
    "$array" --restarts 7 -k 3 --output=result --steps 1 data.npy)
  expect states "COMPLETED 0:0 COMPLETED 0:0 COMPLETED 0:0" "$(lab_wait "$job" 40 | xargs)"
  expect outputs "result-0 result-1 result-2" "$(echo result-*)"
}

# ---- partita itself

# run_partita LAUNCHER FIT-ARGUMENTS...
run_partita() {
  local launcher=$1
  shift
  PARTITA=$partita PARTITA_LAUNCHER=$launcher submit "$fit" "$@"
}
need_partita() { [[ -x $partita ]] || { echo "no program $partita"; exit 77; }; }

partita_ends_on_two_nodes() {
  local job
  need_partita
  "$partita" generate factory --output factory.npy
  job=$(run_partita "$1" -k 3 factory.npy --output result)
  expect state "COMPLETED 0:0" "$(lab_wait "$job" 60)"
  expect summary 1 "$(grep -c '^status=converged .* output=result$' job.log)"
  expect "relative error" small "$(sed -n 's/^status=.* relative_error=\([^ ]*\) .*/\1/p' job.log | awk '{print $1 < 1e-8 ? "small" : $1}')"
  expect factors "A.npy S.npy" "$(cd result && echo ./*.npy | sed 's|\./||g')"
}
test_partita_ends_on_two_nodes_by_mpirun() { partita_ends_on_two_nodes mpirun; }
test_partita_ends_on_two_nodes_by_srun() { partita_ends_on_two_nodes srun; }

partita_reports_bad_data() {
  local job
  need_partita
  printf '1,2,3\n4,-5,6\n7,8,9\n' >negative.csv
  job=$(run_partita "$1" -k 2 negative.csv --output result)
  expect state "FAILED 65:0" "$(lab_wait "$job" 60)"
  expect "run folder" "not there" "$(if [[ -e result/run.json ]]; then echo there; else echo "not there"; fi)"
}
test_partita_reports_bad_data_by_mpirun() { partita_reports_bad_data mpirun; }
test_partita_reports_bad_data_by_srun() { partita_reports_bad_data srun; }

# a run of some seconds that saves itself twice a second; 'result' is to become what 'whole' is
long_fit=(-k 6 x.npy --grid 2x2 --restarts 2 --batch 1 --solver mu --tolerance 0
  --max-iterations 3000 --checkpoint-every 0.5)
make_whole() {
  need_partita
  "$partita" generate lowrank --rows 600 --columns 400 -k 6 --noise 0.1 --output x.npy
  mpirun --oversubscribe -n 4 "$partita" fit "${long_fit[@]}" --output whole >whole.out 2>&1
}
is_saved() { [[ -e result/checkpoint/group-0.checkpoint ]]; }
wait_for_checkpoint() { lab_until 30 is_saved || expect checkpoint "a checkpoint" "none"; }
expect_whole() {
  expect "status in the end" 1 "$(grep -c '^status=max_iterations' job.log)"
  cmp whole/A.npy result/A.npy || expect A.npy "that of the whole run" another
  cmp whole/S.npy result/S.npy || expect S.npy "that of the whole run" another
}
continued_runs() { grep -c '^partita: continues from the checkpoint' job.log || true; }

partita_continues_after_usr1() {
  local job
  make_whole
  job=$(run_partita "$1" "${long_fit[@]}" --output result)
  wait_for_checkpoint
  scancel --batch --signal=USR1 "$job"
  expect state "COMPLETED 0:0" "$(lab_wait "$job" 90)"
  expect "stopped runs" 1 "$(grep -c '^status=interrupted' job.log)"
  expect "continued runs" 1 "$(continued_runs)"
  expect_whole
}
test_partita_continues_after_usr1_by_mpirun() { partita_continues_after_usr1 mpirun; }
test_partita_continues_after_usr1_by_srun() { partita_continues_after_usr1 srun; }

partita_continues_after_a_process_died() {
  local job processes
  make_whole
  job=$(run_partita "$1" "${long_fit[@]}" --output result)
  wait_for_checkpoint
  mapfile -t processes < <(lab_processes "$partita fit")
  expect processes 4 "${#processes[@]}"
  kill -KILL "${processes[2]}"
  expect state "FAILED 137:0" "$(lab_wait "$job" 60)"
  job=$(run_partita "$1" "${long_fit[@]}" --output result --resume require)
  expect state "COMPLETED 0:0" "$(lab_wait "$job" 60)"
  expect_whole
}
test_partita_continues_after_a_process_died_by_mpirun() { partita_continues_after_a_process_died mpirun; }
test_partita_continues_after_a_process_died_by_srun() { partita_continues_after_a_process_died srun; }

test_partita_continues_after_a_node_failed() {
  local job
  make_whole
  job=$(run_partita mpirun "${long_fit[@]}" --output result)
  wait_for_checkpoint
  lab_crash node2
  lab_until 20 state_is "$job" PENDING || expect state PENDING "$(lab_job_state "$job")"
  lab_start_node node2
  expect state "COMPLETED 0:0" "$(lab_wait "$job" 90)"
  expect "continued runs" 1 "$(continued_runs)"
  expect_whole
}

# no signal, no --max-time: partita asks SLURM itself when the job ends
test_partita_stops_before_the_time_limit() {
  local job
  need_partita
  "$partita" generate lowrank --rows 600 --columns 400 -k 6 --noise 0.1 --output x.npy
  job=$(sbatch --parsable --ntasks=2 --time=1 --output=job.log --wrap \
    "exec mpirun $partita fit -k 6 x.npy --tolerance 0 --max-iterations 100000000 --output result")
  expect state "FAILED 75:0" "$(lab_wait "$job" 100)"
  expect status 1 "$(grep -c '^status=time_limit' job.log)"
  is_saved || expect checkpoint "a checkpoint" none
}

test_partita_array_merges_into_the_whole() {
  local job merge
  need_partita
  "$partita" generate lowrank --rows 300 --columns 200 -k 6 --noise 0.1 --output x.npy
  "$partita" fit -k 6 x.npy --restarts 7 --batch 1 --output whole >whole.out 2>&1
  job=$(PARTITA=$partita sbatch --parsable --array=0-2 --ntasks=1 --output=task-%a.log "$array" \
    -k 6 x.npy --restarts 7 --batch 1 --output result)
  merge=$(sbatch --parsable --dependency="afterok:$job" --ntasks=1 --output=job.log \
    --wrap "exec $partita merge result-* --output result-%j")
  expect states "COMPLETED 0:0 COMPLETED 0:0 COMPLETED 0:0" "$(lab_wait "$job" 60 | xargs)"
  expect state "COMPLETED 0:0" "$(lab_wait "$merge" 60)"
  expect "merged output" 1 "$(grep -c "output=result-$merge\$" job.log)"
  expect restarts "0 1 2 3 4 5 6" "$(tail -n +2 "result-$merge/restarts.csv" | cut -d, -f1 | xargs)"
  cmp whole/A.npy "result-$merge/A.npy" || expect A.npy "that of the whole run" another
  cmp whole/S.npy "result-$merge/S.npy" || expect S.npy "that of the whole run" another
}
