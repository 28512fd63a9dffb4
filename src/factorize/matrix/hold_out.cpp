#include "factorize/matrix/hold_out.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/interruption.hpp"
#include "comm/agreement.hpp"
#include "data/blocks/masked_block.hpp"

namespace partita {

namespace {

/// Places on my lines, ascending; of value and weight 0. Local.
/// @param is_held_out  of (my line, place on it).
template <class Real, class Pick>
EntryRows<Real> places(Index lines, Index length, Pick is_held_out) {
  EntryRows<Real> found;
  found.entries.begin.push_back(0);
  for (Index line = 0; line < lines; ++line) {
    check_interrupted();
    for (Index place = 0; place < length; ++place) {
      if (is_held_out(line, place)) {
        found.entries.columns.push_back(static_cast<std::int32_t>(place));
      }
    }
    found.entries.begin.push_back(static_cast<Index>(found.entries.columns.size()));
  }
  found.entries.values.resize(found.entries.columns.size());
  found.weights.resize(found.entries.columns.size());
  return found;
}

/// The same places with what my block has there.
template <class Real>
EntryRows<Real> with_values(const BlockEntries<Real>& X, const EntryRows<Real>& places) {
  EntryRows<Real> filled{places.entries, {}};
  std::vector<Index> columns;
  for (Index i = 0; i < places.rows(); ++i) {
    const EntryRow<Real> row = row_of(places, i);
    columns.assign(row.columns.begin(), row.columns.end());
    const auto begin = static_cast<std::size_t>(places.entries.begin[static_cast<std::size_t>(i)]);
    X.pick(i, columns, filled.entries.values.data() + begin);
  }
  return filled;
}

}  // namespace

HeldOutShare part_of_entries(double share, Index part, std::uint64_t seed) {
  // as many as there are but for rounding
  const auto parts = std::max<Index>(1, static_cast<Index>(std::floor(1 / share * (1 + 1e-9))));
  const auto place = static_cast<double>(part % parts);
  return {RandomField(seed, Purpose::hold_out, part / parts), place * share, (place + 1) * share};
}

template <class Real>
HeldOut<Real> hold_out(const DistributedMatrix<Real>& X, const HeldOutShare& share) {
  if (X.grid().shape().columns != 1 || X.block().is_sparse()) {
    throw Error(ErrorKind::internal, "entries are held out of whole rows of a dense matrix");
  }
  const Range rows = X.block_rows();
  const Range columns = X.factor_columns();
  ObservedEntries<Real> observed;
  std::shared_ptr<const EntryRows<Real>> held_out;
  together(X.grid().all(), [&] {
    observed.of_rows = places<Real>(rows.size(), X.columns(), [&](Index line, Index column) {
      return share.has(rows.begin + line, column);
    });
    observed.of_columns = places<Real>(columns.size(), X.rows(), [&](Index line, Index row) {
      return share.has(row, columns.begin + line);
    });
    held_out = std::make_shared<EntryRows<Real>>(with_values(X.entries(), observed.of_rows));
  });
  DistributedMatrix<Real> rest(ProcessGrid(X.grid().all(), X.grid().shape()), X.layout(),
                               std::make_unique<MaskedBlock<Real>>(X.block(), held_out));
  rest.leave_out(std::move(observed));
  return {std::move(held_out), std::move(rest)};
}

template HeldOut<double> hold_out(const DistributedMatrix<double>&, const HeldOutShare&);
template HeldOut<float> hold_out(const DistributedMatrix<float>&, const HeldOutShare&);

}  // namespace partita
