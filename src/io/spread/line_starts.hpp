#pragma once

#include "partita/comm/communicator.hpp"

#include <string>
#include <utility>
#include <vector>

#include "io/spread/flat_array.hpp"

namespace partita {

/// Where the lines of a compressed sparse matrix begin among its entries (indptr), in bounded
/// memory: some of the starts, and those between two of them as they are needed.
class LineStarts {
 public:
  /// @param starts  one more than there are lines; must outlive the object.
  /// @param name    of the array, for messages.
  LineStarts(FlatArray& starts, std::string name) : starts_(starts), name_(std::move(name)) {}

  /// Checks that the starts ascend from 0 to `entries`, each process a part of them. Collective.
  /// @throws Error (bad_data) on every process.
  void check(const Communicator& world, Index entries);

  /// The line of an entry. Cheapest when entries are asked for in ascending order. Local.
  /// @pre checked; 0 <= entry < entries.
  [[nodiscard]] Index line_of(Index entry) {
    if (entry < first_ || entry >= last_) find(entry);
    return line_;
  }

 private:
  [[nodiscard]] Index lines() const { return starts_.length() - 1; }
  /// Lines between two starts that are kept.
  [[nodiscard]] Index stride() const;
  void check_share(Range lines, Index entries);
  void find(Index entry);

  FlatArray& starts_;
  std::string name_;
  std::vector<Index> kept_;  ///< starts of the lines 0, stride, 2 stride, ...
  std::vector<Index> near_;  ///< starts of the lines from near_line_ on
  Index near_line_ = -1;
  Index line_ = 0;   ///< the line found last
  Index first_ = 0;  ///< its entries: [first_, last_)
  Index last_ = 0;
};

}  // namespace partita
