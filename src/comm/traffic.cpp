#include "partita/comm/traffic.hpp"

namespace partita {

std::string_view name_of(Collective collective) {
  switch (collective) {
    case Collective::all_reduce:
      return "all_reduce";
    case Collective::all_gather:
      return "all_gather";
    case Collective::reduce_scatter:
      return "reduce_scatter";
    case Collective::broadcast:
      return "broadcast";
    case Collective::exchange:
      return "exchange";
    case Collective::gather:
      return "gather";
    case Collective::shift:
      return "shift";
  }
  return "unknown";
}

void TrafficLog::add(Collective collective, double words, double seconds) {
  Entry& entry = entries_[static_cast<std::size_t>(collective)];
  ++entry.calls;
  entry.words += words;
  entry.seconds += seconds;
}

void TrafficLog::add_seconds(Collective collective, double seconds) {
  entries_[static_cast<std::size_t>(collective)].seconds += seconds;
}

const TrafficLog::Entry& TrafficLog::operator[](Collective collective) const {
  return entries_[static_cast<std::size_t>(collective)];
}

TrafficLog::Entry TrafficLog::total() const {
  Entry sum;
  for (const Entry& entry : entries_) {
    sum.calls += entry.calls;
    sum.words += entry.words;
    sum.seconds += entry.seconds;
  }
  return sum;
}

}  // namespace partita
