#pragma once

#include "partita/base/index.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace partita {

/// Kinds of local work of a run, communication apart.
enum class Work { products, gram, update, error };
inline constexpr std::array kWorks = {Work::products, Work::gram, Work::update, Work::error};

[[nodiscard]] constexpr std::string_view name_of(Work work) {
  constexpr std::array<std::string_view, kWorks.size()> names = {"products", "gram", "update",
                                                                 "error"};
  return names[static_cast<std::size_t>(work)];
}

/// What this process has worked, by kind.
class WorkLog {
 public:
  struct Entry {
    double seconds = 0;
    double flops = 0;  ///< additions and multiplications that the result needs; 0 if not counted
  };

  void add(Work work, double seconds, double flops) {
    Entry& entry = entries_[static_cast<std::size_t>(work)];
    entry.seconds += seconds;
    entry.flops += flops;
  }
  WorkLog& operator+=(const WorkLog& other) {
    for (const Work work : kWorks) add(work, other[work].seconds, other[work].flops);
    return *this;
  }
  [[nodiscard]] const Entry& operator[](Work work) const {
    return entries_[static_cast<std::size_t>(work)];
  }

 private:
  std::array<Entry, kWorks.size()> entries_{};
};

}  // namespace partita
