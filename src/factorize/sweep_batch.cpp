#include "partita/factorize/sweep_batch.hpp"

#include "partita/base/random.hpp"
#include "partita/comm/collectives.hpp"
#include "partita/data/kernels.hpp"
#include "partita/factorize/error_terms.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "data/panels.hpp"
#include "factorize/windows.hpp"

namespace partita {

namespace {

/// A component is dead when its squared norm is below this share of the mean.
constexpr double kDeadShare = 1e-14;

double inner_product(const GramMatrix& G, const GramMatrix& H) {
  return std::inner_product(G.values().begin(), G.values().end(), H.values().begin(), 0.0);
}

void add(GramMatrix& sum, const GramMatrix& term) {
  for (std::size_t i = 0; i < sum.values().size(); ++i) sum.values()[i] += term.values()[i];
}

/// Gram matrix of rows of one window, added to `sum`.
template <class Real>
void add_gram(const Real* rows, Index count, Index k, Index stride, GramMatrix& sum) {
  GramMatrix part(k);
  kernels::gram(rows, count, k, stride, part.data());
  add(sum, part);
}

/// Rows of a factor that are updated together, where X is not touched.
template <class Real>
Index factor_panel_rows(const TallMatrix<Real>& factor) {
  constexpr Index kTouched = 4;  // product, old, new and extrapolated factor
  return panel_rows(factor.rows(), kTouched * factor.width() * static_cast<Index>(sizeof(Real)));
}

}  // namespace

template <class Real>
SweepBatch<Real>::SweepBatch(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                             const SweepRules<Real>& rules, std::vector<RestartStart<Real>> starts,
                             std::vector<RestartLog> logs, RunControl& control,
                             const SolverEvents<Real>& events)
    : X_(X), options_(options), rules_(rules), control_(control), events_(events) {
  for (RestartLog& log : logs) {
    live_.emplace_back(std::move(log), rules.extrapolation, k());
  }
  stack(starts);
  form_transposed_products(starts);
  sum_grams(&Live::gram_Sy, Sy_, factor_panel_rows(Sy_));
  record_starts();
}

template <class Real>
void SweepBatch<Real>::stack(const std::vector<RestartStart<Real>>& starts) {
  const Index n = X_.factor_rows().size();
  const Index m = X_.factor_columns().size();
  A_ = A_new_ = Ay_ = TallMatrix<Real>(n, width());
  S_ = S_new_ = Sy_ = Sy_new_ = TallMatrix<Real>(m, width());
  for (std::size_t r = 0; r < starts.size(); ++r) {
    const Index first = static_cast<Index>(r) * k();
    Live& live = live_[r];
    if (starts[r].saved) {
      const RestartState<Real>& state = *starts[r].saved;
      restore(live, state);
      put_window(state.of_A[0], A_, first);
      put_window(state.of_A[1], Ay_, first);
      put_window(state.of_S[0], S_, first);
      put_window(state.of_S[1], Sy_, first);
      continue;
    }
    put_window(starts[r].factors.A, A_, first);
    put_window(starts[r].factors.A, Ay_, first);
    put_window(starts[r].factors.S, S_, first);
    put_window(starts[r].factors.S, Sy_, first);
    if (!live.log.objectives().empty()) live.objective = live.log.last_objective();
  }
}

template <class Real>
RestartState<Real> SweepBatch<Real>::state(std::size_t position) const {
  const Live& live = live_[position];
  const Index first = static_cast<Index>(position) * k();
  RestartState<Real> state{live.log.restart(), live.log.trace(), live.log.objectives()};
  const auto extrapolation = live.extrapolation.saved();
  state.numbers.assign(extrapolation.begin(), extrapolation.end());
  state.numbers.push_back(static_cast<double>(live.revivals_left));
  state.numbers.push_back(live.objective);
  state.of_A.push_back(take_window(A_, first, k()));
  state.of_A.push_back(take_window(Ay_, first, k()));
  state.of_S.push_back(take_window(S_, first, k()));
  state.of_S.push_back(take_window(Sy_, first, k()));
  return state;
}

template <class Real>
void SweepBatch<Real>::restore(Live& live, const RestartState<Real>& state) {
  live.log.resume(state.trace, state.objectives, control_.seconds());
  live.extrapolation.restore(std::span<const double>(state.numbers).template first<4>());
  live.revivals_left = static_cast<Index>(state.numbers[4]);
  live.objective = state.numbers[5];
}

/// Q = XᵀAy and AyᵀAy; without a look at X where all starts bring their part of Q.
template <class Real>
void SweepBatch<Real>::form_transposed_products(std::vector<RestartStart<Real>>& starts) {
  const auto known = [](RestartStart<Real>& start) -> std::optional<TallMatrix<Real>>& {
    return start.saved ? start.saved->product : start.product;
  };
  if (!std::ranges::all_of(starts, [&](auto& start) { return known(start).has_value(); })) {
    refresh_transposed_product();
    return;
  }
  Q_ = TallMatrix<Real>(S_.rows(), width());
  for (std::size_t r = 0; r < starts.size(); ++r) {
    put_window(*known(starts[r]), Q_, static_cast<Index>(r) * k());
  }
  sum_grams(&Live::gram_Ay, Ay_, rows_of_A_panel());
}

/// The start of each fresh restart is iteration 0 of its trace; one that comes from a compressed X
/// gets the error that its last iteration there has on this one.
template <class Real>
void SweepBatch<Real>::record_starts() {
  const auto begins = [](const Live& live) { return live.log.objectives().empty(); };
  if (std::ranges::none_of(live_, begins)) return;
  std::vector<double> terms;
  for (std::size_t r = 0; r < live_.size(); ++r) {
    const Index first = static_cast<Index>(r) * k();
    terms.push_back(
        kernels::dot(Q_.data() + first, S_.data() + first, Q_.rows(), k(), Q_.width(), S_.width()));
    terms.push_back(penalty_of(window(A_, first, k()), options_.penalties.of_A()) +
                    penalty_of(window(S_, first, k()), options_.penalties.of_S()));
  }
  sum_over(X_.grid().all(), std::span<double>(terms));
  const TallMatrix<Real>& block_S = X_.gather_S(Sy_, space_);
  A_new_ = A_;
  for (std::size_t r = 0; r < live_.size(); ++r) {
    Live& live = live_[r];
    if (!begins(live)) continue;
    live.gram_A = live.gram_Ay;
    live.model_dot_X = terms[2 * r];
    live.penalty = terms[2 * r + 1];
    const double squared = relative_error_squared(live, static_cast<Index>(r), block_S);
    live.objective = objective_of(squared, live.penalty, X_.squared_norm());
    live.log.record(live.log.empty() ? 0 : live.next_iteration(), control_.seconds(),
                    std::sqrt(squared), live.objective);
    control_.report(live.log);
  }
}

template <class Real>
void SweepBatch<Real>::run() {
  retire();  // no iterations at all may be wished for, or a saved restart was at its end
  while (!live_.empty()) {
    pass();
    save_if_due();
    retire();
  }
}

template <class Real>
void SweepBatch<Real>::save_if_due() {
  if (!control_.checkpoint_due()) return;
  if (events_.save) {
    std::vector<RestartState<Real>> states;
    for (std::size_t r = 0; r < live_.size(); ++r) states.push_back(state(r));
    events_.save(std::move(states));
  }
  control_.checkpoint_done();
}

template <class Real>
void SweepBatch<Real>::pass() {
  update_S();
  begin_sum_of_grams(Sy_new_, factor_panel_rows(Sy_new_));
  const TallMatrix<Real>& block_S = X_.gather_S(Sy_new_, space_);
  if (X_.owns_block_rows()) {
    update_A_by_panels(block_S);
  } else {
    update_A_whole(block_S);
  }
  finish_sum_of_A_terms();
  judge(block_S);
}

/// S ← rule(AyᵀAy, XᵀAy) from Sy; Sy ← S + β(S - S_old), kept non-negative.
template <class Real>
void SweepBatch<Real>::update_S() {
  const WorkTimer timer = timed(Work::update);
  const Index stride = width();
  for_each_panel(S_.rows(), factor_panel_rows(S_), [&](Index /*thread*/, Range rows) {
    std::copy_n(Sy_.row(rows.begin), rows.size() * stride, S_new_.row(rows.begin));
    for (std::size_t r = 0; r < live_.size(); ++r) {
      const Index first = static_cast<Index>(r) * k();
      rules_.for_S->update({S_new_.row(rows.begin) + first, rows.size(), k(), stride},
                           {Q_.row(rows.begin) + first, rows.size(), k(), stride},
                           live_[r].gram_Ay);
      const auto weight = static_cast<Real>(live_[r].extrapolation.weight());
      for (Index i = rows.begin; i < rows.end; ++i) {
        const Real* now = S_new_.row(i) + first;
        const Real* before = S_.row(i) + first;
        Real* beyond = Sy_new_.row(i) + first;
        for (Index j = 0; j < k(); ++j) beyond[j] = now[j] + weight * (now[j] - before[j]);
        if (!rules_.nonnegative) continue;
        for (Index j = 0; j < k(); ++j) beyond[j] = std::max(Real{0}, beyond[j]);
      }
    }
  });
}

/// Empty terms and space for products of panels, for every thread.
template <class Real>
void SweepBatch<Real>::prepare_workers(Index panel_rows) {
  workers_.resize(static_cast<std::size_t>(thread_count()));
  for (Worker& worker : workers_) {
    worker.P.reshape(panel_rows, width());
    worker.terms.assign(live_.size(), {0, 0, GramMatrix(k()), GramMatrix(k())});
    worker.work = {};
  }
}

/// Sums over the threads, in their order; time counts as what a thread spent in the mean.
template <class Real>
void SweepBatch<Real>::collect_from_workers() {
  for (std::size_t r = 0; r < live_.size(); ++r) {
    Live& live = live_[r];
    live.model_dot_X = live.penalty = 0;
    live.gram_A = live.gram_Ay = GramMatrix(k());
    for (const Worker& worker : workers_) {
      const RowTerms& terms = worker.terms[r];
      live.model_dot_X += terms.model_dot_X;
      live.penalty += terms.penalty;
      add(live.gram_A, terms.gram_A);
      add(live.gram_Ay, terms.gram_Ay);
    }
  }
  for (const Worker& worker : workers_) {
    for (const Work kind : kWorks) {
      const WorkLog::Entry& entry = worker.work[kind];
      control_.work().add(kind, entry.seconds / static_cast<double>(workers_.size()), entry.flops);
    }
  }
}

template <class Real>
void SweepBatch<Real>::update_A_by_panels(const TallMatrix<Real>& block_S) {
  const Block<Real>& block = X_.block();
  const Index step = rows_of_A_panel();
  prepare_workers(step);
  space_Q_.begin(block, width());
  control_.work().add(Work::products, 0, 2 * product_flops());
  TallMatrix<Real> space_T;
  const TallMatrix<Real>& T = [&]() -> const TallMatrix<Real>& {
    const WorkTimer timer = timed(Work::products);
    return block.prepare(block_S, space_T);
  }();
  finish_sum_of_grams(&Live::gram_Sy);
  for_each_panel(block.rows(), step, [&](Index thread, Range rows) {
    Worker& worker = workers_[static_cast<std::size_t>(thread)];
    {
      const WorkTimer timer = timed(worker.work, Work::products);
      block.times(rows, T, worker.P.data());
    }
    update_A_rows(rows, worker.P.data(), worker);
    extrapolate_A(rows, worker);
    const WorkTimer timer = timed(worker.work, Work::products);
    block.add_transposed_times(rows, Ay_.row(rows.begin), space_Q_.part(thread));
  });
  collect_from_workers();
  begin_sum_of_A_terms();
  TallMatrix<Real>& block_Q = [&]() -> TallMatrix<Real>& {
    const WorkTimer timer = timed(Work::products);
    return space_Q_.finish(block);
  }();
  X_.sum_transposed(block_Q, Q_);
}

template <class Real>
void SweepBatch<Real>::update_A_whole(const TallMatrix<Real>& block_S) {
  {
    const WorkTimer timer = timed(Work::products, product_flops());
    X_.times(block_S, P_, space_P_);
  }
  finish_sum_of_grams(&Live::gram_Sy);
  prepare_workers(0);
  for_each_panel(A_.rows(), rows_of_A_panel(), [&](Index thread, Range rows) {
    Worker& worker = workers_[static_cast<std::size_t>(thread)];
    update_A_rows(rows, P_.row(rows.begin), worker);
    extrapolate_A(rows, worker);
  });
  collect_from_workers();
  begin_sum_of_A_terms();
  const WorkTimer timer = timed(Work::products, product_flops());
  TallMatrix<Real> space_A;
  X_.transposed_times(X_.gather_A(Ay_, space_A), Q_, space_Q_);
}

/// A ← rule(Sy Syᵀ, X Syᵀ) from Ay on some of my rows, whose product is P; and their part of the
/// error and penalty.
template <class Real>
void SweepBatch<Real>::update_A_rows(Range rows, const Real* P, Worker& worker) {
  const Index stride = width();
  std::copy_n(Ay_.row(rows.begin), rows.size() * stride, A_new_.row(rows.begin));
  for (std::size_t r = 0; r < live_.size(); ++r) {
    const Index first = static_cast<Index>(r) * k();
    Real* A = A_new_.row(rows.begin) + first;
    {
      const WorkTimer timer = timed(worker.work, Work::update);
      rules_.for_A->update({A, rows.size(), k(), stride}, {P + first, rows.size(), k(), stride},
                           live_[r].gram_Sy);
    }
    RowTerms& terms = worker.terms[r];
    terms.model_dot_X +=
        kernels::dot(static_cast<const Real*>(A), P + first, rows.size(), k(), stride, stride);
    terms.penalty += penalty_of<Real>({A, rows.size(), k(), stride}, options_.penalties.of_A());
    const WorkTimer timer = timed(worker.work, Work::gram, gram_flops(rows.size()));
    add_gram<Real>(A, rows.size(), k(), stride, terms.gram_A);
  }
}

/// Ay ← A + β(A - A_old) on some of my rows, and its Gram matrix.
template <class Real>
void SweepBatch<Real>::extrapolate_A(Range rows, Worker& worker) {
  const Index stride = width();
  for (std::size_t r = 0; r < live_.size(); ++r) {
    const Index first = static_cast<Index>(r) * k();
    const auto weight = static_cast<Real>(live_[r].extrapolation.weight());
    for (Index i = rows.begin; i < rows.end; ++i) {
      const Real* now = A_new_.row(i) + first;
      const Real* before = A_.row(i) + first;
      Real* beyond = Ay_.row(i) + first;
      for (Index j = 0; j < k(); ++j) beyond[j] = now[j] + weight * (now[j] - before[j]);
    }
    const WorkTimer timer = timed(worker.work, Work::gram, gram_flops(rows.size()));
    add_gram<Real>(Ay_.row(rows.begin) + first, rows.size(), k(), stride, worker.terms[r].gram_Ay);
  }
}

/// One reduction carries everything the verdict needs, and the wishes to stop. It is on its way
/// while XᵀAy is completed and summed.
template <class Real>
void SweepBatch<Real>::begin_sum_of_A_terms() {
  summed_.clear();
  for (std::size_t r = 0; r < live_.size(); ++r) {
    const Live& live = live_[r];
    const Index first = static_cast<Index>(r) * k();
    summed_.push_back(live.model_dot_X);
    summed_.push_back(live.penalty +
                      penalty_of(window(Sy_new_, first, k()), options_.penalties.of_S()));
    for (const GramMatrix* gram : {&live.gram_A, &live.gram_Ay}) {
      summed_.insert(summed_.end(), gram->values().begin(), gram->values().end());
    }
  }
  const RunControl::Wishes wishes = control_.wishes();
  summed_.insert(summed_.end(), wishes.begin(), wishes.end());
  sum_.emplace(X_.grid().all(), std::span<double>(summed_));
}

template <class Real>
void SweepBatch<Real>::finish_sum_of_A_terms() {
  sum_->wait();
  sum_.reset();
  auto next = summed_.cbegin();
  for (Live& live : live_) {
    live.model_dot_X = *next++;
    live.penalty = *next++;
    for (GramMatrix* gram : {&live.gram_A, &live.gram_Ay}) {
      std::copy_n(next, gram->values().size(), gram->values().begin());
      next += static_cast<Index>(gram->values().size());
    }
  }
  control_.agree(std::span<const double>(next, summed_.cend()));
}

/// Keeps the new pair of each restart if its objective fell, else undoes the pass.
template <class Real>
void SweepBatch<Real>::judge(const TallMatrix<Real>& block_S) {
  std::vector<bool> accepted;
  for (std::size_t r = 0; r < live_.size(); ++r) {
    Live& live = live_[r];
    const double squared = relative_error_squared(live, static_cast<Index>(r), block_S);
    const double objective = objective_of(squared, live.penalty, X_.squared_norm());
    const bool keep = !live.extrapolation.active() || objective <= live.objective;
    accepted.push_back(keep);
    if (keep) {
      live.objective = objective;
      live.extrapolation.accept();
    } else {
      live.extrapolation.reject();
    }
    const double error = keep ? std::sqrt(squared) : live.log.last().relative_error;
    live.log.record(live.next_iteration(), control_.seconds(), error, live.objective);
    control_.report(live.log);
  }
  keep_or_undo(accepted);
  if (rules_.nonnegative) revive_dead_components(accepted);
}

template <class Real>
double SweepBatch<Real>::relative_error_squared(const Live& live, Index position,
                                                const TallMatrix<Real>& block_S) const {
  const double norm = X_.squared_norm();
  const double squared = norm - 2 * live.model_dot_X + inner_product(live.gram_A, live.gram_Sy);
  if (squared > shortcut_floor<Real>() * norm) return squared / norm;
  const WorkTimer timer = timed(Work::error);
  TallMatrix<Real> space_A;
  const TallMatrix<Real>& block_A = X_.gather_A(A_new_, space_A);
  const double residual = X_.block().residual_squared(window(block_A, position * k(), k()),
                                                      window(block_S, position * k(), k()));
  return sum_over(X_.grid().all(), residual) / norm;
}

template <class Real>
void SweepBatch<Real>::keep_or_undo(const std::vector<bool>& accepted) {
  if (std::ranges::all_of(accepted, std::identity{})) {
    std::swap(A_, A_new_);
    std::swap(S_, S_new_);
    std::swap(Sy_, Sy_new_);
    return;
  }
  for (std::size_t r = 0; r < accepted.size(); ++r) {
    const Index first = static_cast<Index>(r) * k();
    if (accepted[r]) {
      copy_window(A_new_, A_, first, k());
      copy_window(S_new_, S_, first, k());
      copy_window(Sy_new_, Sy_, first, k());
    } else {
      copy_window(A_, Ay_, first, k());
      copy_window(Sy_, S_, first, k());
    }
  }
  refresh_transposed_product();
}

/// Components that vanished from either factor of a kept pair start anew from the residual of a
/// drawn column. Their part of S is zero at first, so the objective does not rise.
template <class Real>
void SweepBatch<Real>::revive_dead_components(const std::vector<bool>& accepted) {
  const auto is_dead = [&](const GramMatrix& G, Index j) {
    return G(j, j) <= kDeadShare * G.trace() / static_cast<double>(k());
  };
  bool any = false;
  for (std::size_t r = 0; r < live_.size(); ++r) {
    Live& live = live_[r];
    if (!accepted[r]) continue;
    const RandomField field(options_.seed, Purpose::reseed, live.log.restart());
    for (Index j = 0; j < k() && live.revivals_left > 0; ++j) {
      if (!is_dead(live.gram_A, j) && !is_dead(live.gram_Sy, j)) continue;
      revive(static_cast<Index>(r), j, field.index(live.log.last().iteration, j, X_.columns()));
      --live.revivals_left;
      any = true;
    }
  }
  if (any) refresh_transposed_product();
}

template <class Real>
void SweepBatch<Real>::revive(Index position, Index component, Index column) {
  const Index first = position * k();
  const ProcessGrid& grid = X_.grid();
  std::vector<double> s(static_cast<std::size_t>(k()), 0.0);
  const Range my_columns = X_.factor_columns();
  if (my_columns.contains(column)) {
    std::copy_n(Sy_.row(column - my_columns.begin) + first, k(), s.begin());
  }
  sum_over(grid.all(), std::span<double>(s));

  TallMatrix<Real> space_A;
  const TallMatrix<Real>& block_A = X_.gather_A(A_, space_A);
  std::vector<double> residual(static_cast<std::size_t>(block_A.rows()));
  if (X_.block_columns().contains(column)) {
    std::vector<Real> x(residual.size());
    X_.block().copy_column(column - X_.block_columns().begin, x);
    for (std::size_t i = 0; i < residual.size(); ++i) {
      const Real* a = block_A.row(static_cast<Index>(i)) + first;
      residual[i] =
          std::inner_product(s.begin(), s.end(), a, static_cast<double>(x[i]), std::minus<>(),
                             [](double u, Real v) { return u * static_cast<double>(v); });
    }
  }
  const Index holder = X_.layout().grid_column(X_.layout().owner({0}, {column}));
  broadcast(grid.same_row(), std::span<double>(residual), static_cast<int>(holder));

  const Index offset = X_.factor_rows().begin - X_.block_rows().begin;
  for (Index i = 0; i < A_.rows(); ++i) {
    const double value = std::max(0.0, residual[static_cast<std::size_t>(offset + i)]);
    A_(i, first + component) = Ay_(i, first + component) = static_cast<Real>(value);
  }
  for (Index i = 0; i < S_.rows(); ++i) {
    S_(i, first + component) = Sy_(i, first + component) = Real{0};
  }
}

/// Q = XᵀAy and AyᵀAy from scratch, in the order of sums in which a pass forms them: a run that
/// continues from here goes on bit for bit.
template <class Real>
void SweepBatch<Real>::refresh_transposed_product() {
  {
    const WorkTimer timer = timed(Work::products, product_flops());
    TallMatrix<Real> space_A;
    X_.transposed_times(X_.gather_A(Ay_, space_A), Q_, space_Q_);
  }
  sum_grams(&Live::gram_Ay, Ay_, rows_of_A_panel());
}

/// Rows of A that a pass updates together.
template <class Real>
Index SweepBatch<Real>::rows_of_A_panel() const {
  return X_.owns_block_rows() ? panel_rows(X_.block(), width()) : factor_panel_rows(A_);
}

template <class Real>
void SweepBatch<Real>::sum_grams(GramMatrix Live::*gram, const TallMatrix<Real>& factor,
                                 Index step) {
  begin_sum_of_grams(factor, step);
  finish_sum_of_grams(gram);
}

/// @param step  rows whose Gram matrix is formed at once.
template <class Real>
void SweepBatch<Real>::begin_sum_of_grams(const TallMatrix<Real>& factor, Index step) {
  const WorkTimer timer =
      timed(Work::gram, gram_flops(factor.rows()) * static_cast<double>(live_.size()));
  using Grams = std::vector<GramMatrix>;
  std::vector<Grams> by_thread(static_cast<std::size_t>(thread_count()),
                               Grams(live_.size(), GramMatrix(k())));
  for_each_panel(factor.rows(), step, [&](Index thread, Range rows) {
    Grams& grams = by_thread[static_cast<std::size_t>(thread)];
    for (std::size_t r = 0; r < live_.size(); ++r) {
      add_gram<Real>(factor.row(rows.begin) + static_cast<Index>(r) * k(), rows.size(), k(),
                     factor.width(), grams[r]);
    }
  });
  summed_.clear();
  for (std::size_t r = 0; r < live_.size(); ++r) {
    GramMatrix G(k());
    for (const Grams& grams : by_thread) add(G, grams[r]);
    summed_.insert(summed_.end(), G.values().begin(), G.values().end());
  }
  sum_.emplace(X_.grid().all(), std::span<double>(summed_));
}

template <class Real>
void SweepBatch<Real>::finish_sum_of_grams(GramMatrix Live::*gram) {
  sum_->wait();
  sum_.reset();
  auto next = summed_.cbegin();
  for (Live& live : live_) {
    GramMatrix& G = live.*gram;
    std::copy_n(next, G.values().size(), G.values().begin());
    next += static_cast<Index>(G.values().size());
  }
}

/// What the ends of restarts do not need; there may be little memory left.
template <class Real>
void SweepBatch<Real>::release_scratch() {
  for (TallMatrix<Real>* scratch :
       {&A_new_, &Ay_, &S_, &S_new_, &Sy_new_, &Q_, &P_, &space_, &space_P_}) {
    *scratch = {};
  }
  space_Q_ = {};
  workers_.clear();
}

/// Restarts that have ended, or are to wait, leave the stack.
template <class Real>
void SweepBatch<Real>::retire() {
  if (std::ranges::all_of(live_, [&](Live& live) { return live.log.finished(); })) {
    release_scratch();
  }
  std::vector<bool> kept;
  for (std::size_t r = 0; r < live_.size(); ++r) {
    RestartLog& log = live_[r].log;
    const bool ended = log.finished();
    if (!ended && control_.early()) log.finish(*control_.early());
    const bool leaves = ended || control_.early();
    const bool waits = log.last().iteration >= control_.pause();
    kept.push_back(!leaves && !waits);
    if (leaves) {
      const Index first = static_cast<Index>(r) * k();
      events_.finished({log.take(), {take_window(A_, first, k()), take_window(Sy_, first, k())}});
    } else if (waits) {
      RestartState<Real> waiting = state(r);
      waiting.product = take_window(Q_, static_cast<Index>(r) * k(), k());
      events_.paused(std::move(waiting));
    }
  }
  if (std::ranges::all_of(kept, std::identity{})) return;
  std::vector<Live> rest;
  for (std::size_t r = 0; r < kept.size(); ++r) {
    if (kept[r]) rest.push_back(std::move(live_[r]));
  }
  live_ = std::move(rest);
  if (live_.empty()) return;
  for (TallMatrix<Real>* stacked : {&A_, &A_new_, &Ay_, &S_, &S_new_, &Sy_, &Sy_new_, &Q_}) {
    drop_windows(*stacked, k(), kept);
  }
}

template class SweepBatch<double>;
template class SweepBatch<float>;

}  // namespace partita
