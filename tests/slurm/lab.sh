# A SLURM of two virtual nodes on this machine, for tests that submit real jobs. Source it.
# shellcheck shell=bash
#
# Everything lives in one set of namespaces (network, processes, host name, mounts) made by
# lab_enter: the daemons listen on a loopback of their own, and all end with the script that
# entered. A node is a slurmd in further namespaces, so it has its own host name, processes and /dev/shm
# and dies as a whole, while all share the machine's files. Debian's packages are used as they are.

lab_nodes=(node1 node2)
lab_namespaces=(--uts --mount --pid --ipc --fork --mount-proc --kill-child=KILL)

lab_possible() { [[ $(id -u) == 0 ]] && unshare --net "${lab_namespaces[@]}" true 2>/dev/null; }

# lab_enter SCRIPT ARGUMENT...: run the script anew inside the lab's namespaces, unless it is there
lab_enter() {
  [[ -z ${PARTITA_SLURM_LAB:-} ]] || return 0
  export PARTITA_SLURM_LAB=1
  exec unshare --net "${lab_namespaces[@]}" "$@"
}

# lab_up DIR: DIR must be short, since sockets are made in it
lab_up() {
  lab_dir=$1
  export SLURM_CONF=$lab_dir/slurm.conf
  # a lab started from inside a job must not take that job's settings
  local name
  for name in "${!SLURM_@}"; do [[ $name == SLURM_CONF ]] || unset "$name"; done

  ip link set lo up
  hostname head
  mkdir -p "$lab_dir"/{state,log,run}
  chmod 755 "$lab_dir"
  printf '127.0.0.1 %s\n' localhost head "${lab_nodes[@]}" >"$lab_dir/hosts"
  mount --bind "$lab_dir/hosts" /etc/hosts
  lab_write_configuration
  lab_start_munge
  lab_daemon slurmctld slurmctld -D -c
  lab_until 30 lab_controller_answers || lab_fail "slurmctld does not answer" slurmctld
  for name in "${lab_nodes[@]}"; do lab_start_node "$name"; done
  lab_set_open_mpi
}

lab_write_configuration() {
  local i
  cat >"$SLURM_CONF" <<CONF
ClusterName=partita
SlurmctldHost=head(127.0.0.1)
SlurmctldPort=6817
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
# a requeued job may start again only after cred_expire seconds; less than 5 is ignored
AuthInfo=socket=$lab_dir/run/munge.socket,cred_expire=5
# without it slurmctld resolves no name where loopback is the only interface
CommunicationParameters=EnableIPv6
StateSaveLocation=$lab_dir/state
SlurmdSpoolDir=$lab_dir/%n/spool
# must differ by node, or srun --mpi=pmix over two nodes fails
TmpFS=$lab_dir/%n/tmp
SlurmctldPidFile=$lab_dir/run/slurmctld.pid
SlurmdPidFile=$lab_dir/run/%n.pid
SlurmctldLogFile=$lab_dir/log/slurmctld.log
SlurmdLogFile=$lab_dir/log/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=pmix
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
# the processors stated below count, not the machine's
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,bf_interval=2,batch_sched_delay=0
ReturnToService=2
KillWait=5
SlurmdTimeout=60
PartitionName=all Nodes=ALL Default=YES DefaultTime=10 State=UP
CONF
  for ((i = 0; i < ${#lab_nodes[@]}; ++i)); do
    echo "NodeName=${lab_nodes[i]} NodeAddr=127.0.0.1 Port=$((6818 + i)) CPUs=2 State=UNKNOWN"
  done >>"$SLURM_CONF"
}

# lab_daemon NAME COMMAND...: in the background, holding none of the caller's files; its process id goes
# to a file, since a test restarts nodes from a shell of its own
lab_daemon() {
  local name=$1
  shift
  (cd / && exec setsid env -i PATH="$PATH:/usr/sbin:/sbin" LANG=C.UTF-8 SLURM_CONF="$SLURM_CONF" "$@") \
    </dev/null >"$lab_dir/log/$name.out" 2>&1 &
  echo "$!" >"$lab_dir/run/$name"
  disown "$!"
}

lab_start_munge() {
  local run=$lab_dir/run
  (umask 077 && mungekey --create --keyfile="$run/munge.key")
  lab_daemon munged munged --foreground --force --key-file="$run/munge.key" --socket="$run/munge.socket" \
    --pid-file="$run/munged.pid" --log-file="$lab_dir/log/munged.log" --seed-file="$run/munge.seed"
  lab_until 10 lab_munge_answers || lab_fail "munged does not answer" munged
}

lab_munge_answers() { munge -n -S "$lab_dir/run/munge.socket" >/dev/null 2>&1; }
lab_controller_answers() { [[ $(timeout 5 scontrol ping 2>/dev/null) == *"is UP"* ]]; }
lab_node_usable() { [[ $(sinfo --noheader --nodes="$1" --format=%T) == @(idle|mixed|allocated) ]]; }

# shellcheck disable=SC2016  # expanded on the node
lab_start_node() {
  # as after a reboot: PMIx's leftovers of a crash would keep srun from starting
  rm -rf "${lab_dir:?}/$1/tmp"
  mkdir -p "$lab_dir/$1"/{spool,tmp}
  chmod 1777 "$lab_dir/$1/tmp"
  lab_daemon "$1" unshare "${lab_namespaces[@]}" \
    bash -c 'hostname "$0" && mount -t tmpfs tmpfs /dev/shm && slurmd -D -N "$0"; exit' "$1"
  lab_until 30 lab_node_usable "$1" || lab_fail "node $1 is not usable" "$1"
}

# lab_crash NODE: every process on it dies at once, and SLURM is told
lab_crash() {
  kill -KILL "$(cat "$lab_dir/run/$1")"
  scontrol update nodename="$1" state=down reason=crashed
}

# lab_processes COMMAND: the process ids of those whose command line starts so, on any node
lab_processes() {
  local file line
  for file in /proc/[0-9]*/cmdline; do
    line=$(tr '\0' ' ' 2>/dev/null <"$file") || continue
    [[ $line != "$1"* ]] || basename "${file%/cmdline}"
  done
}

lab_set_open_mpi() {
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  export OMPI_MCA_btl=self,vader,tcp OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo
  # the nodes' processors are invented: nothing may be bound to them, nor spin on them
  export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1
}

# lab_until SECONDS COMMAND...: repeat it until it succeeds
lab_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [[ $SECONDS -lt $end ]] || return 1
    sleep 0.1
  done
}

# lab_fail MESSAGE DAEMON
lab_fail() {
  echo "slurm lab: $1" >&2
  tail -n 15 "$lab_dir/log/$2".* >&2
  exit 1
}

lab_job_line() { scontrol --oneliner show job "$1" 2>/dev/null; }
lab_job_ended() {
  local line
  line=$(lab_job_line "$1") && [[ -n $line ]] &&
    ! grep -qE ' JobState=(PENDING|CONFIGURING|RUNNING|COMPLETING|REQUEUED|SIGNALING|STOPPED|SUSPENDED) ' <<<"$line"
}

# lab_wait JOB SECONDS: wait for its end (an array: of all tasks), print 'STATE EXIT:SIGNAL' of each
lab_wait() {
  lab_until "$2" lab_job_ended "$1" || echo "still $(lab_job_state "$1") after $2 seconds;"
  lab_job_line "$1" | sed -E 's/.* JobState=([A-Z_]+) .* ExitCode=([0-9:]+) .*/\1 \2/'
}
lab_job_state() { lab_job_line "$1" | sed -E 's/.* JobState=([A-Z_]+) .*/\1/'; }
