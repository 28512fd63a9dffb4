#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/io/formats/factor_files.hpp"
#include "partita/io/spread/matrix_source.hpp"

#include <memory>
#include <optional>
#include <string>

#include "update/entry_penalty.hpp"

namespace partita::app {

/// A finished run as a model of its matrix, X ≈ A S: what new data are explained by.
struct Model {
  std::string folder;
  std::string A_file;
  std::string S_file;
  bool nonnegative = true;  ///< whether the factors had to be
  FactorPenalty of_A;       ///< penalties of the run
  FactorPenalty of_S;
  double bias_damping = 0;
  Index components = 0;
  double unstored = 1;          ///< weight of entries that a file does not store
  bool nan_is_missing = false;  ///< else it is an error
  /// What is added to biases and A S, where there are biases; predictions then stay within what was
  /// known.
  std::optional<double> mean = {};
  double least = 0;
  double most = 0;
  double prior = 0;    ///< entries of a row or column of which nothing was known
  Index averaged = 0;  ///< restarts whose mean is the prediction, or 0

  [[nodiscard]] const std::string& file(Side side) const {
    return side == Side::A ? A_file : S_file;
  }
  /// What holds one factor, and where its biases stand.
  [[nodiscard]] EntryPenalty penalty(Side side) const;
};

/// Reads what the folder of a run tells of it. Collective over `world`.
/// @throws Error on every process: no_input where there is no run, bad_data where it is damaged,
/// stopped early or without its factors.
[[nodiscard]] Model read_model(const Communicator& world, const std::string& folder);

/// The opened factors of a model: A, n x k, and Sᵀ, m x k.
struct ModelFactors {
  std::unique_ptr<MatrixSource> A;
  std::unique_ptr<MatrixSource> S;

  [[nodiscard]] Index rows() const { return A->shape().rows; }
  [[nodiscard]] Index columns() const { return S->shape().rows; }
  [[nodiscard]] Index components() const { return A->shape().columns; }
  [[nodiscard]] MatrixSource& side(Side side) const { return side == Side::A ? *A : *S; }
};

/// Rows `mine` of A or Sᵀ; of a model with biases [A row_bias 1] or [Sᵀ 1 column_bias]. Collective
/// over `world`. @throws Error on every process.
[[nodiscard]] TallMatrix<double> read_model_factor(const Communicator& world, const Model& model,
                                                   const ModelFactors& factors, Side side,
                                                   Range mine);

/// Rows `mine` of one factor of what a model predicts: X ≈ their product. Biases, the mean and the
/// average over restarts are in them, so that they may be wider than A and S. Collective over
/// `world`. @throws Error on every process.
[[nodiscard]] TallMatrix<double> read_prediction_factor(const Communicator& world,
                                                        const Model& model,
                                                        const ModelFactors& factors, Side side,
                                                        Range mine);
/// Columns of those factors.
[[nodiscard]] Index prediction_width(const Model& model, const ModelFactors& factors);

/// Collective over `world`. @throws Error on every process: what opening throws; bad_data when the
/// two do not belong together.
[[nodiscard]] ModelFactors open_factors(const Communicator& world, const Model& model);

}  // namespace partita::app
