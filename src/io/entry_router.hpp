#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/io/matrix_source.hpp"
#include "partita/io/placement.hpp"

#include <bit>
#include <cstdint>
#include <vector>

namespace partita {

/// Sends entries of X to all processes that ask for them, in batches that the caller bounds.
class EntryRouter {
 public:
  /// @throws Error (usage) when a part is too large for 32-bit positions inside it.
  EntryRouter(const Communicator& world, const Placement& placement, PartSink& sink);

  /// Queues an entry. Local.
  void put(Index row, Index column, double value) {
    ++entries_;
    for (const int process : finder_.holders(row, column)) {
      const Part& part = placement_.part(process);
      const auto local_row = static_cast<std::uint64_t>(row - part.rows.begin);
      const auto local_column = static_cast<std::uint64_t>(column - part.columns.begin);
      auto& batch = outgoing_[static_cast<std::size_t>(process)];
      batch.push_back(static_cast<Index>(local_row << 32 | local_column));
      batch.push_back(std::bit_cast<Index>(value));
    }
  }

  /// Sends what is queued and hands what arrives to the sink. Collective.
  void deliver();

  /// Entries put in on this process.
  [[nodiscard]] Index entries() const { return entries_; }

 private:
  const Communicator& world_;
  const Placement& placement_;
  PartSink& sink_;
  Placement::Finder finder_;
  std::vector<std::vector<Index>> outgoing_;  ///< by process: position and bits of the value
  Index entries_ = 0;
};

/// Text per process and round, so that what one process sends (about eight times the text for
/// every copy) and what one may receive stay bounded.
[[nodiscard]] Index bounded_chunk(Index asked, Index processes, Index copies);

}  // namespace partita
