#include "entry_choices.hpp"

#include "partita/base/error.hpp"

#include "options/rows.hpp"

namespace partita::app {

namespace {

const Choices<bool> kNanMeanings = {{"error", false}, {"missing", true}};

/// A weight in 0 .. 1, or its word.
double parse_unstored(const std::string& option, const std::string& text) {
  if (text == "zero") return 1;
  if (text == "missing") return 0;
  const double weight = parse_number(option, text, 0);
  if (weight <= 1) return weight;
  throw Error(ErrorKind::usage, option + ": '" + text + "' is more than 1");
}

}  // namespace

std::vector<Option> entry_choice_options(EntryChoices& choices) {
  return {{"unstored", 0, "zero|missing|W", "as in the run",
           "what a sparse file does not store: zeros, nothing known, or zeros of that weight",
           into(choices.unstored, parse_unstored)},
          {"nan", 0, "error|missing", "as in the run",
           "what NaN means (with missing, nothing that is not stored is known)",
           [&place = choices.nan_is_missing](const std::string& option, const std::string& text) {
             place = parse_choice(option, text, kNanMeanings);
           }},
          name_option("weights", "FILE", choices.weights,
                      "weights of the entries, a matrix of the same shape in any format"),
          name_option("uncertainties", "FILE", choices.uncertainties,
                      "uncertainties u of the entries instead, for weights 1/u^2")};
}

EntryCounting settle_entries(const EntryChoices& choices, double unstored, bool nan_is_missing,
                             MatrixInput& matrix) {
  if (!choices.weights.empty() && !choices.uncertainties.empty()) {
    throw Error(ErrorKind::usage, "--weights contradicts --uncertainties: state one of them");
  }
  EntryCounting counting{.unstored = choices.unstored.value_or(unstored)};
  counting.weights.weights = choices.weights;
  counting.weights.uncertainties = choices.uncertainties;
  counting.weights.weights_transposed = matrix.read.transpose;
  matrix.nan_is_missing = choices.nan_is_missing.value_or(nan_is_missing);
  if (matrix.nan_is_missing) {
    if (choices.unstored.value_or(0) != 0) {
      throw Error(ErrorKind::usage,
                  "--nan missing goes with --unstored missing: what is not a number is not stored");
    }
    counting.unstored = 0;
    ValueRule& values = matrix.read.values;
    values =
        values == ValueRule::nonnegative ? ValueRule::nonnegative_or_nan : ValueRule::finite_or_nan;
  }
  if (!counting.all_alike()) matrix.read.zeros = StatedZeros::observed;
  return counting;
}

}  // namespace partita::app
