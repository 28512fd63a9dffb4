#pragma once

#include <algorithm>
#include <array>
#include <span>

namespace partita {

/// How fast the extrapolation weight grows; growth 0 means no extrapolation at all.
struct ExtrapolationRates {
  double growth = 0;          ///< γ
  double ceiling_growth = 0;  ///< γ̄
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
    return active() && !first_ && rejections_ < kMostRejections ? weight_ : 0.0;
  }

  void accept() {
    rejections_ = 0;
    if (first_) {
      first_ = false;
      return;
    }
    previous_ = weight_;
    weight_ = std::min(ceiling_, rates_.growth * weight_);
    ceiling_ = std::min(1.0, rates_.ceiling_growth * ceiling_);
  }

  void reject() {
    ceiling_ = previous_;
    weight_ /= kShrink;
    ++rejections_;
  }

  /// The state as numbers, and back.
  [[nodiscard]] std::array<double, 5> saved() const {
    return {first_ ? 1.0 : 0.0, weight_, previous_, ceiling_, static_cast<double>(rejections_)};
  }
  void restore(std::span<const double, 5> saved) {
    first_ = saved[0] != 0;
    weight_ = saved[1];
    previous_ = saved[2];
    ceiling_ = saved[3];
    rejections_ = static_cast<int>(saved[4]);
  }

 private:
  static constexpr double kFirstWeight = 0.5;
  static constexpr double kShrink = 1.5;
  static constexpr int kMostRejections = 6;

  ExtrapolationRates rates_;
  bool first_ = true;
  double weight_ = kFirstWeight;
  double previous_ = kFirstWeight;
  double ceiling_ = 1.0;
  int rejections_ = 0;  ///< since the last accepted pass
};

}  // namespace partita
