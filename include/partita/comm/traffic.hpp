#pragma once

#include "partita/base/index.hpp"

#include <array>
#include <string_view>

namespace partita {

enum class Collective {
  all_reduce,
  all_gather,
  reduce_scatter,
  broadcast,
  exchange,
  gather,
  shift
};
inline constexpr std::array kCollectives = {Collective::all_reduce,     Collective::all_gather,
                                            Collective::reduce_scatter, Collective::broadcast,
                                            Collective::exchange,       Collective::gather,
                                            Collective::shift};

[[nodiscard]] std::string_view name_of(Collective collective);

/// Calls, words received by this process (elements, of any type) and seconds spent, by collective.
class TrafficLog {
 public:
  struct Entry {
    Index calls = 0;
    double words = 0;
    double seconds = 0;
  };

  void add(Collective collective, double words, double seconds);
  /// More time for a call that has been added.
  void add_seconds(Collective collective, double seconds);
  [[nodiscard]] const Entry& operator[](Collective collective) const;
  [[nodiscard]] Entry total() const;

 private:
  std::array<Entry, kCollectives.size()> entries_{};
};

}  // namespace partita
