#pragma once

#include "partita/base/index.hpp"
#include "partita/data/tall_matrix.hpp"
#include "partita/update/factor_penalty.hpp"

#include "data/blocks/block.hpp"

namespace partita {

/// Improves the rows of one factor W towards the minimum of ½ w G wᵀ - c wᵀ + penalty, each row on
/// its own: for A, G = S Sᵀ and C = X Sᵀ; for S, stored transposed, G = AᵀA and C = XᵀA. What
/// becomes of a row depends on nothing but that row, its c and G, so any cut of the rows over
/// processes and panels gives the same result. Rules are immutable and shared.
template <class Real>
class RowRule {
 public:
  virtual ~RowRule() = default;
  /// @param W  rows x k, the present iterate on entry; @param C  rows x k; @param G  k x k.
  virtual void update(TallView<Real> W, TallView<const Real> C, const GramMatrix& G) const = 0;
};

}  // namespace partita
