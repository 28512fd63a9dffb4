#include "io/spread/entry_router.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <string>

#include "base/interruption.hpp"
#include "comm/collectives.hpp"

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
  if (failure_) return;
  try {
    entries_here_.resize(arrived.size() / 2);
    for (std::size_t e = 0; e < entries_here_.size(); ++e) {
      entries_here_[e] = unpack_entry<double>(std::span(arrived).subspan(2 * e).first<2>());
    }
    sink_.add(entries_here_);
  } catch (...) {
    failure_ = std::current_exception();
  }
}

void EntryRouter::rethrow_failure() const {
  if (failure_) std::rethrow_exception(failure_);
  check_interrupted();
}

Index bounded_chunk(Index asked, Index processes, Index copies) {
  constexpr Index kSentText = Index{1} << 23;
  constexpr Index kReceivedText = Index{1} << 27;
  constexpr Index kSmallest = Index{1} << 12;
  const Index bound = std::min(kSentText / std::max<Index>(copies, 1), kReceivedText / processes);
  return std::min(asked, std::max(bound, kSmallest));
}

}  // namespace partita
