#pragma once

#include "partita/base/index.hpp"

#include <algorithm>

namespace partita {

/// How fast the extrapolation weight grows; growth 0 means no extrapolation at all.
struct ExtrapolationRates {
  double growth = 0;          ///< γ
  double ceiling_growth = 0;  ///< γ̄
};

/// Where the weight stands between two passes.
struct ExtrapolationState {
  bool first = true;  ///< no pass was accepted yet
  double weight = 0.5;
  double previous = 0.5;
  double ceiling = 1;
  Index rejections = 0;  ///< since the last accepted pass
};

/// Weight β of the step Sn + β (Sn - S) beyond a new iterate: grows while the objective falls,
/// shrinks when a pass is rejected. Ang & Gillis, Neural Computation 31 (2019), algorithm 3.
class Extrapolation {
 public:
  explicit Extrapolation(ExtrapolationRates rates) : rates_(rates) {}

  [[nodiscard]] bool active() const { return rates_.growth > 0; }
  /// 0 in the first pass, as the step from a random start points nowhere, and after many
  /// rejections in a row: a plain pass lowers what is minimised, but for rounding.
  [[nodiscard]] double weight() const {
    return active() && !now_.first && now_.rejections < kMostRejections ? now_.weight : 0.0;
  }

  void accept() {
    now_.rejections = 0;
    if (now_.first) {
      now_.first = false;
      return;
    }
    now_.previous = now_.weight;
    now_.weight = std::min(now_.ceiling, rates_.growth * now_.weight);
    now_.ceiling = std::min(1.0, rates_.ceiling_growth * now_.ceiling);
  }

  void reject() {
    now_.ceiling = now_.previous;
    now_.weight /= kShrink;
    ++now_.rejections;
  }

  [[nodiscard]] const ExtrapolationState& state() const { return now_; }
  void restore(const ExtrapolationState& state) { now_ = state; }

 private:
  static constexpr double kShrink = 1.5;
  static constexpr Index kMostRejections = 6;

  ExtrapolationRates rates_;
  ExtrapolationState now_;
};

}  // namespace partita
