#pragma once

#include "partita/base/index.hpp"

#include <memory>

#include "data/blocks/entry_rows.hpp"
#include "update/entry_penalty.hpp"
#include "update/row_rule.hpp"

namespace partita {

/// Some rows of X as a rule sees them: their entries, and how much what is not stored counts.
template <class Real>
struct EntryPanel {
  const EntryRows<Real>& X;  ///< row i of the panel is row rows.begin + i of it
  Range rows;
  double unstored = 0;  ///< weight of entries that are not stored, which are zeros
  /// X H of these rows, width numbers each, where X is known by its products too: the entries are
  /// then only those that do not count, and zeros in the products. Else nullptr.
  const Real* products = nullptr;

  [[nodiscard]] EntryRow<Real> row(Index i) const { return row_of(X, rows.begin + i); }
};

/// Improves some rows of one factor W from the entries of their rows of X and the other factor H,
/// towards the minimum of ½ Σ_stored w_ij (x_ij - w_i·h_j)² + ½ ω Σ_unstored (w_i·h_j)² + penalty.
/// Where a row rule takes one Gram matrix for all rows, here every row has equations of its own.
/// What becomes of a row depends on nothing but that row, its entries, H and its Gram matrix. Rules
/// are immutable and shared.
template <class Real>
class PanelRule {
 public:
  virtual ~PanelRule() = default;
  /// @param W  rows x k, the present iterate on entry. @param X  their entries. @param H  the other
  /// factor, a row for each column of X. @param G  HᵀH, k x k, of all of H.
  virtual void update(TallView<Real> W, const EntryPanel<Real>& X, TallView<const Real> H,
                      const GramMatrix& G) const = 0;
};

/// Any row rule, given each row's own Gram matrix Σ_stored (w - ω) h hᵀ + ω G and right side
/// Σ_stored w x h: k² for an entry. A row of which nothing is known gets what the penalty prefers.
/// Beside products, what counts less is taken off G, which may leave a component nothing but
/// rounding: the row's diagonal then is 1 + 1e-3 times itself.
/// @param rule     has the plain part of the penalty in it already.
/// @param penalty  whose pull and biases are added; a bias is eliminated exactly.
template <class Real>
[[nodiscard]] std::unique_ptr<PanelRule<Real>> make_row_gram_rule(
    std::unique_ptr<RowRule<Real>> rule, const EntryPenalty& penalty = {});

/// Coordinate descent over the components of a row, whose residuals are kept: the rows of H that
/// belong to its entries are gathered, transposed, into a tile, and two sweeps go through that.
/// About 5 k for an entry. A row of which nothing is known gets what the penalty prefers. Not
/// beside products.
/// @param nonnegative  whether W is, biases apart.
template <class Real>
[[nodiscard]] std::unique_ptr<PanelRule<Real>> make_row_residual_rule(const EntryPenalty& penalty,
                                                                      bool nonnegative);

/// Σ_stored w (x - w·h)² + ω Σ_unstored (w·h)² over the rows of a panel, explicit and in double.
/// Beside products it is less by ||X||² of the rows, and no better than the difference of the two.
/// @param G  HᵀH.
template <class Real>
[[nodiscard]] double entry_loss(TallView<const Real> W, const EntryPanel<Real>& X,
                                TallView<const Real> H, const GramMatrix& G);

}  // namespace partita
