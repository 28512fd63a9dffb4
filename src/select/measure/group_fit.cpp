#include "select/measure/group_fit.hpp"

#include <algorithm>
#include <utility>

#include "base/interruption.hpp"
#include "factorize/factorize.hpp"
#include "factorize/run/unit_of_X.hpp"

namespace partita {

namespace {

template <class Real>
TallMatrix<Real> converted(const TallMatrix<double>& W) {
  TallMatrix<Real> result(W.rows(), W.width());
  std::ranges::transform(W.values(), result.values().begin(),
                         [](double value) { return static_cast<Real>(value); });
  return result;
}

}  // namespace

template <class Real>
Factorization fit_in_group(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                           const RunHooks& hooks) {
  const JobPlan plan{.groups = 1,
                     .grid = X.grid().shape(),
                     .batch = options.restarts,
                     .restarts = options.restarts};
  Factorization found = factorize<Real>(X.grid().all(), plan, &X, options, {}, hooks);
  const StopReason stop = found.best.stop;
  if (stop == StopReason::interrupted || stop == StopReason::time_limit) throw interruption();
  return found;
}

template <class Real>
FactorPair<Real> factors_in_unit(const DistributedMatrix<Real>& X, const Factors& factors) {
  const GivenStart held = in_unit(GivenStart{.A = factors.A, .S = factors.S}, X.unit());
  return {converted<Real>(held.A), converted<Real>(held.S)};
}

template Factorization fit_in_group(const DistributedMatrix<double>&, const FactorizeOptions&,
                                    const RunHooks&);
template Factorization fit_in_group(const DistributedMatrix<float>&, const FactorizeOptions&,
                                    const RunHooks&);
template FactorPair<double> factors_in_unit(const DistributedMatrix<double>&, const Factors&);
template FactorPair<float> factors_in_unit(const DistributedMatrix<float>&, const Factors&);

}  // namespace partita
