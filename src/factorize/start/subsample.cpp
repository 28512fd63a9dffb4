#include "factorize/start/subsample.hpp"

#include <algorithm>
#include <exception>
#include <limits>
#include <utility>
#include <vector>

#include "base/interruption.hpp"
#include "base/random.hpp"
#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "data/blocks/panels.hpp"
#include "factorize/matrix/gram_over.hpp"
#include "factorize/matrix/linear_map.hpp"
#include "factorize/matrix/submatrix.hpp"
#include "factorize/solve/normalize.hpp"
#include "factorize/solve/run_control.hpp"
#include "factorize/solve/sweep_rules.hpp"
#include "factorize/solve/work_timer.hpp"
#include "factorize/start/uniform_start.hpp"

namespace partita {

namespace {

/// On the part: its own error differs from that of X by more than further iterations gain. On
/// sparse X further ones would cost more than they save, as the part is a larger share of it.
constexpr Index kIterations = 30;
constexpr Index kIterationsOnSparse = 12;
constexpr double kTolerance = 1e-3;
/// Times that the rule is applied to the lines' factor, which begins at zero.
constexpr int kUpdates = 3;

}  // namespace

template <class Real>
const DistributedMatrix<Real>& Subsample<Real>::matrix() {
  return part().matrix;
}

template <class Real>
auto Subsample<Real>::part() -> const Part& {
  if (!part_) {
    const ChosenLines rows = choose(Side::A);
    const ChosenLines columns = choose(Side::S);
    part_.emplace(Part{rows, columns, submatrix(X_, rows, columns)});
  }
  return *part_;
}

template <class Real>
ChosenLines Subsample<Real>::choose(Side side) const {
  constexpr Index kNoRestart = 0;  // all restarts share it
  const RandomField field(seed_, Purpose::subsample, kNoRestart);
  const Index count = side == side_ ? size_.lines : size_.across;
  if (count == 0) return ChosenLines(side == Side::A ? X_.rows() : X_.columns());
  return X_.block().is_sparse() ? draw_by_norm(X_, side, count, field)
                                : one_of_each_stretch(X_, side, count, field);
}

template <class Real>
FactorPair<Real> Subsample<Real>::start(const FactorizeOptions& options, Index restart,
                                        WorkLog& work) {
  FactorPair<Real> fitted = fit(options, restart, work);
  if (size_.across > 0) return {spread(fitted.A, Side::A), spread(fitted.S, Side::S)};
  // Whole lines: what belongs to those across has the owners that it has in X.
  TallMatrix<Real>& known = side_ == Side::A ? fitted.S : fitted.A;
  (side_ == Side::A ? fitted.A : fitted.S) = solve_for_lines(known, options, work);
  return fitted;
}

template <class Real>
FactorPair<Real> Subsample<Real>::fit(const FactorizeOptions& options, Index restart,
                                      WorkLog& work) {
  const auto& [rows, columns, X] = part();
  FactorizeOptions on_part = options;
  on_part.restarts = 1;
  on_part.race = false;
  on_part.sketch = 0;
  on_part.subsample = {};
  on_part.stop = {.max_iterations = X.block().is_sparse() ? kIterationsOnSparse : kIterations,
                  .tolerance = std::max(options.stop.tolerance, kTolerance)};
  // Each factor meets only a share of the loss that its penalty is weighed against.
  on_part.penalties.l1_A *= columns.share();
  on_part.penalties.l2_A *= columns.share();
  on_part.penalties.l1_S *= rows.share();
  on_part.penalties.l2_S *= rows.share();

  RestartStart<Real> start{restart, uniform_start(X, options, restart)};
  start.product = scale_start(X, start.factors);
  FactorPair<Real> fitted;
  SolverEvents<Real> events;
  events.finished = [&](RestartOutcome<Real> outcome) { fitted = std::move(outcome.factors); };
  // Nobody hears of it. A start half fitted would be another: a request to stop gives it up.
  RunHooks hooks;
  hooks.stop_requested = [] { return stop_signal() != 0; };
  RunControl inner(on_part.stop, hooks, /*is_root=*/false, std::numeric_limits<double>::infinity(),
                   nullptr);
  std::vector<RestartStart<Real>> batch;
  batch.push_back(std::move(start));
  solve_by_sweeps(X, on_part, std::move(batch), inner, events);
  work += inner.work();
  if (inner.early()) {
    agree_on_failure(X.grid().all(),
                     stop_signal() != 0 ? std::make_exception_ptr(interruption()) : nullptr);
  }
  return fitted;
}

/// A factor of the part by its owners in X; zero for the lines that were not chosen.
template <class Real>
TallMatrix<Real> Subsample<Real>::spread(const TallMatrix<Real>& fitted, Side side) {
  const Communicator& all = X_.grid().all();
  const ChosenLines& chosen = side == Side::A ? part().rows : part().columns;
  const auto owned = [&](const DistributedMatrix<Real>& of, int process) {
    return side == Side::A ? of.layout().factor_rows(process) : of.layout().factor_columns(process);
  };
  // Places of the chosen lines that go from one process to another.
  const auto moved = [&](int from, int to) {
    return common(chosen.places_in(owned(X_, to)), owned(part().matrix, from));
  };
  const Index first_place = owned(part().matrix, all.rank()).begin;
  std::vector<std::vector<Real>> outgoing(static_cast<std::size_t>(all.size()));
  for (int to = 0; to < all.size(); ++to) {
    const Range places = moved(all.rank(), to);
    const Real* const first = fitted.row(places.begin - first_place);
    outgoing[static_cast<std::size_t>(to)].assign(first, first + places.size() * fitted.width());
  }
  const std::vector<Real> arrived = partita::exchange(all, outgoing);
  const Range mine = owned(X_, all.rank());
  TallMatrix<Real> W(mine.size(), fitted.width());
  const Real* next = arrived.data();
  for (int from = 0; from < all.size(); ++from) {
    const Range places = moved(from, all.rank());
    for (Index place = places.begin; place < places.end; ++place, next += W.width()) {
      std::copy_n(next, W.width(), W.row(chosen.line(place) - mine.begin));
    }
  }
  return W;
}

/// The factor of all lines, from the other one: argmin over W >= 0 of ||X - W Sᵀ|| by rows, or the
/// same for columns.
template <class Real>
TallMatrix<Real> Subsample<Real>::solve_for_lines(const TallMatrix<Real>& known,
                                                  const FactorizeOptions& options,
                                                  WorkLog& work) const {
  const Communicator& all = X_.grid().all();
  const Index k = options.components;
  const GramMatrix G = gram_over(all, known);
  const TallMatrix<Real> product = [&] {
    const WorkTimer timer(work, all.traffic(), Work::products,
                          2 * static_cast<double>(X_.block().stored() * k));
    const LinearMap<Real> map = linear_map(X_);
    return side_ == Side::A ? map.times(known) : map.transposed_times(known);
  }();
  const WorkTimer timer(work, all.traffic(), Work::update);
  const SweepRules<Real> rules = make_sweep_rules(X_, options);
  const RowRule<Real>& rule = side_ == Side::A ? *rules.for_A : *rules.for_S;
  TallMatrix<Real> W(product.rows(), k);
  for_each_panel(W.rows(), panel_rows(W), [&](Index /*thread*/, Range rows) {
    for (int i = 0; i < kUpdates; ++i) {
      rule.update({W.row(rows.begin), rows.size(), k, k},
                  {product.row(rows.begin), rows.size(), k, k}, G);
    }
  });
  return W;
}

template class Subsample<double>;
template class Subsample<float>;

}  // namespace partita
