#include "select/measure/saved_fits.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/interruption.hpp"
#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "factorize/run/checkpoint_folder.hpp"
#include "io/files/checkpoint_file.hpp"

namespace partita {

namespace {

using nlohmann::json;

constexpr const char* kContent = "partita fits 1";

/// Bit for bit, NaN and infinity too, which JSON has no numbers for.
std::string text_of_bits(double value) {
  std::array<char, 64> text{};
  return {text.data(),
          std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::hex).ptr};
}

double bits_of_text(const std::string& text) {
  double value = 0;
  const auto [end, failure] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::hex);
  if (failure != std::errc{} || end != text.data() + text.size()) {
    throw Error(ErrorKind::bad_data, "'" + text + "' is no number of a checkpoint");
  }
  return value;
}

std::string text_of(const RunIdentity& identity, const std::map<std::string, FitMeasures>& fits) {
  json file = {{"content", kContent}, {"identity", json::array()}, {"fits", json::object()}};
  for (const auto& [name, value] : identity) file["identity"].push_back({name, value});
  for (const auto& [name, measures] : fits) {
    json& numbers = file["fits"][name];
    for (const double number : measures.numbers()) numbers.push_back(text_of_bits(number));
  }
  return file.dump();
}

/// What a checkpoint says, or an Error (bad_data) that names its file.
json parsed(const std::string& path, const std::string& text) {
  json file = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!file.is_object() || file.value("content", "") != kContent || !file.contains("identity") ||
      !file.contains("fits")) {
    throw Error(ErrorKind::bad_data, path + ": not a checkpoint of select");
  }
  return file;
}

}  // namespace

SavedFits::SavedFits(const Communicator& world, CheckpointOptions options, RunIdentity identity,
                     Warn warn)
    : options_(std::move(options)), identity_(std::move(identity)), warn_(std::move(warn)) {
  // Every process names what decides as process 0 does.
  std::string text = text_of(identity_, {});
  broadcast(world, text, 0);
  identity_.clear();
  const json shared = json::parse(text);
  for (const json& pair : shared["identity"]) identity_.emplace_back(pair[0], pair[1]);
  if (!options_.enabled()) return;
  if (options_.resume == ResumePolicy::never) {
    remove_checkpoints(world, options_.folder);
    return;
  }
  const std::vector<std::string> names = checkpoint_names(world, options_.folder);
  if (names.empty() && options_.resume == ResumePolicy::require) {
    throw Error(ErrorKind::usage, options_.folder +
                                      ": no checkpoint to continue from, as --resume require asks; "
                                      "leave it out to begin anew");
  }
  for (const std::string& name : names) read(world, options_.folder + "/" + name);
  if (!known_.empty() && world.is_root() && warn_) {
    warn_("continues from the checkpoint in " + options_.folder + ": " +
          std::to_string(known_.size()) + " fits are done");
  }
}

/// One file of an earlier run. Collective.
void SavedFits::read(const Communicator& world, const std::string& path) {
  try {
    const CheckpointFile file(world, path);
    together(world, [&] {
      const json content = parsed(path, file.text());
      RunIdentity there;
      for (const json& pair : content["identity"]) there.emplace_back(pair.at(0), pair.at(1));
      for (const auto& [name, value] : identity_) {
        const auto found = std::ranges::find(there, name, &RunIdentity::value_type::first);
        if (found != there.end() && found->second == value) continue;
        throw Error(ErrorKind::usage,
                    "the checkpoint in " + options_.folder + " is of another run: " + name +
                        " is " + (found == there.end() ? "missing" : found->second) +
                        " there and " + value +
                        " here; take the same, or --resume never, or another --output");
      }
      for (const auto& [name, numbers] : content["fits"].items()) {
        std::array<double, FitMeasures::kNumbers> values{};
        for (std::size_t i = 0; i < values.size(); ++i) {
          values[i] = bits_of_text(numbers.at(i).get<std::string>());
        }
        known_.emplace(name, FitMeasures::of(values));
      }
    });
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::internal || error.kind() == ErrorKind::usage) throw;
    if (world.is_root() && warn_) {
      warn_(std::string("this checkpoint is not used: ") + error.what());
    }
  } catch (const json::exception& error) {
    if (world.is_root() && warn_) {
      warn_("this checkpoint is not used: " + path + ": " + error.what());
    }
  }
}

std::optional<FitMeasures> SavedFits::find(const FitTask& task) const {
  const auto found = known_.find(task.name());
  if (found == known_.end()) return {};
  return found->second;
}

void SavedFits::add(const FitTask& task, const FitMeasures& measures) {
  known_.insert_or_assign(task.name(), measures);
}

bool SavedFits::due() const {
  return options_.enabled() && since_saved_.seconds() >= options_.every;
}

bool SavedFits::save(const Communicator& group, Index number) {
  if (!options_.enabled()) return true;
  std::error_code ignored;  // a folder that cannot be made shows when the file is created
  if (group.is_root()) std::filesystem::create_directories(options_.folder, ignored);
  since_saved_.restart();
  const InterruptionHold hold;  // a stop can wait for so little
  try {
    write_checkpoint(group, options_.folder + "/" + checkpoint_name(number),
                     text_of(identity_, known_), {});
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::internal) throw;
    if (group.is_root() && warn_) {
      warn_(std::string("no checkpoint was written: ") + error.what());
    }
    return false;
  }
  return true;
}

}  // namespace partita
