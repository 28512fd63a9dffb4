#pragma once

#include <memory>

#include "update/row_rule.hpp"

namespace partita {

/// Accelerated HALS, at most `max_sweeps` sweeps a row. Gillis & Glineur 2012.
template <class Real>
[[nodiscard]] std::unique_ptr<RowRule<Real>> make_hals_rule(int max_sweeps, FactorPenalty penalty);

/// The same steps for rows that have a Gram matrix each: the slopes of a row are kept, so that one
/// row is as quick as many are together in make_hals_rule.
template <class Real>
[[nodiscard]] std::unique_ptr<RowRule<Real>> make_row_descent_rule(int max_sweeps,
                                                                   FactorPenalty penalty);

/// Exact non-negative least squares by block principal pivoting, rows grouped by passive set, warm
/// from the positive entries of W. Kim & Park, SIAM J. Sci. Comput. 33 (2011).
template <class Real>
[[nodiscard]] std::unique_ptr<RowRule<Real>> make_bpp_rule(FactorPenalty penalty);

/// Unconstrained least squares, of minimum norm where G is rank-deficient.
template <class Real>
[[nodiscard]] std::unique_ptr<RowRule<Real>> make_least_squares_rule(FactorPenalty penalty);

/// The unconstrained solution with negative entries set to zero. Not a descent method.
template <class Real>
[[nodiscard]] std::unique_ptr<RowRule<Real>> make_clip_rule(FactorPenalty penalty);

/// Multiplicative updates w_j <- w_j c_j / (w G_j + l1 + l2 w_j), one entry after the other, at
/// most `max_steps` times a row; an entry of zero that is to grow is lifted a little first, unless
/// its component is zero in the other factor. Lee & Seung 2001; Gillis & Glineur 2012; a baseline.
template <class Real>
[[nodiscard]] std::unique_ptr<RowRule<Real>> make_multiplicative_rule(int max_steps,
                                                                      FactorPenalty penalty);

}  // namespace partita
