#include "select/measure/bootstrap_fit.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/interruption.hpp"
#include "base/stopwatch.hpp"
#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "factorize/factorize.hpp"
#include "factorize/matrix/gram_over.hpp"
#include "factorize/run/unit_of_X.hpp"
#include "select/bootstrap/alignment.hpp"
#include "select/measure/group_fit.hpp"
#include "select/measure/resampled_matrix.hpp"
#include "select/measure/stacked_restarts.hpp"
#include "update/rules.hpp"

namespace partita {

namespace {

/// A replicate begins where the fit ended, so a loose tolerance would leave it there.
constexpr double kTolerance = 1e-6;

/// One fit from a given start.
FactorizeOptions options_of_replicates(FactorizeOptions options) {
  options.init = StartKind::given;
  options.restarts = 1;
  options.first_restart = 0;
  options.race = false;
  options.average = false;
  options.sketch = 0;
  options.subsample = {};
  options.stop.tolerance = std::min(options.stop.tolerance, kTolerance);
  return options;
}

/// My rows of A that fit X itself on an S. Collective.
template <class Real>
TallMatrix<double> fitted_A(const DistributedMatrix<Real>& X, const Factors& factors,
                            const Penalties& penalties) {
  const TallMatrix<Real> mine = factors_in_unit(X, factors).S;
  TallMatrix<Real> gathered;
  TallMatrix<Real> products;
  TallMatrix<Real> space;
  X.times(X.gather_S(mine, gathered), products, space);
  const GramMatrix G = gram_over(X.grid().all(), mine);
  TallMatrix<double> A(products.rows(), products.width());
  together(X.grid().all(), [&] {
    TallMatrix<double> right(products.rows(), products.width());
    std::ranges::copy(products.values(), right.values().begin());
    make_bpp_rule<double>(in_unit(penalties, X.unit()).of_A())
        ->update({A.data(), A.rows(), A.width(), A.width()}, whole(right), G);
  });
  for (double& value : A.values()) value = std::ldexp(value, X.unit());
  return A;
}

}  // namespace

template <class Real>
BootstrapFit bootstrap_fit(const DistributedMatrix<Real>& X, const Factors& factors,
                           const BootstrapOptions& options, const RunHooks& hooks,
                           const std::function<void(Index)>& on_replicate) {
  const Communicator& all = X.grid().all();
  const Stopwatch clock;
  const JobPlan plan{.groups = 1, .grid = X.grid().shape(), .batch = 1, .restarts = 1};
  FactorizeOptions fit = options_of_replicates(options.fit);
  const TallMatrix<double> S = gathered_S(all, factors, X.columns());
  const GivenStart start{.A = factors.A, .S = factors.S};
  std::vector<TallMatrix<double>> of_A;
  std::vector<TallMatrix<double>> of_S;
  std::vector<Alignment> alignments;
  for (Index b = 0; b < options.replicates; ++b) {
    const DistributedMatrix<Real> drawn = resampled(X, options.how, fit.seed, b);
    const double left = options.fit.stop.max_seconds - max_over(all, clock.seconds());
    fit.stop.max_seconds = std::max(0.0, left);
    Factorization found = factorize<Real>(all, plan, &drawn, fit, start, hooks);
    const StopReason stop = found.best.stop;
    if (stop == StopReason::interrupted || stop == StopReason::time_limit) throw interruption();
    if (options.how == Resampling::rows) {
      found.factors.A = fitted_A(X, found.factors, fit.penalties);
    }
    const TallMatrix<double> whole_S = gathered_S(all, found.factors, X.columns());
    together(all, [&] {
      alignments.push_back(align_components(S, whole_S));
      of_A.push_back(aligned_A(found.factors.A, alignments.back()));
      of_S.push_back(aligned_S(found.factors.S, alignments.back()));
    });
    on_replicate(b + 1);
  }
  BootstrapFit result;
  together(all, [&] {
    result = {.A = intervals_of(of_A, options.level),
              .S = intervals_of(of_S, options.level),
              .stability = mean_cosines(alignments)};
  });
  return result;
}

template BootstrapFit bootstrap_fit(const DistributedMatrix<double>&, const Factors&,
                                    const BootstrapOptions&, const RunHooks&,
                                    const std::function<void(Index)>&);
template BootstrapFit bootstrap_fit(const DistributedMatrix<float>&, const Factors&,
                                    const BootstrapOptions&, const RunHooks&,
                                    const std::function<void(Index)>&);

}  // namespace partita
