#include "factorize/solve/factor_stack.hpp"

#include <algorithm>
#include <functional>
#include <utility>
#include <variant>

#include "comm/collectives.hpp"
#include "data/blocks/gram.hpp"
#include "data/blocks/panels.hpp"
#include "data/kernels/kernels.hpp"
#include "factorize/matrix/column_residual.hpp"
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
FactorStack<Real>::FactorStack(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                               const SweepRules<Real>& rules,
                               std::vector<RestartStart<Real>>& starts, RunControl& control)
    : X_(X),
      options_(options),
      rules_(rules),
      control_(control),
      terms_(X.grid().all(), starts.size(), options.components),
      weights_(starts.size()),
      step_of_A_(starts.size()),
      scales_of_A_(starts.size() * static_cast<std::size_t>(options.components), 1.0),
      scales_of_S_(scales_of_A_) {
  stack(starts);
  form_transposed_products(starts);
  begin_sum_of_gram_S(Sy_);
  terms_.finish_gram(&PassTerms::gram_Sy);
}

/// Takes the matrices of the starts into the stack; they are left without.
template <class Real>
void FactorStack<Real>::stack(std::vector<RestartStart<Real>>& starts) {
  for (std::size_t r = 0; r < starts.size(); ++r) {
    if (starts[r].saved) {
      take_saved(r, std::get<PassesState<Real>>(starts[r].saved->of_solver));
      continue;
    }
    FactorPair<Real>& factors = starts[r].factors;
    TallMatrix<Real> plain_S = factors.S;
    take_in(plain_S, S_, offset(r), width());
    take_in(factors.S, Sy_, offset(r), width());
    take_in(factors.A, A_, offset(r), width());
  }
  A_other_.reshape(A_.rows(), width());
}

/// The inverse of saved().
template <class Real>
void FactorStack<Real>::take_saved(std::size_t position, PassesState<Real>& saved) {
  take_in(saved.A, A_, offset(position), width());
  take_in(saved.A_before, A_other_, offset(position), width());
  take_in(saved.S, S_, offset(position), width());
  take_in(saved.Sy, Sy_, offset(position), width());
  step_of_A_[position] = static_cast<Real>(saved.step_of_A);
  std::ranges::copy(saved.scales_of_A, scales_of_A_.begin() + offset(position));
  std::ranges::copy(saved.scales_of_S, scales_of_S_.begin() + offset(position));
}

/// Q = XᵀAy and AyᵀAy; without a look at X where all starts bring their part of Q.
template <class Real>
void FactorStack<Real>::form_transposed_products(std::vector<RestartStart<Real>>& starts) {
  const auto known = [](RestartStart<Real>& start) -> std::optional<TallMatrix<Real>>& {
    return start.saved ? start.saved->product : start.product;
  };
  if (!std::ranges::all_of(starts, [&](auto& start) { return known(start).has_value(); })) {
    refresh_transposed_product();
    return;
  }
  for (std::size_t r = 0; r < starts.size(); ++r) {
    take_in(*known(starts[r]), Q_, offset(r), width());
  }
  form_extrapolated_A(/*with_Q=*/false);
}

template <class Real>
void FactorStack<Real>::look_at_starts() {
  std::vector<double> sums;
  for (std::size_t r = 0; r < restarts(); ++r) {
    sums.push_back(kernels::dot(Q_.data() + offset(r), S_.data() + offset(r), Q_.rows(), k(),
                                Q_.width(), S_.width()));
    sums.push_back(penalty_of(window(A_, offset(r), k()), options_.penalties.of_A()) +
                   penalty_of(window(S_, offset(r), k()), options_.penalties.of_S()));
  }
  sum_over(X_.grid().all(), std::span<double>(sums));
  for (std::size_t r = 0; r < restarts(); ++r) {
    terms_[r].gram_A = terms_[r].gram_Ay;
    terms_[r].model_dot_X = sums[2 * r];
    terms_[r].penalty = sums[2 * r + 1];
  }
}

template <class Real>
void FactorStack<Real>::pass(std::span<const double> weights) {
  std::ranges::transform(weights, weights_.begin(),
                         [](double weight) { return static_cast<Real>(weight); });
  settled_ = false;
  apply_scales();
  update_S();
  begin_sum_of_gram_S(Sy_new_);
  const TallMatrix<Real>& block_S = X_.gather_S(Sy_new_, space_);
  if (X_.owns_block_rows()) {
    update_A_by_panels(block_S);
  } else {
    update_A_whole(block_S);
  }
  control_.agree(terms_.finish_all_of_A(/*with_Ay=*/fuses_products()));
}

/// S ← rule(AyᵀAy, XᵀAy) from Sy; Sy ← S + β(S - S_old), kept non-negative. The new Sy takes the
/// place of XᵀAy, which nothing needs afterwards.
template <class Real>
void FactorStack<Real>::update_S() {
  const WorkTimer timer = timed(Work::update);
  const Index step = panel_rows(S_);
  prepare_workers(step);
  for_each_panel(S_.rows(), step, [&](Index thread, Range rows) {
    const Index count = rows.size() * width();
    Real* const Q = workers_[static_cast<std::size_t>(thread)].product.data();
    std::copy_n(Q_.row(rows.begin), count, Q);
    std::copy_n(Sy_.row(rows.begin), count, Q_.row(rows.begin));
    for (std::size_t r = 0; r < restarts(); ++r) {
      const TallView<Real> mine = part_of(Q_, rows, r);
      rules_.for_S->update(mine, {Q + offset(r), rows.size(), k(), width()}, terms_[r].gram_Ay);
      step_beyond(mine, part_of(S_, rows, r), weights_[r], rules_.nonnegative);
    }
  });
  std::swap(Q_, Sy_new_);
  Sy_new_.reshape(S_.rows(), width());  // also where I own no rows
}

/// Empty terms and space for products of panels, for every thread.
template <class Real>
void FactorStack<Real>::prepare_workers(Index panel_rows) {
  workers_.resize(static_cast<std::size_t>(thread_count()));
  for (Worker& worker : workers_) {
    // the panels of S and of A, in turn, find room in the same memory
    if (worker.product.rows() < panel_rows || worker.product.width() != width()) {
      worker.product.reshape(panel_rows, width());
    }
    worker.terms.assign(restarts(), {0, 0, GramMatrix(k()), GramMatrix(k())});
    worker.work = {};
  }
}

/// Sums over the threads, in their order.
template <class Real>
void FactorStack<Real>::collect_from_workers() {
  for (std::size_t r = 0; r < restarts(); ++r) {
    PassTerms& terms = terms_[r];
    terms.model_dot_X = terms.penalty = 0;
    terms.gram_A = terms.gram_Ay = GramMatrix(k());
    for (const Worker& worker : workers_) {
      const RowTerms& part = worker.terms[r];
      terms.model_dot_X += part.model_dot_X;
      terms.penalty += part.penalty;
      terms.gram_A += part.gram_A;
      terms.gram_Ay += part.gram_Ay;
    }
  }
  collect_work();
}

/// Time counts as what a thread spent in the mean.
template <class Real>
void FactorStack<Real>::collect_work() {
  for (const Worker& worker : workers_) {
    for (const Work kind : kWorks) {
      const WorkLog::Entry& entry = worker.work[kind];
      control_.work().add(kind, entry.seconds / static_cast<double>(workers_.size()), entry.flops);
    }
  }
}

template <class Real>
void FactorStack<Real>::update_A_by_panels(const TallMatrix<Real>& block_S) {
  const Block<Real>& block = X_.block();
  const Index step = rows_of_A_panel();
  prepare_workers(step);
  const bool fused = fuses_products();
  control_.work().add(Work::products, 0, (fused ? 2 : 1) * product_flops());
  TallMatrix<Real> space_T;
  const TallMatrix<Real>& T = [&]() -> const TallMatrix<Real>& {
    const WorkTimer timer = timed(Work::products);
    return block.prepare(block_S, space_T);
  }();
  terms_.finish_gram(&PassTerms::gram_Sy);
  if (fused) begin_transposed_product(/*spare_S=*/false);
  for_each_panel(block.rows(), step, [&](Index thread, Range rows) {
    Worker& worker = workers_[static_cast<std::size_t>(thread)];
    {
      const WorkTimer timer = timed(worker.work, Work::products);
      block.times(rows, T, worker.product.data());
    }
    update_A_rows(rows, worker.product.data(), worker);
    if (!fused) return;
    extrapolate_rows(A_other_, A_, weights_, rows, worker.product.data());
    add_gram_of_A(rows, worker.product.data(), worker);
    add_to_transposed_product(thread, rows);
  });
  collect_from_workers();
  begin_sum_of_terms();
  if (fused) end_transposed_product(/*spare_S=*/false);
}

template <class Real>
bool FactorStack<Real>::fuses_products() const {
  const Index streamed = 2 * X_.block().columns() * width() * static_cast<Index>(sizeof(Real));
  return X_.owns_block_rows() && (!X_.block().is_sparse() || streamed <= kStreamedBytes);
}

template <class Real>
void FactorStack<Real>::update_A_whole(const TallMatrix<Real>& block_S) {
  {
    const WorkTimer timer = timed(Work::products, product_flops());
    X_.times(block_S, P_, space_P_);
  }
  terms_.finish_gram(&PassTerms::gram_Sy);
  prepare_workers(0);
  for_each_panel(A_.rows(), rows_of_A_panel(), [&](Index thread, Range rows) {
    update_A_rows(rows, P_.row(rows.begin), workers_[static_cast<std::size_t>(thread)]);
  });
  collect_from_workers();
  begin_sum_of_terms();
}

/// A ← rule(Sy Syᵀ, X Syᵀ) from Ay on some of my rows, whose product is P; and their part of the
/// error and penalty.
template <class Real>
void FactorStack<Real>::update_A_rows(Range rows, const Real* P, Worker& worker) {
  extrapolate_rows(A_, A_other_, step_of_A_, rows, A_other_.row(rows.begin));
  for (std::size_t r = 0; r < restarts(); ++r) {
    const TallView<const Real> C{P + offset(r), rows.size(), k(), width()};
    {
      const WorkTimer timer = timed(worker.work, Work::update);
      rules_.for_A->update(part_of(A_other_, rows, r), C, terms_[r].gram_Sy);
    }
    const TallView<const Real> A = part_of(std::as_const(A_other_), rows, r);
    RowTerms& terms = worker.terms[r];
    terms.model_dot_X += kernels::dot(A.data, C.data, A.rows, A.width, A.stride, C.stride);
    terms.penalty += penalty_of(A, options_.penalties.of_A());
    const WorkTimer timer = timed(worker.work, Work::gram, gram_flops(rows.size()));
    terms.gram_A += gram_of(A);
  }
}

/// out ← now + weight (now - before) on some rows of all restarts; out may be those of before.
template <class Real>
void FactorStack<Real>::extrapolate_rows(const TallMatrix<Real>& now,
                                         const TallMatrix<Real>& before,
                                         const std::vector<Real>& weights, Range rows,
                                         Real* out) const {
  for (std::size_t r = 0; r < restarts(); ++r) {
    extrapolate<Real>(part_of(now, rows, r), part_of(before, rows, r), weights[r],
                      {out + offset(r), rows.size(), k(), width()});
  }
}

template <class Real>
void FactorStack<Real>::add_gram_of_A(Range rows, const Real* Ay, Worker& worker) {
  for (std::size_t r = 0; r < restarts(); ++r) {
    const WorkTimer timer = timed(worker.work, Work::gram, gram_flops(rows.size()));
    worker.terms[r].gram_Ay +=
        gram_of(TallView<const Real>{Ay + offset(r), rows.size(), k(), width()});
  }
}

/// XᵀAy is about to be summed panel by panel, where matrices lie that nothing needs until
/// end_transposed_product().
/// @param spare_S  whether the gathered S is one of them.
template <class Real>
void FactorStack<Real>::begin_transposed_product(bool spare_S) {
  if (X_.owns_block_columns()) {
    std::swap(space_Q_.front(), Q_);
  } else if (spare_S) {
    std::swap(space_Q_.front(), space_);
  }
  space_Q_.begin(X_.block(), width());
}

/// Some rows of A, extrapolated, lie in the worker's space for products.
template <class Real>
void FactorStack<Real>::add_to_transposed_product(Index thread, Range rows) {
  Worker& worker = workers_[static_cast<std::size_t>(thread)];
  const WorkTimer timer = timed(worker.work, Work::products);
  X_.block().add_transposed_times(rows, worker.product.data(), space_Q_.part(thread));
}

/// The sum is complete: my rows of it, over all processes, go to Q_. @param spare_S  as before.
template <class Real>
void FactorStack<Real>::end_transposed_product(bool spare_S) {
  TallMatrix<Real>& block_Q = [&]() -> TallMatrix<Real>& {
    const WorkTimer timer = timed(Work::products);
    return space_Q_.finish(X_.block());
  }();
  X_.sum_transposed(block_Q, Q_);
  if (spare_S && !X_.owns_block_columns()) std::swap(space_Q_.front(), space_);
}

/// One reduction carries everything the verdict needs, and the wishes to stop. It is on its way
/// while XᵀAy is completed and summed, if the pass forms it.
template <class Real>
void FactorStack<Real>::begin_sum_of_terms() {
  for (std::size_t r = 0; r < restarts(); ++r) {
    terms_[r].penalty += penalty_of(window(Sy_new_, offset(r), k()), options_.penalties.of_S());
  }
  terms_.begin_all_of_A(/*with_Ay=*/fuses_products(), control_.wishes());
}

template <class Real>
double FactorStack<Real>::relative_error_squared(std::size_t position) {
  const PassTerms& terms = terms_[position];
  const double norm = X_.squared_norm();
  const double squared = norm - 2 * terms.model_dot_X + inner_product(terms.gram_A, terms.gram_Sy);
  if (squared > shortcut_floor<Real>() * norm) return squared / norm;
  const WorkTimer timer = timed(Work::error);
  TallMatrix<Real> space_A;
  const TallMatrix<Real>& block_A = X_.gather_A(settled_ ? A_ : A_other_, space_A);
  const TallMatrix<Real>& block_S = X_.gather_S(settled_ ? Sy_ : Sy_new_, space_);
  const double residual = X_.block().residual_squared(window(block_A, offset(position), k()),
                                                      window(block_S, offset(position), k()));
  return sum_over(X_.grid().all(), residual) / norm;
}

template <class Real>
void FactorStack<Real>::settle(const std::vector<bool>& accepted) {
  const bool all = std::ranges::all_of(accepted, std::identity{});
  if (all) {
    std::swap(A_, A_other_);
    std::swap(Sy_, Sy_new_);
    step_of_A_ = weights_;
  } else {
    for (std::size_t r = 0; r < accepted.size(); ++r) settle_one(r, accepted[r]);
  }
  settled_ = true;
}

template <class Real>
void FactorStack<Real>::prepare_next(const std::vector<bool>& accepted) {
  const bool has_product = std::ranges::all_of(accepted, std::identity{}) && fuses_products();
  if (!has_product) refresh_transposed_product();
}

template <class Real>
void FactorStack<Real>::settle_one(std::size_t position, bool accepted) {
  const Index first = offset(position);
  if (accepted) {
    swap_windows(A_, A_other_, first, k());
    copy_window(Sy_new_, Sy_, first, k());
    step_of_A_[position] = weights_[position];
  } else {
    copy_window(Sy_, S_, first, k());
    step_of_A_[position] = 0;
  }
}

template <class Real>
void FactorStack<Real>::revive(std::size_t position, Index component, Index column) {
  const Index first = offset(position);
  const std::vector<double> residual =
      residual_of_column(X_, window(A_, first, k()), window(Sy_, first, k()), column);
  for (Index i = 0; i < A_.rows(); ++i) {
    const double value = std::max(0.0, residual[static_cast<std::size_t>(i)]);
    A_(i, first + component) = A_other_(i, first + component) = static_cast<Real>(value);
  }
  for (Index i = 0; i < S_.rows(); ++i) {
    S_(i, first + component) = Sy_(i, first + component) = Real{0};
  }
}

template <class Real>
void FactorStack<Real>::refresh_transposed_product() {
  form_extrapolated_A(/*with_Q=*/true);
}

/// The extrapolated Ay of the kept pair: its Gram matrix, and XᵀAy if asked for.
template <class Real>
void FactorStack<Real>::form_extrapolated_A(bool with_Q) {
  const bool by_panels = X_.owns_block_rows();
  const Index step = rows_of_A_panel();
  prepare_workers(by_panels ? step : 0);
  if (Q_.size() == 0) std::swap(Q_, Sy_new_);  // the pair is settled: its place is free
  if (!by_panels) P_.reshape(A_.rows(), width());
  if (by_panels && with_Q) begin_transposed_product(/*spare_S=*/true);
  for_each_panel(A_.rows(), step, [&](Index thread, Range rows) {
    Worker& worker = workers_[static_cast<std::size_t>(thread)];
    Real* Ay = by_panels ? worker.product.data() : P_.row(rows.begin);
    extrapolate_rows(A_, A_other_, step_of_A_, rows, Ay);
    add_gram_of_A(rows, Ay, worker);
    if (by_panels && with_Q) add_to_transposed_product(thread, rows);
  });
  collect_work();
  for (std::size_t r = 0; r < restarts(); ++r) {
    terms_[r].gram_Ay = GramMatrix(k());
    for (const Worker& worker : workers_) terms_[r].gram_Ay += worker.terms[r].gram_Ay;
  }
  terms_.begin_gram(&PassTerms::gram_Ay);
  terms_.finish_gram(&PassTerms::gram_Ay);
  if (!with_Q) return;
  control_.work().add(Work::products, 0, product_flops());
  if (by_panels) {
    end_transposed_product(/*spare_S=*/true);
    return;
  }
  const WorkTimer timer = timed(Work::products);
  TallMatrix<Real> space_A;
  X_.transposed_times(X_.gather_A(P_, space_A), Q_, space_Q_);
}

/// Rows of A that a pass updates together.
template <class Real>
Index FactorStack<Real>::rows_of_A_panel() const {
  return X_.owns_block_rows() ? X_.block().panel_rows(width()) : panel_rows(A_);
}

template <class Real>
void FactorStack<Real>::begin_sum_of_gram_S(const TallMatrix<Real>& Sy) {
  const WorkTimer timer =
      timed(Work::gram, gram_flops(Sy.rows()) * static_cast<double>(restarts()));
  using Grams = std::vector<GramMatrix>;
  std::vector<Grams> by_thread(static_cast<std::size_t>(thread_count()),
                               Grams(restarts(), GramMatrix(k())));
  for_each_panel(Sy.rows(), panel_rows(Sy), [&](Index thread, Range rows) {
    Grams& grams = by_thread[static_cast<std::size_t>(thread)];
    for (std::size_t r = 0; r < restarts(); ++r) grams[r] += gram_of(part_of(Sy, rows, r));
  });
  for (std::size_t r = 0; r < restarts(); ++r) {
    terms_[r].gram_Sy = GramMatrix(k());
    for (const Grams& grams : by_thread) terms_[r].gram_Sy += grams[r];
  }
  terms_.begin_gram(&PassTerms::gram_Sy);
}

template <class Real>
FactorPair<Real> FactorStack<Real>::factors(std::size_t position) const {
  FactorPair<Real> pair{take_window(A_, offset(position), k()),
                        take_window(Sy_, offset(position), k())};
  scale_pair(position, pair);
  return pair;
}

template <class Real>
PassesState<Real> FactorStack<Real>::saved(std::size_t position) const {
  const auto part = [&](const TallMatrix<Real>& stacked) {
    return take_window(stacked, offset(position), k());
  };
  const auto scales = [&](const std::vector<double>& of_all) {
    const auto begin = of_all.begin() + offset(position);
    return std::vector<double>(begin, begin + k());
  };
  PassesState<Real> state;
  state.scales_of_A = scales(scales_of_A_);
  state.scales_of_S = scales(scales_of_S_);
  state.step_of_A = static_cast<double>(step_of_A_[position]);
  state.A = part(A_);
  state.A_before = part(A_other_);
  state.S = part(S_);
  state.Sy = part(Sy_);
  return state;
}

template <class Real>
TallMatrix<Real> FactorStack<Real>::transposed_product(std::size_t position) const {
  return take_window(Q_, offset(position), k());
}

template <class Real>
void FactorStack<Real>::release_scratch() {
  for (TallMatrix<Real>* scratch : {&A_other_, &S_, &Sy_new_, &Q_, &P_, &space_, &space_P_}) {
    *scratch = {};
  }
  space_Q_ = {};
  workers_.clear();
}

template <class Real>
void FactorStack<Real>::keep(const std::vector<bool>& kept) {
  terms_.keep(kept);
  std::vector<Real> steps;
  std::vector<double> of_A;
  std::vector<double> of_S;
  for (std::size_t r = 0; r < kept.size(); ++r) {
    if (!kept[r]) continue;
    steps.push_back(step_of_A_[r]);
    of_A.insert(of_A.end(), scales_of_A_.begin() + offset(r),
                scales_of_A_.begin() + offset(r) + k());
    of_S.insert(of_S.end(), scales_of_S_.begin() + offset(r),
                scales_of_S_.begin() + offset(r) + k());
  }
  step_of_A_ = std::move(steps);
  scales_of_A_ = std::move(of_A);
  scales_of_S_ = std::move(of_S);
  weights_.resize(restarts());
  if (restarts() == 0) return;
  for (TallMatrix<Real>* stacked : {&A_, &A_other_, &S_, &Sy_, &Sy_new_, &Q_}) {
    drop_windows(*stacked, k(), kept);
  }
}

template class FactorStack<double>;
template class FactorStack<float>;

}  // namespace partita
