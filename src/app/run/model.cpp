#include "model.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <variant>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "finished_run.hpp"

namespace partita::app {

namespace {

const SettingValue* option_of(const FinishedRun& run, const std::string& name) {
  const auto& options = run.record.options;
  const auto found = std::ranges::find(options, name, &Named<SettingValue>::value_type::first);
  return found == options.end() ? nullptr : &found->second;
}

/// A run of a version without that option did as by default.
double number_of(const FinishedRun& run, const std::string& name, double by_default) {
  const SettingValue* value = option_of(run, name);
  if (value == nullptr) return by_default;
  if (const double* number = std::get_if<double>(value)) return *number;
  if (const auto* whole = std::get_if<std::uint64_t>(value)) return static_cast<double>(*whole);
  throw bad_run(run.folder, "run.json: 'options." + name + "' is not a number");
}

bool is_option(const FinishedRun& run, const std::string& name, const std::string& word) {
  const SettingValue* value = option_of(run, name);
  return value != nullptr && *value == SettingValue(word);
}

Model model_of(const FinishedRun& run) {
  Model model;
  model.folder = run.folder;
  const std::vector<std::string> files = factor_files_of(run.folder);
  model.A_file = files[0];
  model.S_file = files[1];
  model.nonnegative = !is_option(run, "constraint", "none");
  model.nan_is_missing = is_option(run, "nan", "missing");
  model.unstored = is_option(run, "unstored", "missing") ? 0
                   : is_option(run, "unstored", "zero")  ? 1
                                                         : number_of(run, "unstored", 1);
  model.of_A = {number_of(run, "l1_A", 0), number_of(run, "l2_A", 0)};
  model.of_S = {number_of(run, "l1_S", 0), number_of(run, "l2_S", 0)};
  return model;
}

}  // namespace

Model read_model(const Communicator& world, const std::string& folder) {
  Model model;
  together(world, [&] {
    if (world.is_root()) model = model_of(read_finished_run(folder));
  });
  model.folder = folder;
  broadcast(world, model.A_file, 0);
  broadcast(world, model.S_file, 0);
  std::array numbers = {model.of_A.l1,
                        model.of_A.l2,
                        model.of_S.l1,
                        model.of_S.l2,
                        model.unstored,
                        model.nonnegative ? 1.0 : 0.0,
                        model.nan_is_missing ? 1.0 : 0.0};
  broadcast(world, std::span<double>(numbers), 0);
  model.of_A = {numbers[0], numbers[1]};
  model.of_S = {numbers[2], numbers[3]};
  model.unstored = numbers[4];
  model.nonnegative = numbers[5] != 0;
  model.nan_is_missing = numbers[6] != 0;
  return model;
}

ModelFactors open_factors(const Communicator& world, const Model& model) {
  ModelFactors factors{open_factor(world, model.A_file, Side::A),
                       open_factor(world, model.S_file, Side::S)};
  const MatrixShape& A = factors.A->shape();
  const MatrixShape& S = factors.S->shape();
  if (A.columns != S.columns) {
    throw Error(ErrorKind::bad_data, model.folder + ": A and S are not of one model: A has " +
                                         std::to_string(A.columns) + " columns, S has " +
                                         std::to_string(S.columns) + " rows");
  }
  return factors;
}

}  // namespace partita::app
