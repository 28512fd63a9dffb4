// The steps of extrapolation beyond a new iterate, on some rows of one factor.
#pragma once

#include <algorithm>
#include <limits>

#include "data/blocks/block.hpp"
#include "update/row_rule.hpp"

namespace partita {

/// beyond ← now + weight (now - before); beyond may be one of the others.
template <class Real>
void extrapolate(TallView<const Real> now, TallView<const Real> before, Real weight,
                 TallView<Real> beyond) {
  for (Index i = 0; i < now.rows; ++i) {
    const Real* to = now.row(i);
    const Real* from = before.row(i);
    Real* out = beyond.row(i);
    if (weight == 0) {
      // What was before may not be a number, after a pass that was undone.
      std::copy_n(to, now.width, out);
    } else {
      for (Index j = 0; j < now.width; ++j) out[j] = to[j] + weight * (to[j] - from[j]);
    }
  }
}

/// In one go: before ← now, and now ← now + weight (now - before), clipped at zero if asked.
template <class Real>
void step_beyond(TallView<Real> now, TallView<Real> before, Real weight, bool clip) {
  const Real least = clip ? Real{0} : std::numeric_limits<Real>::lowest();
  for (Index i = 0; i < now.rows; ++i) {
    Real* beyond = now.row(i);
    Real* kept = before.row(i);
    for (Index j = 0; j < now.width; ++j) {
      const Real to = beyond[j];
      beyond[j] = std::max(least, to + weight * (to - kept[j]));
      kept[j] = to;
    }
  }
}

}  // namespace partita
