// The parts of a pass that form products and Gram matrices, and those that the next pass needs.
#include <algorithm>
#include <utility>

#include "data/blocks/gram.hpp"
#include "data/blocks/panels.hpp"
#include "factorize/matrix/windows.hpp"
#include "factorize/solve/extrapolated_step.hpp"
#include "factorize/solve/sweep_pass.hpp"

namespace partita {

/// P = X[rows] T, into the worker's panel.
template <class Real>
void SweepPass<Real>::multiply(Range rows, const TallMatrix<Real>& T, Worker& worker) const {
  const WorkTimer timer = timed(worker.work, Work::products);
  X_.block().times(rows, T, worker.panel.data());
}

/// XᵀAy is about to be summed panel by panel.
template <class Real>
void SweepPass<Real>::begin_transposed_product() {
  sum_.front() = buffers_.take_block_S(width());
  sum_.begin(X_.block(), width());
}

/// Some rows of A, extrapolated, lie in the worker's panel.
template <class Real>
void SweepPass<Real>::add_to_transposed_product(Index thread, Range rows) {
  Worker& worker = workers_[thread];
  const WorkTimer timer = timed(worker.work, Work::products);
  X_.block().add_transposed_times(rows, worker.panel.data(), sum_.part(thread));
}

/// The sum is complete: my rows of it, over all processes, are Q.
template <class Real>
void SweepPass<Real>::end_transposed_product() {
  TallMatrix<Real>& block_Q = [&]() -> TallMatrix<Real>& {
    const WorkTimer timer = timed(Work::products);
    return sum_.finish(X_.block());
  }();
  if (!X_.owns_block_columns()) factors_.Q = buffers_.take_my_S(width());
  X_.sum_transposed(block_Q, factors_.Q);
  buffers_.give_back(std::move(sum_.front()));
}

/// out ← now + weight (now - before) on some rows of all restarts; out may be those of before.
template <class Real>
void SweepPass<Real>::extrapolate_rows(const TallMatrix<Real>& now, const TallMatrix<Real>& before,
                                       const std::vector<Real>& weights, Range rows,
                                       Real* out) const {
  for (std::size_t r = 0; r < restarts(); ++r) {
    const Index first = factors_.offset(r);
    extrapolate<Real>(window_of_rows(now, rows, first, k()),
                      window_of_rows(before, rows, first, k()), weights[r],
                      {out + first, rows.size(), k(), width()});
  }
}

template <class Real>
void SweepPass<Real>::add_gram_of_Ay(Range rows, const Real* Ay, Worker& worker) const {
  for (std::size_t r = 0; r < restarts(); ++r) {
    const WorkTimer timer = timed(worker.work, Work::gram, gram_flops(rows.size()));
    worker.terms[r].gram_Ay +=
        gram_of(TallView<const Real>{Ay + factors_.offset(r), rows.size(), k(), width()});
  }
}

template <class Real>
void SweepPass<Real>::begin_sum_of_gram_S(const TallMatrix<Real>& Sy) {
  const WorkTimer timer =
      timed(Work::gram, gram_flops(Sy.rows()) * static_cast<double>(restarts()));
  using Grams = std::vector<GramMatrix>;
  std::vector<Grams> by_thread(static_cast<std::size_t>(thread_count()),
                               Grams(restarts(), GramMatrix(k())));
  for_each_panel(Sy.rows(), panel_rows(Sy), [&](Index thread, Range rows) {
    Grams& grams = by_thread[static_cast<std::size_t>(thread)];
    for (std::size_t r = 0; r < restarts(); ++r) {
      grams[r] += gram_of(window_of_rows(Sy, rows, factors_.offset(r), k()));
    }
  });
  for (std::size_t r = 0; r < restarts(); ++r) {
    terms_[r].gram_Sy = GramMatrix(k());
    for (const Grams& grams : by_thread) terms_[r].gram_Sy += grams[r];
  }
  terms_.begin_gram(&PassTerms::gram_Sy);
}

template <class Real>
void SweepPass<Real>::form_products_of_A(bool with_Q) {
  if (with_Q) {
    control_.work().add(Work::products, 0, product_flops());
    buffers_.give_back(std::move(factors_.Q));
  }
  if (X_.owns_block_rows()) {
    form_products_by_panels(with_Q);
  } else {
    form_products_whole(with_Q);
  }
}

template <class Real>
void SweepPass<Real>::form_products_by_panels(bool with_Q) {
  const Index step = rows_of_A_panel();
  prepare_workers(step);
  if (with_Q) begin_transposed_product();
  for_each_panel(factors_.A.rows(), step, [&](Index thread, Range rows) {
    Worker& worker = workers_[thread];
    Real* const Ay = worker.panel.data();
    extrapolate_rows(factors_.A, factors_.A_other, factors_.step_of_A, rows, Ay);
    add_gram_of_Ay(rows, Ay, worker);
    if (with_Q) add_to_transposed_product(thread, rows);
  });
  sum_gram_of_Ay();
  if (with_Q) end_transposed_product();
}

template <class Real>
void SweepPass<Real>::form_products_whole(bool with_Q) {
  prepare_workers(0);
  auto Ay = buffers_.for_my_A(width());
  (*Ay).reshape(factors_.A.rows(), width());
  for_each_panel(factors_.A.rows(), rows_of_A_panel(), [&](Index thread, Range rows) {
    Real* const rows_of_Ay = (*Ay).row(rows.begin);
    extrapolate_rows(factors_.A, factors_.A_other, factors_.step_of_A, rows, rows_of_Ay);
    add_gram_of_Ay(rows, rows_of_Ay, workers_[thread]);
  });
  sum_gram_of_Ay();
  if (!with_Q) return;
  const WorkTimer timer = timed(Work::products);
  auto space = buffers_.for_block_A(width());
  factors_.Q = buffers_.take_my_S(width());
  if (!X_.owns_block_columns()) sum_.front() = buffers_.take_block_S(width());
  X_.transposed_times(X_.gather_A(*Ay, *space), factors_.Q, sum_);
  buffers_.give_back(std::move(sum_.front()));
}

/// AyᵀAy over the threads and the group.
template <class Real>
void SweepPass<Real>::sum_gram_of_Ay() {
  workers_.put_work(control_.work());
  for (std::size_t r = 0; r < restarts(); ++r) workers_.put_gram_of_Ay(r, terms_[r]);
  terms_.begin_gram(&PassTerms::gram_Ay);
  terms_.finish_gram(&PassTerms::gram_Ay);
}

#define PARTITA_INSTANTIATE(Real)                                                               \
  template void SweepPass<Real>::multiply(Range, const TallMatrix<Real>&, Worker&) const;       \
  template void SweepPass<Real>::begin_transposed_product();                                    \
  template void SweepPass<Real>::add_to_transposed_product(Index, Range);                       \
  template void SweepPass<Real>::end_transposed_product();                                      \
  template void SweepPass<Real>::extrapolate_rows(                                              \
      const TallMatrix<Real>&, const TallMatrix<Real>&, const std::vector<Real>&, Range, Real*) \
      const;                                                                                    \
  template void SweepPass<Real>::add_gram_of_Ay(Range, const Real*, Worker&) const;             \
  template void SweepPass<Real>::begin_sum_of_gram_S(const TallMatrix<Real>&);                  \
  template void SweepPass<Real>::form_products_of_A(bool);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
