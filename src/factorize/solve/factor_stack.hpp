#pragma once

#include <span>
#include <vector>

#include "factorize/solve/sweep_pass.hpp"

namespace partita {

/// The factors of several restarts side by side, and the passes of the `sweep` schedule over them
/// (SweepPass): one product and one set of collectives serves all. The new pairs of a pass wait
/// beside the kept ones until settle() says which stay.
///
/// Restarts are known by their position in the stack. All but the accessors and what is said to be
/// local is collective over X.grid().all().
template <class Real>
class FactorStack {
 public:
  /// Stacks the starts and forms what their first pass needs. All else is borrowed.
  FactorStack(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
              const SweepRules<Real>& rules, std::vector<RestartStart<Real>>& starts,
              RunControl& control);
  FactorStack(const FactorStack&) = delete;
  FactorStack& operator=(const FactorStack&) = delete;

  [[nodiscard]] std::size_t restarts() const { return terms_.size(); }
  [[nodiscard]] const PassTerms& terms(std::size_t position) const { return terms_[position]; }

  /// Before any pass: completes terms() of the starts, so that relative_error_squared() is theirs.
  void look_at_starts();
  /// One pass of all. @param weights  β of each restart. Wishes to stop travel with the terms.
  void pass(std::span<const double> weights);
  /// ||X - A Sy||² / ||X||² of the new pair, or of the starts before any pass.
  [[nodiscard]] double relative_error_squared(std::size_t position);
  /// The new pair becomes the kept one where it is accepted, else the pass is undone. Local.
  void settle(const std::vector<bool>& accepted);
  /// The components of the pairs that were accepted get the scales that cost the least penalty; A S
  /// and the steps of extrapolation stay. The penalty in terms() is that of the scaled pair. What
  /// is kept is multiplied when the next pass begins, XᵀAy too, so that a run that continues, and
  /// forms XᵀAy anew, rounds alike.
  void scale_components(const std::vector<bool>& accepted);
  /// What the next pass needs, after settle().
  void prepare_next(const std::vector<bool>& accepted);
  /// A component of the kept pair starts anew from the residual of a column. Its part of S is zero
  /// at first, so the objective does not rise. Followed by refresh_transposed_product().
  void revive(std::size_t position, Index component, Index column);
  /// The same under penalties: the component gets the part of S that lowers the objective the most,
  /// at the best of some scales. @return by how much F falls; 0 where no scale lowers it and the
  /// component is zero then.
  double revive_if_it_pays(std::size_t position, Index component, Index column);
  /// XᵀAy and AyᵀAy from scratch, in the order of sums in which a pass forms them: a run that
  /// continues from here goes on bit for bit.
  void refresh_transposed_product() { pass_.form_products_of_A(/*with_Q=*/true); }

  /// The kept pair; local.
  [[nodiscard]] FactorPair<Real> factors(std::size_t position) const;
  /// What the future of a restart depends on, as far as it is here; local.
  [[nodiscard]] PassesState<Real> saved(std::size_t position) const {
    return factors_.saved(position);
  }
  /// My rows of XᵀAy; local.
  [[nodiscard]] TallMatrix<Real> transposed_product(std::size_t position) const;
  /// Gives back all that factors() does not need; local.
  void release_scratch();
  /// Only these positions stay; local.
  void keep(const std::vector<bool>& kept);

 private:
  void form_first_products(std::vector<RestartStart<Real>>& starts);
  void apply_scales();

  [[nodiscard]] Index k() const { return factors_.k; }
  [[nodiscard]] Index width() const { return factors_.width(); }
  [[nodiscard]] Index offset(std::size_t position) const { return factors_.offset(position); }

  const DistributedMatrix<Real>& X_;
  const FactorizeOptions& options_;
  RunControl& control_;
  StackedFactors<Real> factors_;
  StackedTerms terms_;
  PassBuffers<Real> buffers_;
  SweepPass<Real> pass_;
  std::vector<Real> weights_;  ///< β of the pass
  bool settled_ = true;        ///< whether no pass waits for its verdict
};

}  // namespace partita
