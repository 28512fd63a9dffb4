#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/io/formats/factor_files.hpp"
#include "partita/io/spread/matrix_source.hpp"
#include "partita/update/factor_penalty.hpp"

#include <memory>
#include <string>

namespace partita::app {

/// A finished run as a model of its matrix, X ≈ A S: what new data are explained by.
struct Model {
  std::string folder;
  std::string A_file;
  std::string S_file;
  bool nonnegative = true;  ///< whether the factors had to be
  FactorPenalty of_A;       ///< penalties of the run
  FactorPenalty of_S;
  double unstored = 1;          ///< weight of entries that a file does not store
  bool nan_is_missing = false;  ///< else it is an error

  [[nodiscard]] const std::string& file(Side side) const {
    return side == Side::A ? A_file : S_file;
  }
  [[nodiscard]] const FactorPenalty& penalty(Side side) const {
    return side == Side::A ? of_A : of_S;
  }
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

/// Collective over `world`. @throws Error on every process: what opening throws; bad_data when the
/// two do not belong together.
[[nodiscard]] ModelFactors open_factors(const Communicator& world, const Model& model);

}  // namespace partita::app
