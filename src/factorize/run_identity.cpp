#include "partita/factorize/run_identity.hpp"

#include "partita/base/hash.hpp"
#include "partita/comm/collectives.hpp"
#include "partita/factorize/option_names.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <type_traits>

namespace partita {

namespace {

template <class Number>
std::string text_of(Number value, int base = 10) {
  std::array<char, 32> text{};
  if constexpr (std::is_floating_point_v<Number>) {
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
  } else {
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value, base).ptr};
  }
}

std::uint64_t rows_fingerprint(const TallMatrix<double>& W, Range rows) {
  std::uint64_t sum = 0;
  for (Index i = 0; i < W.rows(); ++i) {
    for (Index j = 0; j < W.width(); ++j) sum += entry_fingerprint(rows.begin + i, j, W(i, j));
  }
  return sum;
}

std::uint64_t draws_fingerprint(const std::vector<RecordedDraw>& draws) {
  std::uint64_t hash = 0;
  const auto add = [&](Index number) {
    hash = mix_bits(hash ^ static_cast<std::uint64_t>(number));
  };
  for (const RecordedDraw& draw : draws) {
    add(draw.column);
    add(draw.row);
    for (const Index i : draw.inner_rows) add(i);
    for (const Index i : draw.inner_columns) add(i);
  }
  return hash;
}

/// The given start in one number, whatever its layout. Collective.
template <class Real>
std::string start_identity(const DistributedMatrix<Real>& X, const GivenStart* given) {
  std::uint64_t sum = 0;
  if (given != nullptr) {
    sum = rows_fingerprint(given->A, X.factor_rows()) +
          mix_bits(rows_fingerprint(given->S, X.factor_columns()));
  }
  return text_of(sum_over(X.grid().all(), sum), 16);
}

}  // namespace

template <class Real>
RunIdentity run_identity(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                         const GivenStart* given) {
  const Penalties& p = options.penalties;
  return {{"precision", sizeof(Real) == sizeof(double) ? "double" : "single"},
          {"components", text_of(options.components)},
          {"solver", name_in(kSolvers, options.solver)},
          {"nnls", name_in(kNnlsSolvers, options.nnls)},
          {"schedule", name_in(kSchedules, options.schedule)},
          {"constraint", name_in(kConstraints, options.constraint)},
          {"samples", text_of(options.samples)},
          {"inner", text_of(options.inner)},
          {"sampling", name_in(kSamplings, options.sampling)},
          {"relaxation", text_of(options.relaxation)},
          {"init", name_in(kStarts, options.init)},
          {"given start", start_identity(X, given)},
          {"draws", text_of(draws_fingerprint(options.draws), 16)},
          {kRestartsEntry, text_of(options.restarts)},
          {kFirstRestartEntry, text_of(options.first_restart)},
          {"race", options.race ? "yes" : "no"},
          {"sketch", text_of(options.sketch)},
          {"subsample", text_of(options.subsample.lines)},
          {"subsample across", text_of(options.subsample.across)},
          {"seed", text_of(options.seed)},
          {"max-iterations", text_of(options.stop.max_iterations)},
          {"tolerance", text_of(options.stop.tolerance)},
          {"l1-A", text_of(p.l1_A)},
          {"l1-S", text_of(p.l1_S)},
          {"l2-A", text_of(p.l2_A)},
          {"l2-S", text_of(p.l2_S)},
          {"number of rows of the matrix", text_of(X.rows())},
          {"number of columns of the matrix", text_of(X.columns())},
          {"content of the matrix", text_of(X.fingerprint(), 16)}};
}

template RunIdentity run_identity(const DistributedMatrix<double>&, const FactorizeOptions&,
                                  const GivenStart*);
template RunIdentity run_identity(const DistributedMatrix<float>&, const FactorizeOptions&,
                                  const GivenStart*);

}  // namespace partita
