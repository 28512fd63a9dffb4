#pragma once

#include "partita/base/index.hpp"

#include <vector>

#include "data/blocks/entry_rows.hpp"
#include "data/tall_view.hpp"

namespace partita {

/// The rows of H that belong to the entries of one row of X, gathered and transposed, so that sums
/// over the entries run through memory: component l of entry e stands at l * stride + e. Entries
/// are filled up to whole vectors by some of weight 0. A thread has one and uses it for row after
/// row.
template <class Real>
class RowTile {
 public:
  /// Gathers, and forms the residuals x - w·h and what does not change while w does.
  /// @param unstored  ω: from here on entries weigh w - ω, as what all of H costs at ω has them in
  /// it too; slopes get Σ x h back by base().
  void take(const EntryRow<Real>& row, TallView<const Real> H, const Real* w, double unstored);

  /// r -= step h_before, then Σ (w - ω) r h_next over the entries.
  [[nodiscard]] double advance(Index before, Real step, Index next);

  /// Σ (w - ω) h_l², and Σ x h_l where ω > 0.
  [[nodiscard]] double own(Index l) const { return own_[static_cast<std::size_t>(l)]; }
  [[nodiscard]] double base(Index l) const { return base_[static_cast<std::size_t>(l)]; }

 private:
  [[nodiscard]] const Real* component(Index l) const { return tile_.data() + l * stride_; }

  Index stride_ = 0;  ///< entries, in whole vectors
  AlignedVector<Real> tile_;
  AlignedVector<Real> residuals_;
  AlignedVector<Real> weights_;
  AlignedVector<Real> values_;
  AlignedVector<Real> gathered_;  ///< a vector's worth of rows of H
  std::vector<double> own_;
  std::vector<double> base_;
};

}  // namespace partita
