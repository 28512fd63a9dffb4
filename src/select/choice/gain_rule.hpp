#pragma once

#include "partita/base/index.hpp"

#include <cstddef>
#include <vector>

#include "select/choice/rank_evidence.hpp"

namespace partita {

/// For each k the number that the gain rule compares with τ: the largest over q > k of the gain a
/// component from k to q, (m(k) - m(q)) / (q - k), as a share of that from the first k on, (m(1) -
/// m(q)) / (q - 1). 0 where no q > k has a smaller error; infinite where m(k) is, or where q is
/// better than k and yet no better than the first k. If the first m is infinite the first finite
/// one stands for it.
[[nodiscard]] std::vector<double> gain_shares(const ErrorCurve& curve);

/// K(τ): the position of the smallest k >= least whose error is finite and whose gain share is at
/// most tau. It does not rise with tau.
/// @throws Error (diverged) if no k >= least has a finite error.
[[nodiscard]] std::size_t smallest_within(const ErrorCurve& curve,
                                          const std::vector<double>& shares, double tau,
                                          Index least);

}  // namespace partita
