#include "run_record.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <variant>

#include "json_file.hpp"

namespace partita::app {

namespace {

using nlohmann::ordered_json;

/// A part of a record that an archive reads, or a const one that it writes.
template <class Record, class Of>
concept Part = std::is_same_v<std::remove_const_t<Record>, Of>;

// The fields of every part, once, for both directions.

template <class Archive, Part<MaxAndMean> Record>
void fields(Archive& archive, Record& record) {
  archive("max", record.max);
  archive("mean", record.mean);
}

template <class Archive, Part<MatrixRecord> Record>
void fields(Archive& archive, Record& record) {
  archive("file", record.file);
  archive("rows", record.rows);
  archive("columns", record.columns);
  archive("sparse", record.sparse);
  archive("stored", record.stored);
  archive("frobenius_norm", record.frobenius_norm);
}

template <class Archive, Part<EntriesRecord> Record>
void fields(Archive& archive, Record& record) {
  archive("known", record.known);
  archive("mean", record.mean);
  archive("standard_deviation", record.standard_deviation);
  archive("least", record.least);
  archive("most", record.most);
  archive("empty_rows", record.empty_rows);
  archive("empty_columns", record.empty_columns);
}

template <class Archive, Part<LayoutRecord> Record>
void fields(Archive& archive, Record& record) {
  archive("processes", record.processes);
  archive("threads", record.threads);
  archive("groups", record.groups);
  archive("grid", record.grid);
  archive("shared_X", record.shared_X);
  archive("batch", record.batch);
  archive("predicted_bytes_per_process", record.predicted_bytes_per_process);
  archive("predicted_words_per_pass", record.predicted_words_per_pass);
  archive("available_bytes_per_process", record.available_bytes_per_process);
}

template <class Archive, Part<TrafficRecord> Record>
void fields(Archive& archive, Record& record) {
  archive("calls", record.calls);
  archive("words", record.words);
  archive("seconds", record.seconds);
}

template <class Archive, Part<PhaseRecord> Record>
void fields(Archive& archive, Record& record) {
  archive("seconds", record.seconds);
  archive.if_any("traffic", record.traffic);
}

template <class Archive, Part<WorkKindRecord> Record>
void fields(Archive& archive, Record& record) {
  archive("seconds", record.seconds);
  archive("flops", record.flops);
  archive.if_any("share_of_peak", record.share_of_peak);
}

template <class Archive, Part<WorkRecord> Record>
void fields(Archive& archive, Record& record) {
  archive("peak_flops_per_second", record.peak_flops_per_second);
  for (const Work work : kWorks) {
    archive(std::string(name_of(work)), record.kinds[static_cast<std::size_t>(work)]);
  }
}

template <class Archive, Part<ConsensusRecord> Record>
void fields(Archive& archive, Record& record) {
  archive("restarts", record.restarts);
  archive("components", record.components);
  archive("dropped", record.dropped);
  archive("silhouette", record.silhouette);
}

template <class Archive, Part<BootstrapRecord> Record>
void fields(Archive& archive, Record& record) {
  archive("kind", record.kind);
  archive("replicates", record.replicates);
  archive("least_stability", record.least_stability);
}

template <class Archive, Part<RunRecord> Record>
void fields(Archive& archive, Record& record) {
  archive("status", record.status);
  archive("best_restart", record.best_restart);
  archive("relative_error", record.relative_error);
  archive.if_any("objective", record.objective);
  archive("iterations", record.iterations);
  archive("stop_reason", record.stop_reason);
  archive("seconds", record.seconds);
  archive("scaling", record.scaling);
  archive("options", record.options);
  archive("matrix", record.matrix);
  archive.if_any("entries", record.entries);
  archive.if_any("mean", record.mean);
  archive.if_any("averaged_restarts", record.averaged_restarts);
  archive.if_any("consensus", record.consensus);
  archive.if_any("bootstrap", record.bootstrap);
  archive("identity", record.identity);
  archive("layout", record.layout);
  archive("phases", record.phases);
  archive("work", record.work);
  archive("versions", record.versions);
  archive.if_any("merged_from", record.merged_from);
}

class Writer {
 public:
  explicit Writer(ordered_json& json) : json_(json) { json_ = ordered_json::object(); }

  template <class Value>
  void operator()(const std::string& name, const Value& value) {
    write(json_[name], value);
  }
  template <class Value>
  void if_any(const std::string& name, const std::optional<Value>& value) {
    if (value) write(json_[name], *value);
  }
  template <class Value>
  void if_any(const std::string& name, const std::vector<Value>& values) {
    if (!values.empty()) write(json_[name], values);
  }

 private:
  static void write(ordered_json& json, const std::string& text) { json = to_utf8(text); }
  static void write(ordered_json& json, Index number) { json = number; }
  static void write(ordered_json& json, bool value) { json = value; }
  /// JSON has no infinity: no limit is null.
  static void write(ordered_json& json, double number) {
    json = std::isfinite(number) ? ordered_json(number) : ordered_json(nullptr);
  }
  static void write(ordered_json& json, const std::optional<double>& number) {
    if (number) write(json, *number);
  }
  static void write(ordered_json& json, StopReason reason) { json = name_in(kStatuses, reason); }
  static void write(ordered_json& json, const GridShape& grid) { json = {grid.rows, grid.columns}; }
  static void write(ordered_json& json, const SettingValue& setting) {
    std::visit(
        [&json](const auto& value) {
          using Value = std::remove_cvref_t<decltype(value)>;
          if constexpr (std::is_same_v<Value, std::uint64_t>) {
            json = value;
          } else if constexpr (!std::is_same_v<Value, std::monostate>) {
            write(json, value);
          }
        },
        setting);
  }
  static void write(ordered_json& json, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) json.push_back(to_utf8(text));
  }
  template <class Value>
  static void write(ordered_json& json, const Named<Value>& values) {
    json = ordered_json::object();
    for (const auto& [name, value] : values) write(json[to_utf8(name)], value);
  }
  template <class Record>
  static void write(ordered_json& json, const Record& record) {
    Writer writer(json);
    fields(writer, record);
  }

  ordered_json& json_;
};

StopReason status_of(const JsonFields& from, const std::string& name) {
  const std::string text = from.text(name);
  for (const auto& [status, reason] : kStatuses) {
    if (status == text) return reason;
  }
  throw from.wrong(name, "how a run can end");
}

class Reader {
 public:
  explicit Reader(JsonFields from) : from_(std::move(from)) {}

  void operator()(const std::string& name, std::string& text) const {
    text = from_utf8(from_.text(name));
  }
  void operator()(const std::string& name, Index& number) const { number = from_.count(name); }
  void operator()(const std::string& name, double& number) const { number = from_.number(name); }
  void operator()(const std::string& name, bool& value) const { value = from_.boolean(name); }
  void operator()(const std::string& name, std::optional<double>& number) const {
    if (!from_.is_null(name)) number = from_.number(name);
  }
  void operator()(const std::string& name, StopReason& reason) const {
    reason = status_of(from_, name);
  }
  void operator()(const std::string& name, GridShape& grid) const {
    const ordered_json& pair = from_.array(name);
    const auto is_count = [](const ordered_json& n) { return n.is_number_unsigned(); };
    if (pair.size() != 2 || !std::ranges::all_of(pair, is_count)) {
      throw from_.wrong(name, "two whole numbers");
    }
    grid = {pair[0].get<Index>(), pair[1].get<Index>()};
  }
  void operator()(const std::string& name, std::vector<std::string>& texts) const {
    for (const ordered_json& text : from_.array(name)) {
      if (!text.is_string()) throw from_.wrong(name, "a list of texts");
      texts.push_back(from_utf8(text.get<std::string>()));
    }
  }
  void operator()(const std::string& name, SettingValue& setting) const {
    const ordered_json& value = from_.json().at(name);
    if (value.is_boolean()) {
      setting = value.get<bool>();
    } else if (value.is_number_unsigned()) {
      setting = value.get<std::uint64_t>();
    } else if (value.is_number_integer()) {
      setting = value.get<Index>();
    } else if (value.is_number_float()) {
      setting = value.get<double>();
    } else if (value.is_string()) {
      setting = from_utf8(value.get<std::string>());
    } else if (!value.is_null()) {
      throw from_.wrong(name, "a plain value");
    }
  }
  template <class Value>
  void operator()(const std::string& name, Named<Value>& values) const {
    const Reader inner(from_.object(name));
    for (const auto& [key, json] : inner.from_.json().items()) {
      inner(key, values.emplace_back(from_utf8(key), Value{}).second);
    }
  }
  template <class Record>
  void operator()(const std::string& name, Record& record) const {
    const Reader inner(from_.object(name));
    fields(inner, record);
  }
  template <class Value>
  void if_any(const std::string& name, std::optional<Value>& value) const {
    if (from_.has(name)) (*this)(name, value.emplace());
  }
  template <class Value>
  void if_any(const std::string& name, std::vector<Value>& values) const {
    if (from_.has(name)) (*this)(name, values);
  }

 private:
  JsonFields from_;
};

}  // namespace

std::string text_of(const RunRecord& record) {
  ordered_json json;
  Writer writer(json);
  fields(writer, record);
  return json.dump(2) + "\n";
}

RunRecord read_run_record(const std::string& path) {
  const ordered_json json = read_json(path);
  const Reader reader(JsonFields(path, json));
  RunRecord record;
  fields(reader, record);
  return record;
}

bool tells_of_early_end(const std::filesystem::path& path) {
  try {
    const ordered_json json = read_json(path.string());
    const StopReason status = status_of(JsonFields(path.string(), json), "status");
    return status == StopReason::time_limit || status == StopReason::interrupted;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace partita::app
