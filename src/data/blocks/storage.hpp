#pragma once

#include "partita/data/tall_matrix.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "data/mapped_memory.hpp"

namespace partita {

/// The numbers of a block. Copies refer to the same memory, which lives as long as one of them: its
/// own, or lent, such as what processes of a node share.
template <class T>
class Storage {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Storage() = default;
  /// Memory of its own, not initialised and not touched, so that what is never used costs nothing.
  explicit Storage(Index count)
      : owner_(CacheAlignedAllocator<T>().allocate(static_cast<std::size_t>(count)),
               [count](T* memory) {
                 CacheAlignedAllocator<T>().deallocate(memory, static_cast<std::size_t>(count));
               }),
        values_(static_cast<T*>(owner_.get()), static_cast<std::size_t>(count)) {}
  /// Zeros in memory of its own; if there are many, straight from the system, which clears a page
  /// when it is first touched.
  [[nodiscard]] static Storage zeros(Index count) {
    const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(T);
    if (bytes < CacheAlignedAllocator<T>::kHugePage) {
      Storage values(count);
      std::ranges::fill(values.values(), T{});
      return values;
    }
    const MappedMemory memory(bytes, MappedMemory::Pages::huge);
    return {std::span<T>(static_cast<T*>(memory.data()), static_cast<std::size_t>(count)),
            memory.owner()};
  }
  /// Lent memory that `owner` keeps alive.
  Storage(std::span<T> values, std::shared_ptr<void> owner)
      : owner_(std::move(owner)), values_(values) {}

  [[nodiscard]] std::span<T> values() { return values_; }
  [[nodiscard]] std::span<const T> values() const { return values_; }
  [[nodiscard]] Index size() const { return static_cast<Index>(values_.size()); }
  /// Keeps the first `count` values.
  void cut(Index count) { values_ = values_.first(static_cast<std::size_t>(count)); }

 private:
  std::shared_ptr<void> owner_;
  std::span<T> values_;
};

}  // namespace partita
