#include "data/blocks/entry_list.hpp"

#include <array>
#include <span>

#include "data/mapped_memory.hpp"

namespace partita {

namespace {

/// Bytes of the first chunks of a list, and of all others.
constexpr std::array<Index, 2> kFirstChunks = {Index{1} << 9, Index{1} << 12};
constexpr Index kChunk = Index{1} << 18;

}  // namespace

template <class Real>
Index EntryList<Real>::size() const {
  Index held = -room_;
  for (const Storage<LocalEntry<Real>>& chunk : chunks_) held += chunk.size();
  return held;
}

template <class Real>
void EntryList<Real>::add_chunk() {
  constexpr auto kEntryBytes = static_cast<Index>(sizeof(LocalEntry<Real>));
  if (chunks_.size() < kFirstChunks.size()) {
    chunks_.emplace_back(kFirstChunks[chunks_.size()] / kEntryBytes);
  } else {
    // Huge pages would make every list, however short, take a whole one.
    const MappedMemory memory(static_cast<std::size_t>(kChunk), MappedMemory::Pages::small);
    chunks_.emplace_back(std::span(static_cast<LocalEntry<Real>*>(memory.data()),
                                   static_cast<std::size_t>(kChunk / kEntryBytes)),
                         memory.owner());
  }
  next_ = chunks_.back().values().data();
  room_ = chunks_.back().size();
}

template class EntryList<double>;
template class EntryList<float>;

}  // namespace partita
