#pragma once

#include <span>
#include <vector>

#include "factorize/objective/pass_terms.hpp"
#include "factorize/solve/solver.hpp"
#include "factorize/solve/sweep_rules.hpp"
#include "factorize/solve/work_timer.hpp"

namespace partita {

/// The factors of several restarts side by side, and the passes of the `sweep` schedule over them:
/// one product and one set of collectives serves all.
///
/// One pass, with extrapolated points marked y (Ang & Gillis 2019, hp = 3):
///   S ← rule(AyᵀAy, XᵀAy) from Sy;  Sy ← max(0, S + β(S - S_old))
///   A ← rule(Sy Syᵀ, X Syᵀ) from Ay;  Ay ← A + β(A - A_old)
/// The new pair (A, Sy) waits beside the kept one until settle() says which stays; Ay is formed of
/// the last two A wherever it is needed, panel by panel, rather than kept. Where a process owns all
/// of A that belongs to its block, the second line goes panel by panel through X and, unless S and
/// XᵀAy are too large to be in cache together, forms XᵀAy for the next pass on the way, so that X
/// is read once a pass. Elsewhere settle() forms it: after the verdict it takes the place of a
/// matrix that is done with, and a pass that is undone has not formed it in vain.
///
/// Restarts are known by their position in the stack. All but the accessors and what is said to be
/// local is collective over X.grid().all().
template <class Real>
class FactorStack {
 public:
  /// Stacks the starts and forms what their first pass needs.
  FactorStack(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
              const SweepRules<Real>& rules, std::vector<RestartStart<Real>>& starts,
              RunControl& control);

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
  void refresh_transposed_product();

  /// The kept pair; local.
  [[nodiscard]] FactorPair<Real> factors(std::size_t position) const;
  /// What the future of a restart depends on, as far as it is here; local.
  [[nodiscard]] PassesState<Real> saved(std::size_t position) const;
  /// My rows of XᵀAy; local.
  [[nodiscard]] TallMatrix<Real> transposed_product(std::size_t position) const;
  /// Gives back all that factors() does not need; local.
  void release_scratch();
  /// Only these positions stay; local.
  void keep(const std::vector<bool>& kept);

 private:
  /// What the rows of A that one thread updates add to the terms of a restart.
  struct RowTerms {
    double model_dot_X = 0;
    double penalty = 0;
    GramMatrix gram_A;
    GramMatrix gram_Ay;
  };
  /// What one thread works with in a pass.
  struct Worker {
    TallMatrix<Real> product;     ///< X Syᵀ or XᵀAy of the panel at hand; then its rows of Ay
    std::vector<RowTerms> terms;  ///< by position in the stack
    WorkLog work;
  };

  void stack(std::vector<RestartStart<Real>>& starts);
  void take_saved(std::size_t position, PassesState<Real>& saved);
  void form_transposed_products(std::vector<RestartStart<Real>>& starts);
  void update_S();
  void update_A_by_panels(const TallMatrix<Real>& block_S);
  void update_A_whole(const TallMatrix<Real>& block_S);
  /// Whether one pass through X forms both products.
  [[nodiscard]] bool fuses_products() const;
  void settle_one(std::size_t position, bool accepted);
  void apply_scales();
  void scale_pair(std::size_t position, FactorPair<Real>& pair) const;
  void update_A_rows(Range rows, const Real* P, Worker& worker);
  void extrapolate_rows(const TallMatrix<Real>& now, const TallMatrix<Real>& before,
                        const std::vector<Real>& weights, Range rows, Real* out) const;
  void add_gram_of_A(Range rows, const Real* Ay, Worker& worker);
  void form_extrapolated_A(bool with_Q);
  void begin_transposed_product(bool spare_S);
  void add_to_transposed_product(Index thread, Range rows);
  void end_transposed_product(bool spare_S);
  void prepare_workers(Index panel_rows);
  void collect_from_workers();
  void collect_work();
  void begin_sum_of_terms();
  [[nodiscard]] Index rows_of_A_panel() const;
  void begin_sum_of_gram_S(const TallMatrix<Real>& Sy);

  /// Times a scope as one kind of work.
  [[nodiscard]] WorkTimer timed(Work work, double flops = 0) const {
    return timed(control_.work(), work, flops);
  }
  [[nodiscard]] WorkTimer timed(WorkLog& log, Work work, double flops = 0) const {
    return {log, X_.grid().all().traffic(), work, flops};
  }
  /// Of one product of my block with a stacked factor.
  [[nodiscard]] double product_flops() const {
    return 2 * static_cast<double>(X_.block().stored()) * static_cast<double>(width());
  }
  /// Of one restart's Gram matrix of so many rows.
  [[nodiscard]] double gram_flops(Index rows) const {
    return static_cast<double>(rows * k() * (k() + 1));
  }

  [[nodiscard]] Index k() const { return options_.components; }
  [[nodiscard]] Index width() const { return k() * static_cast<Index>(restarts()); }
  /// First column of a restart.
  [[nodiscard]] Index offset(std::size_t position) const {
    return static_cast<Index>(position) * k();
  }
  /// Some rows of one restart.
  [[nodiscard]] TallView<const Real> part_of(const TallMatrix<Real>& stacked, Range rows,
                                             std::size_t position) const {
    return {stacked.row(rows.begin) + offset(position), rows.size(), k(), stacked.width()};
  }
  [[nodiscard]] TallView<Real> part_of(TallMatrix<Real>& stacked, Range rows,
                                       std::size_t position) const {
    return {stacked.row(rows.begin) + offset(position), rows.size(), k(), stacked.width()};
  }

  const DistributedMatrix<Real>& X_;
  const FactorizeOptions& options_;
  const SweepRules<Real>& rules_;
  RunControl& control_;
  StackedTerms terms_;
  std::vector<Real> weights_;  ///< β of the pass
  bool settled_ = true;        ///< whether no pass waits for its verdict

  // My rows. A_other_ is the A before the kept one until a pass writes the new one over it;
  // Ay = A_ + step_of_A_ (A_ - A_other_).
  TallMatrix<Real> A_, A_other_;
  std::vector<Real> step_of_A_;
  std::vector<double> scales_of_A_, scales_of_S_;  ///< of every component, for the next pass
  TallMatrix<Real> S_;            ///< the last plain S; that of the pass after update_S()
  TallMatrix<Real> Sy_, Sy_new_;  ///< kept and new; the new one only while a pass is not settled
  TallMatrix<Real> Q_;            ///< XᵀAy of the kept pair, until update_S() has used it
  TallMatrix<Real> P_;            ///< X Syᵀ, or Ay, where panels do not form them
  TallMatrix<Real> space_;        ///< the gathered S
  TallMatrix<Real> space_P_;      ///< my block's part of P_
  PanelSum<Real> space_Q_;        ///< my block's part of Q_
  std::vector<Worker> workers_;   ///< by thread
};

}  // namespace partita
