#pragma once

#include "partita/base/index.hpp"

#include <vector>

namespace partita {

/// Non-negative weights that change one at a time and are drawn in proportion, each in O(log n): a
/// binary tree of sums. Sums are rebuilt from their children, so no rounding gathers.
class WeightTree {
 public:
  explicit WeightTree(Index count);
  void set(Index i, double weight);
  [[nodiscard]] double total() const { return count_ > 0 ? sums_[1] : 0.0; }
  /// The index whose share of [0, 1) holds `u`. @pre total() > 0.
  [[nodiscard]] Index draw(double u) const;

 private:
  Index count_;
  Index leaves_;
  std::vector<double> sums_;
};

}  // namespace partita
