#include "model.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <variant>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "factorize/objective/entry_objective.hpp"
#include "finished_run.hpp"
#include "run_folder.hpp"

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
  const SettingValue* center = option_of(run, "center");
  if (center != nullptr && *center == SettingValue(true)) {
    model.prior = number_of(run, "center_at", 0);
  }
  model.mean = run.record.mean;
  if (run.record.entries) {
    model.least = run.record.entries->least;
    model.most = run.record.entries->most;
  }
  model.averaged = run.record.averaged_restarts.value_or(0);
  model.bias_damping = number_of(run, "bias_damping", 0);
  model.components = static_cast<Index>(number_of(run, "components", 0));
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
                        model.nan_is_missing ? 1.0 : 0.0,
                        model.mean ? 1.0 : 0.0,
                        model.mean.value_or(0),
                        model.least,
                        model.most,
                        model.prior,
                        static_cast<double>(model.averaged),
                        model.bias_damping,
                        static_cast<double>(model.components)};
  broadcast(world, std::span<double>(numbers), 0);
  model.of_A = {numbers[0], numbers[1]};
  model.of_S = {numbers[2], numbers[3]};
  model.unstored = numbers[4];
  model.nonnegative = numbers[5] != 0;
  model.nan_is_missing = numbers[6] != 0;
  if (numbers[7] != 0) model.mean = numbers[8];
  model.least = numbers[9];
  model.most = numbers[10];
  model.prior = numbers[11];
  model.averaged = static_cast<Index>(numbers[12]);
  model.bias_damping = numbers[13];
  model.components = static_cast<Index>(numbers[14]);
  return model;
}

namespace {

/// Another file of the run beside that of a factor, in the same format.
std::string file_beside(const Model& model, Side side, const char* name) {
  return model.folder + "/" + name + std::filesystem::path(model.file(side)).extension().string();
}

/// Rows of such a file. Collective. @throws Error, bad_data when its shape is not the factor's.
TallMatrix<double> read_beside(const Communicator& world, const Model& model, Side side,
                               const char* name, Index rows, Index width, Range mine) {
  const std::string file = file_beside(model, side, name);
  const auto source = open_factor(world, file, side);
  const MatrixShape& shape = source->shape();
  if (shape.rows != rows || shape.columns != width) {
    throw Error(ErrorKind::bad_data, file + " is not of this run: " + std::to_string(shape.rows) +
                                         " by " + std::to_string(shape.columns) +
                                         " numbers instead of " + std::to_string(rows) + " by " +
                                         std::to_string(width));
  }
  return read_factor(world, *source, mine);
}

/// [A, row_bias, 1] or [Sᵀ, 1, column_bias]. Collective.
TallMatrix<double> with_biases(const Communicator& world, const Model& model, Side side, Index rows,
                               const TallMatrix<double>& W, Range mine) {
  const TallMatrix<double> bias = read_beside(
      world, model, side, side == Side::A ? kRowBiasFile : kColumnBiasFile, rows, 1, mine);
  const Index k = W.width();
  TallMatrix<double> wide(W.rows(), k + 2);
  for (Index i = 0; i < W.rows(); ++i) {
    std::copy_n(W.row(i), k, wide.row(i));
    wide(i, k) = side == Side::A ? bias(i, 0) : 1.0;
    wide(i, k + 1) = side == Side::A ? 1.0 : bias(i, 0);
  }
  return wide;
}

}  // namespace

EntryPenalty Model::penalty(Side side) const {
  FactorizeOptions options;
  options.components = components;
  options.penalties = {of_A.l1, of_S.l1, of_A.l2, of_S.l2};
  options.center = prior > 0;
  options.center_at = prior;
  options.bias = mean.has_value();
  options.bias_damping = bias_damping;
  return entry_penalty(options, side);
}

TallMatrix<double> read_model_factor(const Communicator& world, const Model& model,
                                     const ModelFactors& factors, Side side, Range mine) {
  MatrixSource& source = factors.side(side);
  TallMatrix<double> W = read_factor(world, source, mine);
  return model.mean ? with_biases(world, model, side, source.shape().rows, W, mine) : W;
}

Index prediction_width(const Model& model, const ModelFactors& factors) {
  const Index width = factors.components() + (model.mean ? 2 : 0);
  return width * std::max<Index>(1, model.averaged);
}

TallMatrix<double> read_prediction_factor(const Communicator& world, const Model& model,
                                          const ModelFactors& factors, Side side, Range mine) {
  MatrixSource& source = factors.side(side);
  const Index rows = source.shape().rows;
  const Index k = factors.components();
  TallMatrix<double> W;
  if (model.averaged > 0) {
    // The names come while the numbers are read.
    if (source.shape().has_row_labels) static_cast<void>(read_factor(world, source, mine));
    W = read_beside(world, model, side, side == Side::A ? kStackFileOfA : kStackFileOfS, rows,
                    prediction_width(model, factors), mine);
  } else {
    W = read_model_factor(world, model, factors, side, mine);
  }
  if (side == Side::S) return W;
  const Index width = k + (model.mean ? 2 : 0);
  const double share = 1.0 / static_cast<double>(std::max<Index>(1, model.averaged));
  for (Index i = 0; i < W.rows(); ++i) {
    for (Index l = 0; l < W.width(); ++l) {
      if (model.mean && l % width == k) W(i, l) += *model.mean;
      W(i, l) *= share;
    }
  }
  return W;
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
