#pragma once

#include <cstddef>
#include <memory>

namespace partita {

/// Zeroed memory straight from the system: a page takes memory when it is first touched, and all
/// goes back there at once.
class MappedMemory {
 public:
  /// Huge pages are quick to touch; small ones take no more than what is used.
  enum class Pages { huge, small };

  /// @throws std::bad_alloc when there is no such memory.
  MappedMemory(std::size_t bytes, Pages pages);
  [[nodiscard]] void* data() const { return data_; }
  /// Keeps the memory alive.
  [[nodiscard]] const std::shared_ptr<void>& owner() const { return owner_; }

 private:
  std::shared_ptr<void> owner_;
  void* data_;
};

}  // namespace partita
