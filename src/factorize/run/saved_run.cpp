#include "factorize/run/saved_run.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/choices.hpp"

namespace partita {

namespace {

using nlohmann::json;

const Choices<RestartPhase> kPhases = {{"exact", RestartPhase::exact},
                                       {"compressed", RestartPhase::compressed},
                                       {"to_polish", RestartPhase::to_polish}};

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

json restart_json(const SavedRestart& r) {
  return {{"restart", r.restart},           {"phase", name_in(kPhases, r.phase)},
          {"trace", trace_json(r.trace)},   {"judged_from", r.judged_from},
          {"solver_state", r.solver_state}, {"values", r.values},
          {"matrices_of_A", r.of_A},        {"matrices_of_S", r.of_S}};
}

SavedRestart restart_from(const json& r) {
  const std::string phase = r.at("phase");
  const auto found = std::ranges::find(kPhases, phase, &Choices<RestartPhase>::value_type::first);
  if (found == kPhases.end()) throw json::other_error::create(500, "no such phase", nullptr);
  return {.restart = r.at("restart"),
          .phase = found->second,
          .trace = trace_from(r.at("trace")),
          .judged_from = r.at("judged_from"),
          .solver_state = r.at("solver_state"),
          .values = r.at("values").get<std::map<std::string, std::vector<double>>>(),
          .of_A = r.at("matrices_of_A").get<std::map<std::string, Index>>(),
          .of_S = r.at("matrices_of_S").get<std::map<std::string, Index>>()};
}

/// @throws Error (usage) unless the head is of this version's content.
void check_version(const std::string& path, const json& head) {
  if (!head.is_object() || !head.contains("identity")) return;  // no checkpoint of any version
  const Index content = head.value("content", Index{1});
  if (content == kCheckpointContent) return;
  throw Error(ErrorKind::usage,
              path + ": is a checkpoint of another version of partita (" +
                  head.value("program", std::string("before 0.2")) + ", content " +
                  std::to_string(content) + "; this is " PARTITA_VERSION ", content " +
                  std::to_string(kCheckpointContent) +
                  "): continue with that one, or take --resume never, or another --output");
}

/// Whether the matrices that a text names are those of its file, each once.
bool names_all(const SavedRun& run, Index matrices) {
  std::set<Index> places;
  if (run.best) places = {0, 1};
  for (std::size_t i = 0; i < 2 * run.averaged.size(); ++i) places.insert(std::ssize(places));
  std::size_t named = places.size();
  for (const SavedRestart& restart : run.running) {
    for (const auto* of_side : {&restart.of_A, &restart.of_S}) {
      for (const auto& [name, place] : *of_side) places.insert(place);
      named += of_side->size();
    }
  }
  const bool within = places.empty() || (*places.begin() >= 0 && *places.rbegin() < matrices);
  return within && places.size() == named && named == static_cast<std::size_t>(matrices);
}

}  // namespace

std::string text_of(const SavedRun& run) {
  json head{{"content", kCheckpointContent}, {"program", PARTITA_VERSION},
            {"identity", run.identity},      {"layout", run.layout},
            {"finished", json::array()},     {"best", run.best ? json(*run.best) : json()},
            {"averaged", run.averaged},      {"running", json::array()}};
  for (const RestartResult& result : run.finished) head["finished"].push_back(result_json(result));
  for (const SavedRestart& restart : run.running) head["running"].push_back(restart_json(restart));
  std::string text;
  // Unlike JSON's text, CBOR has numbers that are not finite.
  json::to_cbor(head, text);
  return text;
}

SavedRun saved_run(const std::string& path, const std::string& text, Index matrices) {
  const Error other(ErrorKind::bad_data, path + ": is no checkpoint of this version of partita");
  DepthLimit limit;
  if (!json::sax_parse(text, &limit, json::input_format_t::cbor)) throw other;
  try {
    const json head = json::from_cbor(text);
    check_version(path, head);
    SavedRun run;
    run.identity = head.at("identity").get<RunIdentity>();
    run.layout = head.at("layout").get<std::string>();
    for (const json& result : head.at("finished")) run.finished.push_back(result_from(result));
    if (!head.at("best").is_null()) run.best = head.at("best").get<Index>();
    run.averaged = head.value("averaged", std::vector<Index>());
    for (const json& restart : head.at("running")) run.running.push_back(restart_from(restart));
    const auto has_no_trace = [](const SavedRestart& restart) { return restart.trace.empty(); };
    if (std::ranges::any_of(run.running, has_no_trace) || !names_all(run, matrices)) throw other;
    return run;
  } catch (const json::exception&) {
    throw other;
  }
}

}  // namespace partita
