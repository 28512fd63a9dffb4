#include "io/entry_router.hpp"

#include "partita/base/error.hpp"
#include "partita/comm/agreement.hpp"
#include "partita/comm/collectives.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace partita {

EntryRouter::EntryRouter(const Communicator& world, const Placement& placement, PartSink& sink)
    : world_(world),
      placement_(placement),
      sink_(sink),
      finder_(placement),
      outgoing_(static_cast<std::size_t>(world.size())) {
  constexpr Index kLargestExtent = std::numeric_limits<std::int32_t>::max();
  for (const Part& part : placement.parts()) {
    if (part.rows.size() > kLargestExtent || part.columns.size() > kLargestExtent) {
      throw Error(ErrorKind::usage, "a block of " + std::to_string(part.rows.size()) + " x " +
                                        std::to_string(part.columns.size()) +
                                        " exceeds 2^31 - 1 rows or columns; use more processes");
    }
  }
}

void EntryRouter::deliver() {
  const std::vector<Index> arrived = partita::exchange(world_, outgoing_);
  for (auto& batch : outgoing_) batch.clear();
  together(world_, [&] {
    std::vector<LocalEntry<double>> entries(arrived.size() / 2);
    for (std::size_t e = 0; e < entries.size(); ++e) {
      const auto position = static_cast<std::uint64_t>(arrived[2 * e]);
      entries[e] = {static_cast<std::int32_t>(position >> 32),
                    static_cast<std::int32_t>(position & 0xffffffffU),
                    std::bit_cast<double>(arrived[2 * e + 1])};
    }
    sink_.add(entries);
  });
}

Index bounded_chunk(Index asked, Index processes, Index copies) {
  constexpr Index kSentText = Index{1} << 23;
  constexpr Index kReceivedText = Index{1} << 27;
  constexpr Index kSmallest = Index{1} << 12;
  const Index bound = std::min(kSentText / std::max<Index>(copies, 1), kReceivedText / processes);
  return std::min(asked, std::max(bound, kSmallest));
}

}  // namespace partita
