#include "factorize/matrix/entry_travel.hpp"

#include <utility>

namespace partita {

namespace {

/// What each process sends at a time, about.
constexpr Index kBatchBytes = Index{8} << 20;
constexpr Index kEntryBytes = TravelledEntries::kParts * sizeof(Index);

}  // namespace

template <class Real>
TravelledEntries send_entries(const Communicator& all, const EntryRows<Real>& rows, Index first_row,
                              const std::function<int(Index, Index)>& owner) {
  std::vector<Index> arrived;
  Index next = 0;
  do {
    std::vector<std::vector<Index>> outgoing(static_cast<std::size_t>(all.size()));
    Index packed = 0;
    for (; next < rows.rows() && packed * kEntryBytes < kBatchBytes; ++next) {
      const EntryRow<Real> row = row_of(rows, next);
      for (std::size_t e = 0; e < row.size(); ++e) {
        const int to = owner(first_row + next, row.columns[e]);
        if (to == kStays) continue;
        ++packed;
        std::vector<Index>& parcel = outgoing[static_cast<std::size_t>(to)];
        parcel.insert(parcel.end(), {first_row + next, Index{row.columns[e]},
                                     std::bit_cast<Index>(static_cast<double>(row.values[e])),
                                     std::bit_cast<Index>(row.weight(e))});
      }
    }
    const std::vector<Index> batch = partita::exchange(all, outgoing);
    arrived.insert(arrived.end(), batch.begin(), batch.end());
  } while (max_over(all, next < rows.rows() ? 1 : 0) > 0);
  return TravelledEntries(std::move(arrived));
}

template TravelledEntries send_entries(const Communicator&, const EntryRows<double>&, Index,
                                       const std::function<int(Index, Index)>&);
template TravelledEntries send_entries(const Communicator&, const EntryRows<float>&, Index,
                                       const std::function<int(Index, Index)>&);

}  // namespace partita
