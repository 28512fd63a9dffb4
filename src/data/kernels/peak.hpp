#pragma once

#include "partita/base/index.hpp"

namespace partita::kernels {

/// Steps of a few independent chains of fused multiply-adds in registers, begun with *value, where
/// a result is left; returns the floating-point operations. Their rate is the peak of a core.
template <typename Real>
[[nodiscard]] double multiply_add_chains(Index steps, Real* value);

}  // namespace partita::kernels
