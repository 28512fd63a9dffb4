#include "factorize/solve/nnls_table.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <vector>

#include "update/rules.hpp"

namespace partita {

namespace {

// Ang & Gillis 2019: growth of the extrapolation weight for inexact and for exact inner solvers.
constexpr ExtrapolationRates kHalsRates{1.01, 1.005};
constexpr ExtrapolationRates kExactRates{1.1, 1.05};
constexpr ExtrapolationRates kNoExtrapolation{};

/// A rule that knows no sweeps.
template <class Real, std::unique_ptr<RowRule<Real>> (*make)(FactorPenalty)>
std::unique_ptr<RowRule<Real>> without_sweeps(int /*sweeps*/, FactorPenalty penalty) {
  return make(penalty);
}

const std::vector<NnlsRow>& table() {
  static const std::vector<NnlsRow> rows = {
      {"hals", NnlsKind::hals, "accelerated HALS", kHalsRates, true, true, &make_hals_rule<double>,
       &make_hals_rule<float>},
      {"bpp", NnlsKind::bpp, "exact by block pivoting", kExactRates, true, true,
       &without_sweeps<double, make_bpp_rule>, &without_sweeps<float, make_bpp_rule>},
      {"none", NnlsKind::none, "without constraint (implies --constraint none)", kNoExtrapolation,
       false, false, &without_sweeps<double, make_least_squares_rule>,
       &without_sweeps<float, make_least_squares_rule>},
      {"clip", NnlsKind::clip, "without and then clipped", kNoExtrapolation, true, false,
       &without_sweeps<double, make_clip_rule>, &without_sweeps<float, make_clip_rule>},
  };
  return rows;
}

}  // namespace

std::span<const NnlsRow> nnls_table() {
  return table();
}

const NnlsRow& nnls_row(NnlsKind kind) {
  const auto found = std::ranges::find(table(), kind, &NnlsRow::kind);
  if (found == table().end()) throw Error(ErrorKind::usage, "there is no such --nnls");
  return *found;
}

Choices<NnlsKind> nnls_names() {
  Choices<NnlsKind> names;
  for (const NnlsRow& row : table()) names.emplace_back(row.name, row.kind);
  return names;
}

}  // namespace partita
