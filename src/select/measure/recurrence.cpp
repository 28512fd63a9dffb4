#include "select/measure/recurrence.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "select/stability/stability.hpp"

namespace partita {

namespace {

/// Sᵀ of each restart, from everybody's rows of the stack of all, on the root. Collective.
std::vector<TallMatrix<double>> gathered(const Communicator& group, const Factors& factors,
                                         Index columns, Index components, Index restarts) {
  const Index first = factors.columns.begin;
  const auto begins = gather(group, std::span<const Index>(&first, 1), 0);
  const auto parts = gather(group, std::span<const double>(factors.stack_S.values()), 0);
  std::vector<TallMatrix<double>> all;
  if (!group.is_root()) return all;
  all.assign(static_cast<std::size_t>(restarts), TallMatrix<double>(columns, components));
  const auto width = static_cast<std::size_t>(components * restarts);
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const std::size_t rows = parts[p].size() / width;
    for (std::size_t i = 0; i < rows; ++i) {
      const auto row = std::span(parts[p]).subspan(i * width, width);
      for (std::size_t r = 0; r < all.size(); ++r) {
        std::ranges::copy(row.subspan(r * static_cast<std::size_t>(components),
                                      static_cast<std::size_t>(components)),
                          all[r].row(begins[p].front() + static_cast<Index>(i)));
      }
    }
  }
  return all;
}

}  // namespace

template <class Real>
Recurrence measure_recurrence(const DistributedMatrix<Real>& X, const PoolOptions& options,
                              Index components, const RunHooks& hooks) {
  const Communicator& group = X.grid().all();
  FactorizeOptions fit = options.fit;
  fit.components = components;
  fit.restarts = options.restarts;
  fit.average = true;  // keeps the factors of all
  const Factorization found = fit_in_group(X, fit, hooks);
  Recurrence result;
  result.restarts = gathered(group, found.factors, X.columns(), components, options.restarts);
  std::array<double, 4> numbers{};
  together(group, [&] {
    if (!group.is_root()) return;
    const Stability stability = stability_of(result.restarts);
    numbers = {stability.silhouette_mean, stability.silhouette_least, stability.cophenetic,
               stability.dispersion};
  });
  broadcast(group, std::span<double>(numbers), 0);
  result.measures.training = found.best.relative_error;
  result.measures.silhouette_mean = numbers[0];
  result.measures.silhouette_least = numbers[1];
  result.measures.cophenetic = numbers[2];
  result.measures.dispersion = numbers[3];
  return result;
}

template Recurrence measure_recurrence(const DistributedMatrix<double>&, const PoolOptions&, Index,
                                       const RunHooks&);
template Recurrence measure_recurrence(const DistributedMatrix<float>&, const PoolOptions&, Index,
                                       const RunHooks&);

}  // namespace partita
