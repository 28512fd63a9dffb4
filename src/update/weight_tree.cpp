#include "update/weight_tree.hpp"

#include <bit>

namespace partita {

WeightTree::WeightTree(Index count)
    : count_(count),
      leaves_(static_cast<Index>(std::bit_ceil(static_cast<std::uint64_t>(count > 0 ? count : 1)))),
      sums_(static_cast<std::size_t>(2 * leaves_), 0.0) {}

void WeightTree::set(Index i, double weight) {
  auto node = static_cast<std::size_t>(leaves_ + i);
  sums_[node] = weight;
  for (node /= 2; node >= 1; node /= 2) sums_[node] = sums_[2 * node] + sums_[2 * node + 1];
}

Index WeightTree::draw(double u) const {
  double target = u * total();
  std::size_t node = 1;
  while (node < static_cast<std::size_t>(leaves_)) {
    const double left = sums_[2 * node];
    // Rounding may leave a target beyond the last weight; never walk into an empty half.
    const bool go_right = target >= left && sums_[2 * node + 1] > 0;
    if (go_right) target -= left;
    node = 2 * node + (go_right ? 1 : 0);
  }
  return static_cast<Index>(node) - leaves_;
}

}  // namespace partita
