#include "data/mapped_memory.hpp"

#include <algorithm>
#include <new>
#include <sys/mman.h>

namespace partita {

MappedMemory::MappedMemory(std::size_t bytes, Pages pages) {
  constexpr std::size_t kHugePage = std::size_t{2} << 20;
  const bool huge = pages == Pages::huge;
  // Room to begin at a huge page; what is not touched takes no memory.
  const std::size_t mapped = std::max<std::size_t>(bytes, 1) + (huge ? kHugePage : 0);
  data_ = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data_ == MAP_FAILED) throw std::bad_alloc();
  owner_ = std::shared_ptr<void>(data_, [mapped](void* memory) {
    // A hole in a region makes two of it, and the system counts them: at its limit the addresses
    // stay taken, but not the memory.
    if (munmap(memory, mapped) != 0) madvise(memory, mapped, MADV_DONTNEED);
  });
  std::size_t room = mapped;
  if (huge) std::align(kHugePage, bytes, data_, room);
  // Only advice: with other pages everything works, more slowly or in more memory.
  static_cast<void>(
      madvise(data_, std::max<std::size_t>(bytes, 1), huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE));
}

}  // namespace partita
