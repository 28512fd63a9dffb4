#include "factorize/run/run_identity.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <variant>

#include "base/hash.hpp"
#include "comm/collectives.hpp"
#include "factorize/settings.hpp"

namespace partita {

namespace {

std::string hexadecimal(std::uint64_t value) {
  std::array<char, 16> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value, 16).ptr};
}

/// The value as the identity has it: numbers always as numbers.
std::string identity_text(const Setting& setting, const FactorizeOptions& options) {
  if (const auto* number = std::get_if<NumberSetting>(&setting.kind)) {
    return text_of(number->place.in(options));
  }
  return text_of(value_of(setting, options));
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
  sum = sum_over(X.grid().all(), sum);
  const Index drawn = given != nullptr ? given->drawn : 0;
  return hexadecimal(drawn == 0 ? sum : mix_bits(sum + static_cast<std::uint64_t>(drawn)));
}

/// The parts that are fixed, likewise. Collective.
template <class Real>
std::string fixed_identity(const DistributedMatrix<Real>& X, const GivenStart* given) {
  std::uint64_t sum = 0;
  if (given != nullptr) {
    sum = rows_fingerprint(given->fixed_A, X.factor_rows()) +
          mix_bits(rows_fingerprint(given->fixed_S, X.factor_columns()));
  }
  return hexadecimal(sum_over(X.grid().all(), sum));
}

}  // namespace

template <class Real>
RunIdentity run_identity(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                         const GivenStart* given) {
  RunIdentity identity = {{"precision", sizeof(Real) == sizeof(double) ? "double" : "single"}};
  for (const Setting& setting : settings()) {
    if (setting.decides) identity.emplace_back(setting.name, identity_text(setting, options));
  }
  identity.insert(identity.end(),
                  {{"given start", start_identity(X, given)},
                   {"content of the fixed components", fixed_identity(X, given)},
                   {"draws", hexadecimal(draws_fingerprint(options.draws))},
                   {"number of rows of the matrix", text_of(X.rows())},
                   {"number of columns of the matrix", text_of(X.columns())},
                   {"content of the matrix", hexadecimal(X.fingerprint())},
                   {"unit of the matrix", text_of(X.unit())},
                   {"content of the weights", hexadecimal(X.weights_fingerprint())}});
  return identity;
}

template RunIdentity run_identity(const DistributedMatrix<double>&, const FactorizeOptions&,
                                  const GivenStart*);
template RunIdentity run_identity(const DistributedMatrix<float>&, const FactorizeOptions&,
                                  const GivenStart*);

}  // namespace partita
