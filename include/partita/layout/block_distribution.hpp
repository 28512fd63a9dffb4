/// layout/: who owns which rows and columns, grid shapes, and the job plan. Pure arithmetic: it
/// knows no MPI and no storage, so that a layout for 100,000 processes is tested inside one.
#pragma once

#include "partita/base/index.hpp"

namespace partita {

/// An extent cut into consecutive parts whose sizes differ by at most one (the larger ones first).
/// More parts than indices leave the last parts empty.
class BlockDistribution {
 public:
  /// @throws Error (internal) unless extent >= 0 and parts >= 1.
  BlockDistribution(Index extent, Index parts);

  [[nodiscard]] Index extent() const { return extent_; }
  [[nodiscard]] Index parts() const { return parts_; }
  [[nodiscard]] Range range(Index part) const;
  [[nodiscard]] Index owner(GlobalIndex index) const;
  [[nodiscard]] Index to_local(GlobalIndex index) const;
  [[nodiscard]] GlobalIndex to_global(Index part, Index local) const;

  friend bool operator==(const BlockDistribution&, const BlockDistribution&) = default;

 private:
  Index extent_;
  Index parts_;
  Index quotient_;
  Index remainder_;
};

}  // namespace partita
