#pragma once

#include <vector>

#include "data/blocks/panel_sum.hpp"
#include "factorize/objective/pass_terms.hpp"
#include "factorize/solve/pass_buffers.hpp"
#include "factorize/solve/pass_workers.hpp"
#include "factorize/solve/stacked_factors.hpp"
#include "factorize/solve/sweep_rules.hpp"
#include "factorize/solve/work_timer.hpp"

namespace partita {

/// The pass of the `sweep` schedule over stacked factors, with extrapolated points marked y (Ang &
/// Gillis 2019, hp = 3):
///   S ← rule(AyᵀAy, XᵀAy) from Sy;  Sy ← max(0, S + β(S - S_old))
///   A ← rule(Sy Syᵀ, X Syᵀ) from Ay;  Ay ← A + β(A - A_old)
/// Ay is formed of the last two A wherever it is needed, panel by panel, rather than kept. Where a
/// process owns all of A that belongs to its block, the second line goes panel by panel through X
/// and, unless S and XᵀAy are too large to be in cache together, forms XᵀAy for the next pass on
/// the way, so that X is read once a pass. Elsewhere form_products_of_A() forms it after the
/// verdict: it then takes the place of a matrix that is done with, and a pass that is undone has
/// not formed it in vain.
///
/// All but fuses_products() and release() is collective over X.grid().all().
template <class Real>
class SweepPass {
 public:
  /// All are borrowed.
  SweepPass(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
            const SweepRules<Real>& rules, RunControl& control, StackedFactors<Real>& factors,
            StackedTerms& terms, PassBuffers<Real>& buffers)
      : X_(X),
        options_(options),
        rules_(rules),
        control_(control),
        factors_(factors),
        terms_(terms),
        buffers_(buffers) {}

  /// One pass of all restarts, from Q = XᵀAy and gram_Ay: A_other and Sy_new are the new pair, all
  /// terms are its own, and Q is that of the next pass if fuses_products(). Wishes to stop travel
  /// with the terms. @param weights  β of each restart.
  void run(const std::vector<Real>& weights);
  /// Whether one pass through X forms both products.
  [[nodiscard]] bool fuses_products() const;

  /// AyᵀAy of the kept pair and, if asked for, XᵀAy, in the order of sums in which a pass forms
  /// them: a run that continues from here goes on bit for bit.
  void form_products_of_A(bool with_Q);
  /// Sy Syᵀ of each restart is on its way to terms().
  void begin_sum_of_gram_S(const TallMatrix<Real>& Sy);
  /// Gives back the memory that it keeps from pass to pass.
  void release();

 private:
  using Worker = PassWorker<Real>;

  void update_S(const std::vector<Real>& weights);
  void update_A_by_panels(const TallMatrix<Real>& S, const std::vector<Real>& weights);
  void update_A_whole(const TallMatrix<Real>& S);
  void update_S_rows(Range rows, const std::vector<Real>& weights, Worker& worker);
  void update_A_rows(Range rows, const Real* P, Worker& worker);
  void form_products_by_panels(bool with_Q);
  void form_products_whole(bool with_Q);

  void multiply(Range rows, const TallMatrix<Real>& T, Worker& worker) const;
  void begin_transposed_product();
  void add_to_transposed_product(Index thread, Range rows);
  void end_transposed_product();
  void extrapolate_rows(const TallMatrix<Real>& now, const TallMatrix<Real>& before,
                        const std::vector<Real>& weights, Range rows, Real* out) const;
  void add_gram_of_Ay(Range rows, const Real* Ay, Worker& worker) const;
  void sum_gram_of_Ay();
  void begin_sum_of_terms();

  [[nodiscard]] Index rows_of_A_panel() const;
  [[nodiscard]] WorkTimer timed(Work work, double flops = 0) const {
    return timed(control_.work(), work, flops);
  }
  /// Times a scope as one kind of work.
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
  [[nodiscard]] Index k() const { return factors_.k; }
  [[nodiscard]] Index width() const { return factors_.width(); }
  [[nodiscard]] std::size_t restarts() const { return factors_.restarts(); }
  void prepare_workers(Index panel_rows) { workers_.prepare(panel_rows, k(), restarts()); }

  const DistributedMatrix<Real>& X_;
  const FactorizeOptions& options_;
  const SweepRules<Real>& rules_;
  RunControl& control_;
  StackedFactors<Real>& factors_;
  StackedTerms& terms_;
  PassBuffers<Real>& buffers_;
  PanelSum<Real> sum_;  ///< my block's part of XᵀAy
  PassWorkers<Real> workers_;
};

}  // namespace partita
