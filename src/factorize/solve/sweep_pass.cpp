#include "factorize/solve/sweep_pass.hpp"

#include <algorithm>
#include <utility>

#include "data/blocks/gram.hpp"
#include "data/blocks/panels.hpp"
#include "data/kernels/reductions.hpp"
#include "factorize/matrix/windows.hpp"
#include "factorize/objective/objective.hpp"
#include "factorize/solve/extrapolated_step.hpp"

namespace partita {

namespace {

/// S and XᵀA that stream past a panel of sparse X in one pass. More of them leave no cache room for
/// each other: two passes through X then take no longer, and need one matrix less (5 million
/// entries, two processes, k = 8, 6 MB of them: 20 ms a pass against 22; k = 16: 24 against 27).
constexpr Index kStreamedBytes = Index{4} << 20;

}  // namespace

template <class Real>
void SweepPass<Real>::run(const std::vector<Real>& weights) {
  update_S(weights);
  begin_sum_of_gram_S(factors_.Sy_new);
  {
    auto space = buffers_.for_block_S(width());
    const TallMatrix<Real>& S = X_.gather_S(factors_.Sy_new, *space);
    if (X_.owns_block_rows()) {
      update_A_by_panels(S, weights);
    } else {
      update_A_whole(S);
    }
  }
  control_.agree(terms_.finish_all_of_A(/*with_Ay=*/fuses_products()));
}

/// S ← rule(AyᵀAy, Q) from Sy;  Sy ← S + β(S - S_old), from the Q that the pass before has formed.
/// The new Sy takes the place of Q, which nothing needs afterwards.
template <class Real>
void SweepPass<Real>::update_S(const std::vector<Real>& weights) {
  const WorkTimer timer = timed(Work::update);
  const Index step = panel_rows(factors_.S);
  prepare_workers(step);
  for_each_panel(factors_.S.rows(), step,
                 [&](Index thread, Range rows) { update_S_rows(rows, weights, workers_[thread]); });
  factors_.Sy_new = std::exchange(factors_.Q, {});
  factors_.Sy_new.reshape(factors_.S.rows(), width());  // also where I own no rows
}

/// Where I own all of A that belongs to my block: panel by panel, while its rows are in cache.
template <class Real>
void SweepPass<Real>::update_A_by_panels(const TallMatrix<Real>& S,
                                         const std::vector<Real>& weights) {
  const Index step = rows_of_A_panel();
  const bool fused = fuses_products();
  prepare_workers(step);
  control_.work().add(Work::products, 0, (fused ? 2 : 1) * product_flops());
  TallMatrix<Real> space;
  const TallMatrix<Real>& T = [&]() -> const TallMatrix<Real>& {
    const WorkTimer timer = timed(Work::products);
    return X_.block().prepare(S, space);
  }();
  terms_.finish_gram(&PassTerms::gram_Sy);
  if (fused) begin_transposed_product();
  for_each_panel(X_.block().rows(), step, [&](Index thread, Range rows) {
    Worker& worker = workers_[thread];
    Real* const P = worker.panel.data();
    multiply(rows, T, worker);       // P = X Syᵀ
    update_A_rows(rows, P, worker);  // A ← rule(Sy Syᵀ, P) from Ay
    if (!fused) return;
    Real* const Ay = P;  // Ay ← A + β(A - A_old), over P
    extrapolate_rows(factors_.A_other, factors_.A, weights, rows, Ay);
    add_gram_of_Ay(rows, Ay, worker);         // AyᵀAy
    add_to_transposed_product(thread, rows);  // Q = XᵀAy
  });
  begin_sum_of_terms();
  if (fused) end_transposed_product();
}

/// Where others have a part in the products of my rows.
template <class Real>
void SweepPass<Real>::update_A_whole(const TallMatrix<Real>& S) {
  auto P = buffers_.for_my_A(width());
  {
    auto block_P = buffers_.for_block_A(width());
    const WorkTimer timer = timed(Work::products, product_flops());
    X_.times(S, *P, *block_P);  // P = X Syᵀ
  }
  terms_.finish_gram(&PassTerms::gram_Sy);
  prepare_workers(0);
  for_each_panel(factors_.A.rows(), rows_of_A_panel(), [&](Index thread, Range rows) {
    update_A_rows(rows, (*P).row(rows.begin), workers_[thread]);  // A ← rule(Sy Syᵀ, P) from Ay
  });
  begin_sum_of_terms();  // Q = XᵀAy is for form_products_of_A()
}

/// Leaves Sy in the rows of Q, which it copies to the worker, and S in those of S.
template <class Real>
void SweepPass<Real>::update_S_rows(Range rows, const std::vector<Real>& weights, Worker& worker) {
  const Index count = rows.size() * width();
  Real* const Q = worker.panel.data();
  std::copy_n(factors_.Q.row(rows.begin), count, Q);
  std::copy_n(factors_.Sy.row(rows.begin), count, factors_.Q.row(rows.begin));
  for (std::size_t r = 0; r < restarts(); ++r) {
    const Index first = factors_.offset(r);
    const TallView<Real> mine = window_of_rows(factors_.Q, rows, first, k());
    rules_.for_S->update(mine, {Q + first, rows.size(), k(), width()}, terms_[r].gram_Ay);
    step_beyond(mine, window_of_rows(factors_.S, rows, first, k()), weights[r], rules_.nonnegative);
  }
}

/// Some rows of A, whose product is P; and their part of the error and the penalty.
template <class Real>
void SweepPass<Real>::update_A_rows(Range rows, const Real* P, Worker& worker) {
  TallMatrix<Real>& new_A = factors_.A_other;
  extrapolate_rows(factors_.A, new_A, factors_.step_of_A, rows, new_A.row(rows.begin));
  for (std::size_t r = 0; r < restarts(); ++r) {
    const Index first = factors_.offset(r);
    const TallView<const Real> C{P + first, rows.size(), k(), width()};
    const TallView<Real> mine = window_of_rows(new_A, rows, first, k());
    {
      const WorkTimer timer = timed(worker.work, Work::update);
      rules_.for_A->update(mine, C, terms_[r].gram_Sy);
    }
    const TallView<const Real> A = mine;
    RowTerms& terms = worker.terms[r];
    terms.model_dot_X += kernels::dot(A.data, C.data, A.rows, A.width, A.stride, C.stride);
    terms.penalty += penalty_of(A, options_.penalties.of_A());
    const WorkTimer timer = timed(worker.work, Work::gram, gram_flops(rows.size()));
    terms.gram_A += gram_of(A);
  }
}

template <class Real>
bool SweepPass<Real>::fuses_products() const {
  const Index streamed = 2 * X_.block().columns() * width() * static_cast<Index>(sizeof(Real));
  return X_.owns_block_rows() && (!X_.block().is_sparse() || streamed <= kStreamedBytes);
}

/// Rows of A that a pass updates together.
template <class Real>
Index SweepPass<Real>::rows_of_A_panel() const {
  return X_.owns_block_rows() ? X_.block().panel_rows(width()) : panel_rows(factors_.A);
}

/// One reduction carries everything the verdict needs, and the wishes to stop. It is on its way
/// while XᵀAy is completed and summed, if the pass forms it.
template <class Real>
void SweepPass<Real>::begin_sum_of_terms() {
  workers_.put_work(control_.work());
  for (std::size_t r = 0; r < restarts(); ++r) {
    workers_.put_terms_of_A(r, terms_[r]);
    terms_[r].penalty +=
        penalty_of(window(factors_.Sy_new, factors_.offset(r), k()), options_.penalties.of_S());
  }
  terms_.begin_all_of_A(/*with_Ay=*/fuses_products(), control_.wishes());
}

template <class Real>
void SweepPass<Real>::release() {
  sum_ = {};
  workers_.clear();
}

template class SweepPass<double>;
template class SweepPass<float>;

}  // namespace partita
