#pragma once

#include "partita/base/index.hpp"
#include "partita/update/factor_penalty.hpp"

#include <cmath>
#include <optional>

#include "data/blocks/entry_rows.hpp"
#include "data/tall_view.hpp"

namespace partita {

/// Where the biases of a model x ≈ a·s + b + d stand in a factor that has two more columns: A is
/// [A b 1], and Sᵀ is [Sᵀ 1 d], so that the product of the two says all.
struct BiasColumns {
  Index own;           ///< this factor's own bias, of either sign
  Index one;           ///< ones, which stay: the other factor's bias belongs to them
  double damping = 0;  ///< penalty ½ damping b²
};

/// What holds the rows of one factor where entries do not all count alike.
struct EntryPenalty {
  /// Of the components.
  FactorPenalty plain = {};
  /// Penalty ½ pull √|Ω| ‖w - centre‖² of a row's components, of which |Ω| entries are known.
  double pull = 0;
  double centre = 0;
  std::optional<BiasColumns> bias = {};

  [[nodiscard]] Index components(Index width) const { return width - (bias ? 2 : 0); }
  /// The weight of ‖w - centre‖² for a row.
  template <class Real>
  [[nodiscard]] double pull_of(const EntryRow<Real>& row) const {
    return pull == 0 ? 0.0 : pull * std::sqrt(known_entries(row));
  }

  /// Entries of a row that count.
  template <class Real>
  [[nodiscard]] static double known_entries(const EntryRow<Real>& row) {
    double count = static_cast<double>(row.size());
    for (const Real weight : row.weights) {
      if (weight == 0) count -= 1;
    }
    return count;
  }

  /// Gives a row of which nothing is known what it would cost least to be.
  template <class Real>
  void prefer(Real* w, Index width) const {
    const auto least = static_cast<Real>(pull > 0 ? centre : 0.0);
    for (Index l = 0; l < components(width); ++l) w[l] = least;
    if (bias) w[bias->own] = Real{0};
  }

  /// What a row costs.
  template <class Real>
  [[nodiscard]] double of_row(const Real* w, Index width, const EntryRow<Real>& row) const {
    const double pull_here = pull_of(row);
    double sum = 0;
    for (Index l = 0; l < components(width); ++l) {
      const auto value = static_cast<double>(w[l]);
      const double off = value - centre;
      sum += plain.l1 * value + plain.l2 / 2 * value * value + pull_here / 2 * off * off;
    }
    if (!bias) return sum;
    const auto own = static_cast<double>(w[bias->own]);
    return sum + bias->damping / 2 * own * own;
  }
};

/// The penalty of rows of a factor, by the entries of their rows of X.
template <class Real>
[[nodiscard]] double penalty_of(TallView<const Real> W, const EntryRows<Real>& X,
                                const EntryPenalty& penalty) {
  double sum = 0;
  for (Index i = 0; i < W.rows; ++i) sum += penalty.of_row(W.row(i), W.width, row_of(X, i));
  return sum;
}

}  // namespace partita
