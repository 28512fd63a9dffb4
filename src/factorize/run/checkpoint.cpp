#include "factorize/run/checkpoint.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include <nlohmann/json.hpp>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/files/atomic_file.hpp"
#include "io/files/checkpoint_file.hpp"

namespace partita {

namespace {

using nlohmann::json;

constexpr const char* kPrefix = "group-";
constexpr const char* kSuffix = ".checkpoint";

json trace_json(const ErrorTrace& trace) {
  json points = json::array();
  for (const TracePoint& t : trace) {
    points.push_back({t.iteration, t.seconds, t.relative_error, t.objective, t.kept});
  }
  return points;
}

ErrorTrace trace_from(const json& points) {
  ErrorTrace trace;
  for (const json& t : points) {
    trace.push_back({t.at(0), t.at(1), t.at(2), t.at(3), t.at(4)});
  }
  return trace;
}

json result_json(const RestartResult& r) {
  return {{"restart", r.restart},        {"stop", static_cast<int>(r.stop)},
          {"iterations", r.iterations},  {"relative_error", r.relative_error},
          {"objective", r.objective},    {"seconds", r.seconds},
          {"trace", trace_json(r.trace)}};
}

RestartResult result_from(const json& r) {
  RestartResult result;
  result.restart = r.at("restart");
  result.stop = static_cast<StopReason>(r.at("stop").get<int>());
  result.iterations = r.at("iterations");
  result.relative_error = r.at("relative_error");
  result.objective = r.at("objective");
  result.seconds = r.at("seconds");
  result.trace = trace_from(r.at("trace"));
  return result;
}

/// A running restart as it was saved, but for its matrices, which stand in the file one after
/// another from `first_matrix`.
struct SavedRestart {
  Index restart = 0;
  RestartPhase phase = RestartPhase::exact;
  ErrorTrace trace;
  Index judged_from = 0;
  std::vector<double> numbers;
  Index of_A = 0;
  Index of_S = 0;
  Index first_matrix = 0;
};

/// What the text of a checkpoint says.
struct SavedRun {
  RunIdentity identity;
  std::string layout;
  std::vector<RestartResult> finished;
  std::optional<Index> best;  ///< restart; its factors are the first two matrices
  std::vector<SavedRestart> running;
};

SavedRestart restart_from(const json& r, Index first_matrix) {
  return {.restart = r.at("restart"),
          .phase = static_cast<RestartPhase>(r.at("phase").get<int>()),
          .trace = trace_from(r.at("trace")),
          .judged_from = r.at("judged_from"),
          .numbers = r.at("numbers").get<std::vector<double>>(),
          .of_A = r.at("of_A"),
          .of_S = r.at("of_S"),
          .first_matrix = first_matrix};
}

/// Refuses values that are nested deeper than those of any checkpoint: reading them recurses.
class DepthLimit final : public nlohmann::json_sax<json> {
 public:
  bool start_object(std::size_t /*elements*/) override { return ++depth_ <= kMost; }
  bool start_array(std::size_t /*elements*/) override { return ++depth_ <= kMost; }
  bool end_object() override { return --depth_ >= 0; }
  bool end_array() override { return --depth_ >= 0; }
  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool string(string_t& /*value*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return true; }
  bool key(string_t& /*value*/) override { return true; }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

 private:
  static constexpr int kMost = 16;
  int depth_ = 0;
};

/// @param matrices  how many the file has. @throws Error (bad_data) for another kind of text.
SavedRun saved_run(const std::string& path, const std::string& text, Index matrices) {
  const Error other(ErrorKind::bad_data, path + ": is a checkpoint of another version of partita");
  DepthLimit limit;
  if (!json::sax_parse(text, &limit, json::input_format_t::cbor)) throw other;
  try {
    const json head = json::from_cbor(text);
    SavedRun run;
    run.identity = head.at("identity").get<RunIdentity>();
    run.layout = head.at("layout").get<std::string>();
    for (const json& result : head.at("finished")) run.finished.push_back(result_from(result));
    if (!head.at("best").is_null()) run.best = head.at("best").get<Index>();
    Index next = run.best ? 2 : 0;
    for (const json& restart : head.at("running")) {
      const SavedRestart saved = restart_from(restart, next);
      const Index left = matrices - next;
      if (saved.trace.empty() || saved.of_A < 0 || saved.of_S < 0 || saved.of_A > left ||
          saved.of_S > left - saved.of_A) {
        throw other;
      }
      next += saved.of_A + saved.of_S;
      run.running.push_back(saved);
    }
    if (next != matrices) throw other;
    return run;
  } catch (const json::exception&) {
    throw other;
  }
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
                               {"judged_from", state->judged_from},
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
  const std::string path = checkpoint_.folder + "/" + file_name(group_);
  failure_.clear();
  try {
    write_checkpoint(X_.grid().all(), path, text, matrices);
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
  for (const std::string& name : names_in(comm, checkpoint_.folder, is_checkpoint)) {
    try {
      const std::string path = checkpoint_.folder + "/" + name;
      CheckpointFile file(comm, path);
      SavedRun run = saved_run(path, file.text(), file.matrices());
      sources.push_back({path, std::move(file), std::move(run)});
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::internal) throw;
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
  TallMatrix<Real> W(mine.size(), options_.components);
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
  state.numbers = saved.numbers;
  Index matrix = saved.first_matrix;
  for (Index i = 0; i < saved.of_A; ++i) {
    state.of_A.push_back(read_matrix(source, matrix++, X_.factor_rows()));
  }
  for (Index i = 0; i < saved.of_S; ++i) {
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

bool holds_checkpoints(const std::string& folder) {
  std::error_code missing;
  const std::filesystem::directory_iterator entries(folder, missing);
  return std::any_of(begin(entries), end(entries), [](const auto& entry) {
    return is_checkpoint(entry.path().filename().string());
  });
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
