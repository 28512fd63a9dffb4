#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/io/spread/matrix_source.hpp"
#include "partita/io/spread/placement.hpp"

#include <exception>
#include <vector>

#include "base/interruption.hpp"
#include "data/blocks/packed_entry.hpp"

namespace partita {

/// Sends entries of X to all processes that ask for them, in batches that the caller bounds.
class EntryRouter {
 public:
  /// @throws Error (usage) when a part is too large for 32-bit positions inside it.
  EntryRouter(const Communicator& world, const Placement& placement, PartSink& sink);

  /// Queues an entry. Local; may be interrupted.
  void put(Index row, Index column, double value) {
    constexpr Index kEntriesBetweenChecks = 4096;
    if (++entries_ % kEntriesBetweenChecks == 0) check_interrupted();
    for (const int process : finder_.holders(row, column)) {
      const Part& part = placement_.part(process);
      const PackedEntry entry =
          pack_entry(row - part.rows.begin, column - part.columns.begin, value);
      auto& batch = outgoing_[static_cast<std::size_t>(process)];
      batch.insert(batch.end(), entry.begin(), entry.end());
    }
  }

  /// Sends what is queued and hands what arrives to the sink. Collective. What the sink throws is
  /// kept for rethrow_failure(), so that one agreement a round is enough.
  void deliver();
  /// Local: call inside together() before the next round and after the last. May be interrupted.
  void rethrow_failure() const;

  /// Entries put in on this process.
  [[nodiscard]] Index entries() const { return entries_; }

 private:
  const Communicator& world_;
  const Placement& placement_;
  PartSink& sink_;
  Placement::Finder finder_;
  std::vector<std::vector<Index>> outgoing_;  ///< by process: packed entries
  std::vector<LocalEntry<double>> entries_here_;
  std::exception_ptr failure_;
  Index entries_ = 0;
};

/// Text per process and round, so that what one process sends (about eight times the text for
/// every copy) and what one may receive stay bounded.
[[nodiscard]] Index bounded_chunk(Index asked, Index processes, Index copies);

}  // namespace partita
