#include "partita/factorize/checkpoint.hpp"

#include "partita/base/error.hpp"
#include "partita/comm/agreement.hpp"
#include "partita/comm/collectives.hpp"
#include "partita/io/atomic_file.hpp"
#include "partita/io/checkpoint_file.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include <nlohmann/json.hpp>

namespace partita {

namespace {

using nlohmann::json;

constexpr const char* kPrefix = "group-";
constexpr const char* kSuffix = ".checkpoint";

json trace_json(const ErrorTrace& trace) {
  json points = json::array();
  for (const TracePoint& t : trace) points.push_back({t.iteration, t.seconds, t.relative_error});
  return points;
}

ErrorTrace trace_from(const json& points) {
  ErrorTrace trace;
  for (const json& t : points) trace.push_back({t[0], t[1], t[2]});
  return trace;
}

json result_json(const RestartResult& r) {
  return {{"restart", r.restart},       {"stop", static_cast<int>(r.stop)},
          {"iterations", r.iterations}, {"relative_error", r.relative_error},
          {"seconds", r.seconds},       {"trace", trace_json(r.trace)}};
}

RestartResult result_from(const json& r) {
  RestartResult result;
  result.restart = r["restart"];
  result.stop = static_cast<StopReason>(r["stop"].get<int>());
  result.iterations = r["iterations"];
  result.relative_error = r["relative_error"];
  result.seconds = r["seconds"];
  result.trace = trace_from(r["trace"]);
  return result;
}

template <class Real>
StoredRows stored(const TallMatrix<Real>& W, Range mine, Index rows) {
  return {W.data(), W.width() * static_cast<Index>(sizeof(Real)), mine, rows};
}

std::string file_name(Index group) {
  return kPrefix + std::to_string(group) + kSuffix;
}

bool is_checkpoint(const std::string& name) {
  return name.starts_with(kPrefix) &&
         (name.ends_with(kSuffix) || name.ends_with(std::string(kSuffix) + kPreviousCheckpoint));
}

/// What a process that was killed left half written.
bool is_leftover(const std::string& name) {
  return name.starts_with(std::string(".") + kPrefix) && name.ends_with(kPartialSuffix);
}

/// Names in a folder that are wanted, in order, found by rank 0. Collective.
std::vector<std::string> names_in(const Communicator& comm, const std::string& folder,
                                  const std::function<bool(const std::string&)>& wanted) {
  std::string list;
  if (comm.is_root()) {
    std::error_code missing;
    for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
      const std::string name = entry.path().filename().string();
      if (wanted(name)) list += name + "\n";
    }
  }
  broadcast(comm, list, 0);
  std::vector<std::string> names;
  std::istringstream lines(list);
  for (std::string name; std::getline(lines, name);) names.push_back(name);
  std::ranges::sort(names);
  return names;
}

}  // namespace

/// One readable checkpoint file. Its matrices: the best pair, if there is one, then those of every
/// running restart, in order.
template <class Real>
struct RunCheckpoint<Real>::Source {
  CheckpointFile file;
  json head;

  [[nodiscard]] Index matrices_before(Index position) const {
    Index count = head["best"].is_null() ? 0 : 2;
    for (Index r = 0; r < position; ++r) {
      const json& restart = head["running"][static_cast<std::size_t>(r)];
      count += restart["of_A"].get<Index>() + restart["of_S"].get<Index>();
    }
    return count;
  }
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
      layout_(json{plan.groups, plan.grid.rows, plan.grid.columns, plan.batch}.dump()),
      identity_(run_identity(X, options, given)) {}

template <class Real>
void RunCheckpoint<Real>::warn(const std::string& message) const {
  if (X_.grid().all().is_root() && hooks_.on_warning) hooks_.on_warning(message);
}

template <class Real>
bool RunCheckpoint<Real>::save(const GroupResult<Real>& done,
                               const std::vector<const RestartState<Real>*>& running) {
  json head{{"identity", identity_},
            {"layout", layout_},
            {"finished", json::array()},
            {"best", nullptr},
            {"running", json::array()}};
  std::vector<StoredRows> matrices;
  const auto add_A = [&](const TallMatrix<Real>& W) {
    matrices.push_back(stored(W, X_.factor_rows(), X_.rows()));
  };
  const auto add_S = [&](const TallMatrix<Real>& W) {
    matrices.push_back(stored(W, X_.factor_columns(), X_.columns()));
  };
  for (const RestartResult& result : done.results) head["finished"].push_back(result_json(result));
  FactorPair<Real> best;
  if (done.best) {
    head["best"] = done.best->result.restart;
    best = done.best->factors();
    add_A(best.A);
    add_S(best.S);
  }
  for (const RestartState<Real>* state : running) {
    head["running"].push_back({{"restart", state->restart},
                               {"phase", static_cast<int>(state->phase)},
                               {"trace", trace_json(state->trace)},
                               {"objectives", state->objectives},
                               {"numbers", state->numbers},
                               {"of_A", state->of_A.size()},
                               {"of_S", state->of_S.size()}});
    for (const auto& W : state->of_A) add_A(W);
    for (const auto& W : state->of_S) add_S(W);
  }
  // A folder that cannot be made shows when the file is created.
  std::error_code ignored;
  if (X_.grid().all().is_root()) {
    std::filesystem::create_directories(checkpoint_.folder, ignored);
  }
  std::string text;
  // Unlike JSON's text, CBOR has numbers that are not finite.
  json::to_cbor(head, text);
  try {
    write_checkpoint(X_.grid().all(), checkpoint_.folder + "/" + file_name(group_), text, matrices);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::internal) throw;
    warn(std::string("no checkpoint was written, the earlier one is kept: ") + error.what());
    return false;
  }
  return true;
}

template <class Real>
auto RunCheckpoint<Real>::open_sources() const -> std::vector<Source> {
  std::vector<Source> sources;
  const Communicator& comm = X_.grid().all();
  for (const std::string& name : names_in(comm, checkpoint_.folder, is_checkpoint)) {
    try {
      CheckpointFile file(comm, checkpoint_.folder + "/" + name);
      json head = json::from_cbor(file.text());
      sources.push_back({std::move(file), std::move(head)});
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::internal) throw;
      warn(std::string("this checkpoint is not used: ") + error.what());
    }
  }
  return sources;
}

template <class Real>
void RunCheckpoint<Real>::check_identity(const Source& source) const {
  const auto there = source.head["identity"].template get<RunIdentity>();
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
  TallMatrix<Real> W(mine.size(), options_.components);
  source.file.read_rows(matrix, mine, std::as_writable_bytes(W.values()));
  return W;
}

template <class Real>
RestartState<Real> RunCheckpoint<Real>::read_state(const Source& source, Index position) const {
  const json& saved = source.head["running"][static_cast<std::size_t>(position)];
  RestartState<Real> state;
  state.restart = saved["restart"];
  state.phase = static_cast<RestartPhase>(saved["phase"].get<int>());
  state.trace = trace_from(saved["trace"]);
  state.objectives = saved["objectives"].get<std::vector<double>>();
  state.numbers = saved["numbers"].get<std::vector<double>>();
  Index matrix = source.matrices_before(position);
  for (Index i = 0; i < saved["of_A"].get<Index>(); ++i) {
    state.of_A.push_back(read_matrix(source, matrix++, X_.factor_rows()));
  }
  for (Index i = 0; i < saved["of_S"].get<Index>(); ++i) {
    state.of_S.push_back(read_matrix(source, matrix++, X_.factor_columns()));
  }
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
    for (const json& result : source.head["finished"]) {
      if (is_mine(result["restart"])) finished.emplace(result["restart"], result_from(result));
    }
  }
  for (auto& [restart, result] : finished) resumption.done.results.push_back(result);
  for (const Source& source : sources) {
    if (source.head["best"].is_null()) continue;
    const auto restart = source.head["best"].template get<Index>();
    if (!finished.contains(restart)) continue;
    auto& best = resumption.done.best;
    if (best && best_of(std::array{best->result, finished[restart]}) != 1) continue;
    best = KeptOutcome<Real>(
        {finished[restart],
         {read_matrix(source, 0, X_.factor_rows()), read_matrix(source, 1, X_.factor_columns())}});
  }
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
    for (const json& result : source.head["finished"]) ended[result["restart"]] = true;
    Index position = 0;
    for (const json& state : source.head["running"]) {
      const Place place{&source, position++, state["trace"].back()[0]};
      const auto [found, is_new] = furthest.emplace(state["restart"], place);
      if (!is_new && found->second.iteration < place.iteration) found->second = place;
    }
  }
  const bool same_layout = std::ranges::all_of(
      sources, [&](const Source& source) { return source.head["layout"] == layout_; });
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

void remove_checkpoints(const Communicator& world, const std::string& folder, Index kept_groups) {
  std::set<std::string> kept;
  for (Index group = 0; group < kept_groups; ++group) kept.insert(file_name(group));
  const std::vector<std::string> names = names_in(world, folder, [&](const std::string& name) {
    return (is_checkpoint(name) && !kept.contains(name)) || is_leftover(name);
  });
  together(world, [&] {
    if (!world.is_root()) return;
    std::error_code failure;
    for (const std::string& name : names) {
      std::filesystem::remove(folder + "/" + name, failure);
      if (failure) {
        throw Error(ErrorKind::input_output,
                    folder + "/" + name + ": cannot be removed: " + failure.message());
      }
    }
    if (kept_groups == 0) std::filesystem::remove(folder, failure);  // only if it is empty
  });
}

template class RunCheckpoint<double>;
template class RunCheckpoint<float>;

}  // namespace partita
