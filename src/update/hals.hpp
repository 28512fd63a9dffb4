/// update/: rules that improve a tile of A or S, given a Gram matrix and a product. It knows no
/// MPI, no files, and not how X is stored. This header: accelerated HALS.
#pragma once

#include "partita/base/index.hpp"

namespace partita {

/// When the sweeps of one row end, and the penalties.
struct HalsOptions {
  int max_sweeps = 1;  ///< at most this many; 0 only clips
  double delta = 0.1;  ///< stop when a sweep moves a row by less than delta times its first sweep
  double l1 = 0;       ///< penalty l1 * sum(w)
  double l2 = 0;       ///< penalty l2 / 2 * |w|^2
};

/// Improves every row w of W, on its own, towards
/// argmin over w >= 0 of w G w^T / 2 - c w^T + l1 sum(w) + l2 |w|^2 / 2
/// by cyclic coordinate descent: w_j <- max(0, w_j + (c_j - l1 - G_j w - l2 w_j) / (G_jj + l2)).
/// Starts from max(0, W), so an extrapolated point may be passed in. A component with
/// G_jj <= 1e-14 tr(G) / k is dead: it is left as it is without penalties; with them it costs them
/// and gains nothing, and falls to zero. Every row counts and stops its own sweeps, so
/// the result for a row depends, bit for bit, on nothing but the row, its c and G.
/// Gillis & Glineur 2012, accelerated HALS; Cichocki & Phan 2009, HALS.
/// @param W  rows x k with leading dimension stride_w; updated in place.
/// @param C  rows x k with leading dimension stride_c: X T for A, X^T A for S.
/// @param G  k x k, symmetric, row-major.
/// @throws std::bad_alloc only; local, allocates O(k^2) scratch.
template <typename Real>
void hals_rows(Real* W, Index stride_w, const Real* C, Index stride_c, Index rows, Index k,
               const double* G, const HalsOptions& options);

}  // namespace partita
