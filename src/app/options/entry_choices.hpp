#pragma once

#include "partita/job/job.hpp"

#include <optional>
#include <string>
#include <vector>

#include "matrix_options.hpp"
#include "options.hpp"

namespace partita::app {

/// What counts, in commands that take it from a run unless it is stated.
struct EntryChoices {
  std::optional<double> unstored;
  std::optional<bool> nan_is_missing;
  std::string weights;  ///< file of the weights of entries
  std::string uncertainties;
};

/// --unstored, --nan, --weights, --uncertainties; they fill `choices`, which must outlive them.
[[nodiscard]] std::vector<Option> entry_choice_options(EntryChoices& choices);

/// How the entries of a matrix count.
struct EntryCounting {
  double unstored = 1;      ///< weight of what the file does not store
  JobChoices weights = {};  ///< its files of weights

  [[nodiscard]] bool all_alike() const { return unstored == 1 && !weights.weighted(); }
};

/// What is stated, and else what a run had: `unstored` and `nan_is_missing`. Tells the reader.
/// @throws Error (usage) for a contradiction.
[[nodiscard]] EntryCounting settle_entries(const EntryChoices& choices, double unstored,
                                           bool nan_is_missing, MatrixInput& matrix);

}  // namespace partita::app
