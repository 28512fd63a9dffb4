#pragma once

#include "partita/base/index.hpp"

#include <bit>
#include <functional>
#include <vector>

#include "comm/collectives.hpp"
#include "data/blocks/entry_rows.hpp"

namespace partita {

/// An entry of X that has come from another process, by its global position.
struct TravelledEntry {
  Index row;
  Index column;
  double value;
  double weight;
};

/// Entries as they travel.
class TravelledEntries {
 public:
  explicit TravelledEntries(std::vector<Index> packed = {}) : packed_(std::move(packed)) {}

  [[nodiscard]] std::size_t size() const { return packed_.size() / kParts; }
  [[nodiscard]] Index row(std::size_t e) const { return packed_[kParts * e]; }
  [[nodiscard]] Index column(std::size_t e) const { return packed_[kParts * e + 1]; }
  [[nodiscard]] TravelledEntry operator[](std::size_t e) const {
    return {row(e), column(e), std::bit_cast<double>(packed_[kParts * e + 2]),
            std::bit_cast<double>(packed_[kParts * e + 3])};
  }

  /// Numbers of an entry that travels.
  static constexpr std::size_t kParts = 4;

 private:
  std::vector<Index> packed_;
};

/// Owner of entries that stay where they are.
inline constexpr int kStays = -1;

/// Sends my entries to whom `owner` names by the global row and column. They arrive batch by batch,
/// in each in the order of the ranks of their senders. Collective.
/// @param first_row  global number of my first row.
template <class Real>
[[nodiscard]] TravelledEntries send_entries(const Communicator& all, const EntryRows<Real>& rows,
                                            Index first_row,
                                            const std::function<int(Index, Index)>& owner);

}  // namespace partita
