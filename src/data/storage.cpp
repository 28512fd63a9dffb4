#include "partita/data/storage.hpp"

#include <algorithm>
#include <new>
#include <sys/mman.h>

namespace partita {

MappedMemory::MappedMemory(std::size_t bytes) {
  constexpr std::size_t kHugePage = std::size_t{2} << 20;
  // With room to begin at a huge page; what is not touched takes no memory.
  const std::size_t mapped = std::max<std::size_t>(bytes, 1) + kHugePage;
  void* const pages =
      mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  owner_ = std::shared_ptr<void>(pages, [mapped](void* memory) { munmap(memory, mapped); });
  std::size_t room = mapped;
  data_ = pages;
  std::align(kHugePage, bytes, data_, room);
  // Only advice: without huge pages everything works, more slowly.
  if (bytes >= kHugePage) static_cast<void>(madvise(data_, bytes, MADV_HUGEPAGE));
}

}  // namespace partita
