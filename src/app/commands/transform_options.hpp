#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/io/formats/factor_share.hpp"

#include <optional>
#include <string>

#include "entry_choices.hpp"
#include "job/new_factor.hpp"
#include "matrix_options.hpp"
#include "model.hpp"
#include "new_file.hpp"
#include "options.hpp"

namespace partita::app {

/// What becomes of lines of the model that the file lacks.
enum class Absent { zero, missing };

struct TransformOptions {
  std::string model;
  MatrixInput matrix;
  NewFile output;
  bool rows = false;
  bool columns = false;
  Absent absent = Absent::zero;
  std::optional<double> l1;
  std::optional<double> l2;
  EntryChoices entries;
  EntryCounting counting = {};  ///< as settled with the model
  bool quiet = false;

  /// The factor that is made.
  [[nodiscard]] Side side() const { return columns ? Side::S : Side::A; }
};

/// What transform takes; fills `options`, which must outlive it.
[[nodiscard]] CommandSyntax transform_syntax(TransformOptions& options);

/// Before any work. Collective over `world`. @throws Error (usage, cannot_create).
void check_options(const Communicator& world, const TransformOptions& options);

/// What is stated, and else what the run had; tells the reader. @throws Error (usage).
[[nodiscard]] NewFactorRules rules_of(TransformOptions& options, const Model& model);

}  // namespace partita::app
