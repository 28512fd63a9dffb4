#include "run_record.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <utility>

#include "json_file.hpp"
#include "run_report.hpp"

namespace partita::app {

namespace {

StopReason status_of(const JsonFields& fields) {
  const std::string text = fields.text("status");
  const auto found =
      std::ranges::find(kStatuses, text, [](const auto& entry) { return entry.first; });
  if (found == kStatuses.end()) throw fields.wrong("status", "how a run can end");
  return found->second;
}

}  // namespace

RunRecord read_run_record(const std::string& path) {
  RunRecord record;
  record.json = read_json(path);
  const JsonFields fields(path, record.json);
  record.status = status_of(fields);
  record.best_restart = fields.count("best_restart");
  record.relative_error = fields.number("relative_error");
  record.iterations = fields.count("iterations");
  record.seconds = fields.number("seconds");
  static_cast<void>(fields.object("options"));
  const JsonFields identity = fields.object("identity");
  for (const auto& [name, value] : identity.json().items()) {
    record.identity.emplace_back(name, identity.text(name));
  }
  return record;
}

bool tells_of_early_end(const std::filesystem::path& path) {
  try {
    const nlohmann::ordered_json json = read_json(path.string());
    const StopReason status = status_of(JsonFields(path.string(), json));
    return status == StopReason::time_limit || status == StopReason::interrupted;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace partita::app
