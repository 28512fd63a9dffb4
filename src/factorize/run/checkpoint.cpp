#include "factorize/run/checkpoint.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <list>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "factorize/run/saved_run.hpp"
#include "factorize/run/state_fields.hpp"
#include "io/files/checkpoint_file.hpp"

namespace partita {

namespace {

/// The layout as a checkpoint tells it: the same one continues bit for bit.
std::string text_of(const JobPlan& plan) {
  std::string text;
  for (const Index part : {plan.groups, plan.grid.rows, plan.grid.columns, plan.batch}) {
    text += (text.empty() ? "" : ",") + std::to_string(part);
  }
  return text;
}

template <class Real>
StoredRows stored(const TallMatrix<Real>& W, Range mine, Index rows) {
  return {W.data(), W.width() * static_cast<Index>(sizeof(Real)), mine, rows};
}

}  // namespace

/// One readable checkpoint file. Its matrices: the best pair, if there is one, then those of every
/// running restart, in order.
template <class Real>
struct RunCheckpoint<Real>::Source {
  std::string path;
  CheckpointFile file;
  SavedRun run;
};

template <class Real>
RunCheckpoint<Real>::RunCheckpoint(const DistributedMatrix<Real>& X, const JobPlan& plan,
                                   Index group, const FactorizeOptions& options,
                                   const GivenStart* given, const CheckpointOptions& checkpoint,
                                   const RunHooks& hooks)
    : X_(X),
      plan_(plan),
      group_(group),
      options_(options),
      checkpoint_(checkpoint),
      hooks_(hooks),
      layout_(text_of(plan)),
      identity_(run_identity(X, options, given)) {}

template <class Real>
void RunCheckpoint<Real>::warn(const std::string& message) const {
  if (X_.grid().all().is_root() && hooks_.on_warning) hooks_.on_warning(message);
}

template <class Real>
bool RunCheckpoint<Real>::save(const GroupResult<Real>& done,
                               const std::vector<const RestartState<Real>*>& running) {
  SavedRun run{.identity = identity_,
               .layout = layout_,
               .finished = done.results,
               .best = {},
               .averaged = {},
               .running = {}};
  std::vector<StoredRows> matrices;
  const auto store = [&matrices](const TallMatrix<Real>& W, Range mine, Index rows) {
    matrices.push_back(stored(W, mine, rows));
    return static_cast<Index>(matrices.size()) - 1;
  };
  const auto store_A = [&](const TallMatrix<Real>& W) {
    return store(W, X_.factor_rows(), X_.rows());
  };
  const auto store_S = [&](const TallMatrix<Real>& W) {
    return store(W, X_.factor_columns(), X_.columns());
  };
  std::list<FactorPair<Real>> unpacked;  // stay where they are until they are written
  const auto store_pair = [&](const KeptOutcome<Real>& outcome) {
    const FactorPair<Real>& pair = unpacked.emplace_back(outcome.factors());
    store_A(pair.A);
    store_S(pair.S);
    return outcome.result.restart;
  };
  if (done.best) run.best = store_pair(*done.best);
  for (const auto& outcome : done.averaged) run.averaged.push_back(store_pair(outcome));
  for (const RestartState<Real>* state : running) {
    SavedRestart& saved = run.running.emplace_back();
    saved.restart = state->restart;
    saved.phase = state->phase;
    saved.trace = state->trace;
    saved.judged_from = state->judged_from;
    FieldWriter<Real> fields(saved, store_A, store_S);
    std::visit(
        [&](const auto& of_solver) {
          using State = std::decay_t<decltype(of_solver)>;
          saved.solver_state = State::kName;
          State::list(of_solver, fields);
        },
        state->of_solver);
  }
  // A folder that cannot be made shows when the file is created.
  std::error_code ignored;
  if (X_.grid().all().is_root()) {
    std::filesystem::create_directories(checkpoint_.folder, ignored);
  }
  const std::string path = checkpoint_.folder + "/" + checkpoint_name(group_);
  failure_.clear();
  try {
    write_checkpoint(X_.grid().all(), path, text_of(run), matrices);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::internal) throw;
    failure_ = error.what();
    const bool kept = X_.grid().all().is_root() && std::filesystem::exists(path, ignored);
    warn("no checkpoint was written" + std::string(kept ? ", the earlier one is kept: " : ": ") +
         failure_);
    return false;
  }
  return true;
}

template <class Real>
auto RunCheckpoint<Real>::open_sources() const -> std::vector<Source> {
  std::vector<Source> sources;
  const Communicator& comm = X_.grid().all();
  for (const std::string& name : checkpoint_names(comm, checkpoint_.folder)) {
    try {
      const std::string path = checkpoint_.folder + "/" + name;
      CheckpointFile file(comm, path);
      SavedRun run = saved_run(path, file.text(), file.matrices());
      sources.push_back({path, std::move(file), std::move(run)});
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::internal || error.kind() == ErrorKind::usage) throw;
      warn(std::string("this checkpoint is not used: ") + error.what());
    }
  }
  return sources;
}

template <class Real>
void RunCheckpoint<Real>::check_identity(const Source& source) const {
  const RunIdentity& there = source.run.identity;
  for (const auto& [name, value] : identity_) {
    const auto found = std::ranges::find(there, name, &RunIdentity::value_type::first);
    if (found != there.end() && found->second == value) continue;
    throw Error(ErrorKind::usage,
                "the checkpoint in " + checkpoint_.folder + " is of another run: " + name + " is " +
                    (found == there.end() ? "missing" : found->second) + " there and " + value +
                    " here; take the same, or --resume never, or another --output");
  }
}

/// My rows of a stored matrix.
template <class Real>
TallMatrix<Real> RunCheckpoint<Real>::read_matrix(const Source& source, Index matrix,
                                                  Range mine) const {
  TallMatrix<Real> W(mine.size(), factor_width(options_));
  if (matrix >= source.file.matrices() || mine.end > source.file.rows(matrix) ||
      source.file.row_bytes(matrix) != W.width() * static_cast<Index>(sizeof(Real))) {
    throw Error(ErrorKind::bad_data, source.path + ": a matrix in it is not of this run");
  }
  source.file.read_rows(matrix, mine, std::as_writable_bytes(W.values()));
  return W;
}

template <class Real>
RestartState<Real> RunCheckpoint<Real>::read_state(const Source& source, Index position) const {
  const SavedRestart& saved = source.run.running[static_cast<std::size_t>(position)];
  RestartState<Real> state;
  state.restart = saved.restart;
  state.phase = saved.phase;
  state.trace = saved.trace;
  state.judged_from = saved.judged_from;
  if (!become<Real>(state.of_solver, saved.solver_state)) {
    throw Error(ErrorKind::bad_data, source.path + ": restart " + std::to_string(saved.restart) +
                                         " is in a state '" + saved.solver_state +
                                         "' that this version of partita does not know");
  }
  const FieldReader<Real> fields(
      source.path, saved, [&](Index place) { return read_matrix(source, place, X_.factor_rows()); },
      [&](Index place) { return read_matrix(source, place, X_.factor_columns()); });
  std::visit([&](auto& of_solver) { of_solver.list(of_solver, fields); }, state.of_solver);
  return state;
}

/// Ended restarts of my range; and the best pair, if its restart is among them.
template <class Real>
void RunCheckpoint<Real>::take_finished(const std::vector<Source>& sources,
                                        Resumption<Real>& resumption) const {
  const Range mine = plan_.restarts_of(group_);
  const auto is_mine = [&](Index restart) {
    return mine.contains(restart - options_.first_restart);
  };
  std::map<Index, RestartResult> finished;
  for (const Source& source : sources) {
    for (const RestartResult& result : source.run.finished) {
      if (is_mine(result.restart)) finished.emplace(result.restart, result);
    }
  }
  for (auto& [restart, result] : finished) resumption.done.results.push_back(result);
  for (const Source& source : sources) {
    if (!source.run.best) continue;
    const Index restart = *source.run.best;
    if (!finished.contains(restart)) continue;
    auto& best = resumption.done.best;
    const double unit = std::numeric_limits<Real>::epsilon();
    if (best && best_of(std::array{best->result, finished[restart]}, unit) != 1) continue;
    best = read_outcome(source, 0, finished[restart]);
  }
  for (const Source& source : sources) {
    Index place = source.run.best ? 2 : 0;
    for (const Index restart : source.run.averaged) {
      if (finished.contains(restart)) {
        resumption.done.averaged.push_back(read_outcome(source, place, finished[restart]));
      }
      place += 2;
    }
  }
}

/// The factors at two places of a checkpoint, with the result that they had.
template <class Real>
KeptOutcome<Real> RunCheckpoint<Real>::read_outcome(const Source& source, Index place,
                                                    const RestartResult& result) const {
  return KeptOutcome<Real>({result,
                            {read_matrix(source, place, X_.factor_rows()),
                             read_matrix(source, place + 1, X_.factor_columns())}});
}

/// What is left to do: on the layout that wrote the files every group goes on with its own batch,
/// so that the run continues bit for bit; on another the restarts are dealt afresh.
template <class Real>
void RunCheckpoint<Real>::deal_batches(const std::vector<Source>& sources,
                                       Resumption<Real>& resumption) const {
  struct Place {
    const Source* source;
    Index position;
    Index iteration;
  };
  std::map<Index, Place> furthest;
  std::map<Index, bool> ended;
  for (const Source& source : sources) {
    for (const RestartResult& result : source.run.finished) ended[result.restart] = true;
    Index position = 0;
    for (const SavedRestart& restart : source.run.running) {
      const Place place{&source, position++, restart.trace.back().iteration};
      const auto [found, is_new] = furthest.emplace(restart.restart, place);
      if (!is_new && found->second.iteration < place.iteration) found->second = place;
    }
  }
  const bool same_layout = std::ranges::all_of(
      sources, [&](const Source& source) { return source.run.layout == layout_; });
  resumption.redealt = !same_layout;

  std::vector<Index> begun;
  std::vector<Index> fresh;
  const Range range = same_layout ? plan_.restarts_of(group_) : Range{0, options_.restarts};
  for (Index r = range.begin; r < range.end; ++r) {
    const Index restart = options_.first_restart + r;
    if (ended.contains(restart)) continue;
    (furthest.contains(restart) ? begun : fresh).push_back(restart);
  }
  if (!same_layout) {
    begun.insert(begun.end(), fresh.begin(), fresh.end());
    const Range share =
        BlockDistribution(static_cast<Index>(begun.size()), plan_.active_groups()).range(group_);
    fresh.assign(begun.begin() + share.begin, begun.begin() + share.end);
    begun.clear();
  }
  if (!begun.empty()) resumption.batches.push_back(begun);
  const auto size = static_cast<std::size_t>(plan_.batch);
  for (std::size_t first = 0; first < fresh.size(); first += size) {
    const std::size_t last = std::min(first + size, fresh.size());
    resumption.batches.emplace_back(fresh.begin() + static_cast<Index>(first),
                                    fresh.begin() + static_cast<Index>(last));
  }
  for (const auto& batch : resumption.batches) {
    for (const Index restart : batch) {
      const auto found = furthest.find(restart);
      if (found == furthest.end()) continue;
      resumption.running.emplace(restart,
                                 read_state(*found->second.source, found->second.position));
    }
  }
}

template <class Real>
Resumption<Real> RunCheckpoint<Real>::load() const {
  Resumption<Real> resumption;
  const std::vector<Source> sources =
      checkpoint_.resume == ResumePolicy::never ? std::vector<Source>() : open_sources();
  if (sources.empty() && checkpoint_.resume == ResumePolicy::require) {
    throw Error(ErrorKind::no_input,
                "--resume require: there is no checkpoint in " + checkpoint_.folder);
  }
  for (const Source& source : sources) check_identity(source);
  resumption.found = !sources.empty();
  take_finished(sources, resumption);
  deal_batches(sources, resumption);
  return resumption;
}

template class RunCheckpoint<double>;
template class RunCheckpoint<float>;

}  // namespace partita
