#include "partita/layout/block_distribution.hpp"

#include "partita/base/error.hpp"

#include <algorithm>

namespace partita {

BlockDistribution::BlockDistribution(Index extent, Index parts) : extent_(extent), parts_(parts) {
  if (extent < 0 || parts < 1) {
    throw Error(ErrorKind::internal, "a distribution needs extent >= 0 and at least one part");
  }
  quotient_ = extent / parts;
  remainder_ = extent % parts;
}

Range BlockDistribution::range(Index part) const {
  const Index begin = part * quotient_ + std::min(part, remainder_);
  return {begin, begin + quotient_ + (part < remainder_ ? 1 : 0)};
}

Index BlockDistribution::owner(GlobalIndex index) const {
  const Index in_large_parts = remainder_ * (quotient_ + 1);
  if (index.value < in_large_parts) return index.value / (quotient_ + 1);
  return remainder_ + (index.value - in_large_parts) / quotient_;
}

Index BlockDistribution::to_local(GlobalIndex index) const {
  return index.value - range(owner(index)).begin;
}

GlobalIndex BlockDistribution::to_global(Index part, Index local) const {
  return {range(part).begin + local};
}

}  // namespace partita
