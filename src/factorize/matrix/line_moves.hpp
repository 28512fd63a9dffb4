#pragma once

#include "partita/base/index.hpp"
#include "partita/comm/communicator.hpp"
#include "partita/data/tall_matrix.hpp"

#include <functional>
#include <vector>

namespace partita {

/// Rows of a factor between their owners in the layout and whoever works on their places.
template <class Real>
class LineMoves {
 public:
  using RowAt = std::function<Real*(Index place)>;

  /// @param homes  lines of each process in the layout, ascending. @param place  of every line.
  /// @param places  of each process, ascending.
  LineMoves(const Communicator& all, std::vector<Range> homes, const std::vector<Index>& place,
            std::vector<Range> places);

  /// Copies the rows of all processes to their places. Collective.
  /// @param mine  my rows in the layout. @param row_at  where the row of a place of mine stands.
  void to_places(const TallMatrix<Real>& mine, const RowAt& row_at) const;
  /// Back again. Collective.
  void home(const RowAt& row_at, TallMatrix<Real>& mine) const;

 private:
  using ConstRowAt = std::function<const Real*(Index)>;
  /// A line of mine and the process at its other end.
  struct Line {
    Index at;  ///< row of mine in the layout, or place
    int other;
  };

  void move(Range components, const std::vector<Line>& from, const ConstRowAt& source,
            const std::vector<Line>& to, const RowAt& target) const;
  void move_all(Index width, const std::vector<Line>& from, const ConstRowAt& source,
                const std::vector<Line>& to, const RowAt& target) const;

  const Communicator& all_;
  Index most_lines_ = 1;         ///< of a process, at home or by places
  std::vector<Line> at_home_;    ///< lines ascending
  std::vector<Line> at_places_;  ///< lines ascending
};

}  // namespace partita
