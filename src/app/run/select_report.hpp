#pragma once

#include <string>
#include <vector>

#include "select/select.hpp"

namespace partita::app {

/// `k,held_out_error,held_out_standard_error,training_error,gain_share,silhouette_mean,
/// silhouette_minimum,cophenetic_correlation,dispersion`, a line a k; and, where it is measured
/// beside masks, `bcv_error`. What was not measured is empty.
[[nodiscard]] std::string select_csv(const Selection& selection);

/// How a selection was made, for select.json.
struct SelectFacts {
  std::string file;  ///< bytes, as the system has them
  SelectMethod method = SelectMethod::holdout;
  const SelectOptions& options;
  Index processes = 1;
  double seconds = 0;
};

/// The choice with its evidence, as JSON.
[[nodiscard]] std::string select_json(const Selection& selection, const SelectFacts& facts);

/// The consensus of columns, one row and one column each, by their names.
[[nodiscard]] std::string consensus_csv(const TallMatrix<double>& consensus,
                                        const std::vector<std::string>& names);

/// A table for people, with an arrow at the choice.
[[nodiscard]] std::string select_table(const Selection& selection);

}  // namespace partita::app
