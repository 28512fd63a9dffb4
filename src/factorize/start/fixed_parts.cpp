#include "factorize/start/fixed_parts.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "comm/collectives.hpp"

namespace partita {

namespace {

void multiply_column(TallMatrix<double>& W, Index column, int exponent) {
  if (column >= W.width()) return;
  for (Index i = 0; i < W.rows(); ++i) W(i, column) = std::ldexp(W(i, column), exponent);
}

/// Whether the unit of a component is that of its part of A.
bool is_of_A(const FixedCounts& fixed, Index component) {
  return component < fixed.A;
}

/// Its parts of A and of S, the fixed one divided by 2^unit.
void change_unit(const FixedCounts& fixed, Index component, int unit, TallMatrix<double>& A,
                 TallMatrix<double>& S) {
  const int of_A = is_of_A(fixed, component) ? -unit : unit;
  multiply_column(A, component, of_A);
  multiply_column(S, component, -of_A);
}

/// The first columns of W become those of `part`.
template <class Real>
void put_columns(const TallMatrix<double>& part, TallMatrix<Real>& W) {
  for (Index i = 0; i < part.rows(); ++i) {
    for (Index j = 0; j < part.width(); ++j) W(i, j) = static_cast<Real>(part(i, j));
  }
}

/// Squared norms of the first `count` columns. Collective.
template <class Real>
std::vector<double> squares(const Communicator& comm, const TallMatrix<Real>& W, Index count) {
  std::vector<double> sums(static_cast<std::size_t>(count), 0.0);
  for (Index i = 0; i < W.rows(); ++i) {
    for (Index j = 0; j < count; ++j) {
      const auto value = static_cast<double>(W(i, j));
      sums[static_cast<std::size_t>(j)] += value * value;
    }
  }
  sum_over(comm, std::span<double>(sums));
  return sums;
}

/// `part` takes its place in W; its partner is scaled so that the components keep their sizes,
/// unless it is fixed too. Collective.
template <class Real>
void put_part(const Communicator& comm, const TallMatrix<double>& part, bool keeps_size,
              TallMatrix<Real>& W, TallMatrix<Real>& partner) {
  if (!keeps_size) {
    put_columns(part, W);
    return;
  }
  const std::vector<double> before = squares(comm, W, part.width());
  put_columns(part, W);
  const std::vector<double> after = squares(comm, W, part.width());
  for (Index j = 0; j < part.width(); ++j) {
    const auto at = static_cast<std::size_t>(j);
    if (!(before[at] > 0 && after[at] > 0)) continue;
    const auto scale = static_cast<Real>(std::sqrt(before[at] / after[at]));
    for (Index i = 0; i < partner.rows(); ++i) partner(i, j) *= scale;
  }
}

}  // namespace

std::vector<int> fixed_units(const Communicator& comm, const FactorizeOptions& options,
                             const GivenStart& given) {
  const FixedCounts& fixed = options.fixed;
  std::vector<double> largest(static_cast<std::size_t>(fixed.components()), 0.0);
  for (Index j = 0; j < fixed.components(); ++j) {
    const TallMatrix<double>& part = is_of_A(fixed, j) ? given.fixed_A : given.fixed_S;
    double& most = largest[static_cast<std::size_t>(j)];
    for (Index i = 0; i < part.rows(); ++i) most = std::max(most, std::abs(part(i, j)));
  }
  max_over(comm, std::span<double>(largest));
  std::vector<int> units(largest.size(), 0);
  if (options.penalties.any()) return units;
  std::ranges::transform(largest, units.begin(),
                         [](double most) { return most > 0 ? std::ilogb(most) : 0; });
  return units;
}

void into_units(const FixedCounts& fixed, const std::vector<int>& units, GivenStart& given) {
  for (Index j = 0; j < fixed.components(); ++j) {
    const int unit = units[static_cast<std::size_t>(j)];
    change_unit(fixed, j, unit, given.fixed_A, given.fixed_S);
    change_unit(fixed, j, unit, given.A, given.S);
  }
}

void out_of_units(const FixedCounts& fixed, const std::vector<int>& units, const GivenStart& given,
                  Factors& factors) {
  for (Index j = 0; j < fixed.components(); ++j) {
    change_unit(fixed, j, -units[static_cast<std::size_t>(j)], factors.A, factors.S);
  }
  put_columns(given.fixed_A, factors.A);
  put_columns(given.fixed_S, factors.S);
}

template <class Real>
void put_fixed_parts(const Communicator& comm, const FactorizeOptions& options,
                     const GivenStart& given, FactorPair<Real>& factors) {
  const FixedCounts& fixed = options.fixed;
  const bool one_part = fixed.A == 0 || fixed.S == 0;
  const bool keeps_size = one_part && options.init != StartKind::given;
  put_part(comm, given.fixed_A, keeps_size, factors.A, factors.S);
  put_part(comm, given.fixed_S, keeps_size, factors.S, factors.A);
}

template void put_fixed_parts(const Communicator&, const FactorizeOptions&, const GivenStart&,
                              FactorPair<double>&);
template void put_fixed_parts(const Communicator&, const FactorizeOptions&, const GivenStart&,
                              FactorPair<float>&);

}  // namespace partita
