#include "partita/factorize/subsample.hpp"

#include "partita/base/random.hpp"
#include "partita/comm/collectives.hpp"
#include "partita/data/dense_block.hpp"
#include "partita/factorize/normalize.hpp"
#include "partita/factorize/run_control.hpp"
#include "partita/factorize/sweep_rules.hpp"
#include "partita/factorize/work_timer.hpp"
#include "partita/layout/job_plan.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "data/panels.hpp"
#include "factorize/gram_over.hpp"
#include "factorize/linear_map.hpp"
#include "factorize/uniform_start.hpp"

namespace partita {

namespace {

/// On the sample: its own error differs from that of X by more than further iterations gain.
constexpr Index kIterations = 30;
constexpr double kTolerance = 1e-3;
/// Times that the rule is applied to the lines' factor, which begins at zero.
constexpr int kUpdates = 3;
/// What each process sends of the lines at a time, about.
constexpr Index kBatchBytes = Index{8} << 20;

/// Line t of the sample: one of the t-th stretch of X.
Index drawn_line(Index t, Index lines, Index extent, const RandomField& field) {
  const Range stretch{t * extent / lines, (t + 1) * extent / lines};
  return stretch.begin + field.index(t, 0, stretch.size());
}

/// Puts arrived lines of X, one after the other, to where they belong in a block of the sample.
template <class Real>
void place_lines(const std::vector<Real>& values, Index length, bool as_rows, Index first,
                 DenseBlock<Real>& block) {
  const Index count = length == 0 ? 0 : static_cast<Index>(values.size()) / length;
  for (Index line = 0; line < count; ++line) {
    const Real* from = values.data() + line * length;
    if (as_rows) {
      std::copy_n(from, length, block.row(first + line));
    } else {
      for (Index i = 0; i < length; ++i) block.row(i)[first + line] = from[i];
    }
  }
}

template <class Real>
DistributedMatrix<Real> draw_lines(const DistributedMatrix<Real>& X, bool rows, Index lines,
                                   std::uint64_t seed) {
  constexpr Index kNoRestart = 0;  // all restarts share it
  const RandomField field(seed, Purpose::subsample, kNoRestart);
  const Index extent = rows ? X.rows() : X.columns();
  const MatrixLayout layout(rows ? lines : X.rows(), rows ? X.columns() : lines, X.grid().shape());
  // The processes that hold other lines, of the same length, in the order of their lines.
  const Communicator& across = rows ? X.grid().same_column() : X.grid().same_row();
  const BlockDistribution owners(lines, across.size());
  const Range mine = rows ? X.block_rows() : X.block_columns();
  const Index length = rows ? X.block_columns().size() : X.block_rows().size();
  const int me = X.grid().all().rank();
  auto block = std::make_unique<DenseBlock<Real>>(layout.block_rows(me).size(),
                                                  layout.block_columns(me).size());

  const Index length_of_all = rows ? X.columns() : X.rows();  // the batches are the same for all
  const Index line_bytes = length_of_all * static_cast<Index>(sizeof(Real));
  const Index batch = std::max<Index>(1, kBatchBytes * X.grid().all().size() / line_bytes);
  Index arrived = 0;
  for (Index begin = 0; begin < lines; begin += batch) {
    std::vector<std::vector<Real>> outgoing(static_cast<std::size_t>(across.size()));
    for (Index t = begin; t < std::min(begin + batch, lines); ++t) {
      const Index line = drawn_line(t, lines, extent, field);
      if (!mine.contains(line)) continue;
      std::vector<Real>& to = outgoing[static_cast<std::size_t>(owners.owner({t}))];
      to.resize(to.size() + static_cast<std::size_t>(length));
      const std::span<Real> space = std::span(to).last(static_cast<std::size_t>(length));
      if (rows) {
        X.block().copy_row(line - mine.begin, space);
      } else {
        X.block().copy_column(line - mine.begin, space);
      }
    }
    const std::vector<Real> values = partita::exchange(across, outgoing);
    place_lines(values, length, rows, arrived, *block);
    if (length > 0) arrived += static_cast<Index>(values.size()) / length;
  }
  return {ProcessGrid(X.grid().all(), X.grid().shape()), layout, std::move(block)};
}

}  // namespace

template <class Real>
Subsample<Real>::Subsample(const DistributedMatrix<Real>& X, Index lines, std::uint64_t seed)
    : X_(X),
      of_rows_(subsamples_rows(X.rows(), X.columns())),
      sample_(draw_lines(X, of_rows_, lines, seed)) {}

template <class Real>
FactorPair<Real> Subsample<Real>::start(const FactorizeOptions& options, Index restart,
                                        WorkLog& work) const {
  return extend(fit(options, restart, work), options, work);
}

template <class Real>
FactorPair<Real> Subsample<Real>::fit(const FactorizeOptions& options, Index restart,
                                      WorkLog& work) const {
  FactorizeOptions on_sample = options;
  on_sample.restarts = 1;
  on_sample.race = false;
  on_sample.sketch = on_sample.subsample = 0;
  on_sample.stop = {.max_iterations = kIterations,
                    .tolerance = std::max(options.stop.tolerance, kTolerance)};
  // The short factor meets only a share of the loss that its penalty is weighed against.
  const double share = static_cast<double>(sample_.stored()) /
                       (static_cast<double>(X_.rows()) * static_cast<double>(X_.columns()));
  Penalties& penalties = on_sample.penalties;
  (of_rows_ ? penalties.l1_S : penalties.l1_A) *= share;
  (of_rows_ ? penalties.l2_S : penalties.l2_A) *= share;

  RestartStart<Real> start{restart, uniform_start(sample_, options, restart)};
  start.product = scale_start(sample_, start.factors);
  FactorPair<Real> fitted;
  SolverEvents<Real> events;
  events.finished = [&](RestartOutcome<Real> outcome) { fitted = std::move(outcome.factors); };
  // Nobody hears of it, and no request to stop cuts it short: a start half fitted would be another.
  const RunHooks none;
  RunControl inner(on_sample.stop, none, /*is_root=*/false, std::numeric_limits<double>::infinity(),
                   nullptr);
  std::vector<RestartStart<Real>> batch;
  batch.push_back(std::move(start));
  solve_by_sweeps(sample_, on_sample, std::move(batch), inner, events);
  work += inner.work();
  return fitted;
}

/// The factor of the lines, for all lines of X: argmin over W >= 0 of ||X - W Sᵀ|| by rows, or the
/// same for columns.
template <class Real>
FactorPair<Real> Subsample<Real>::extend(FactorPair<Real> fitted, const FactorizeOptions& options,
                                         WorkLog& work) const {
  const Communicator& all = X_.grid().all();
  const Index k = options.components;
  const TallMatrix<Real>& known = of_rows_ ? fitted.S : fitted.A;
  const GramMatrix G = gram_over(all, known);
  const TallMatrix<Real> product = [&] {
    const WorkTimer timer(work, all.traffic(), Work::products,
                          2 * static_cast<double>(X_.block().stored() * k));
    const LinearMap<Real> map = linear_map(X_);
    return of_rows_ ? map.times(known) : map.transposed_times(known);
  }();
  const WorkTimer timer(work, all.traffic(), Work::update);
  const SweepRules<Real> rules = make_sweep_rules(X_, options);
  const RowRule<Real>& rule = of_rows_ ? *rules.for_A : *rules.for_S;
  TallMatrix<Real> W(product.rows(), k);
  for_each_panel(W.rows(), panel_rows(W), [&](Index /*thread*/, Range rows) {
    for (int i = 0; i < kUpdates; ++i) {
      rule.update({W.row(rows.begin), rows.size(), k, k},
                  {product.row(rows.begin), rows.size(), k, k}, G);
    }
  });
  (of_rows_ ? fitted.A : fitted.S) = std::move(W);
  return fitted;
}

template class Subsample<double>;
template class Subsample<float>;

}  // namespace partita
