#include "select/stability/assignment.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace partita {

namespace {

constexpr Index kNone = -1;

std::size_t at(Index i) {
  return static_cast<std::size_t>(i);
}

/// Rows are assigned one after another. Prices u of rows and v of columns keep every reduced cost
/// -score - u - v >= 0, and 0 where a row is assigned; a new row goes along the path of least
/// reduced cost to a column that is free.
class Assignment {
 public:
  explicit Assignment(const TallMatrix<double>& scores)
      : scores_(scores),
        u_(at(scores.rows())),
        v_(at(scores.rows())),
        row_of_(at(scores.rows()), kNone),
        column_of_(at(scores.rows()), kNone),
        distance_(at(scores.rows())),
        before_(at(scores.rows())),
        reached_(at(scores.rows())) {}

  std::vector<Index> solve() {
    for (Index row = 0; row < scores_.rows(); ++row) assign(row);
    return column_of_;
  }

 private:
  void assign(Index first) {
    std::ranges::fill(distance_, std::numeric_limits<double>::infinity());
    std::ranges::fill(before_, kNone);
    reached_.assign(reached_.size(), false);
    double along = 0;  // length of the path to `row`
    Index row = first;
    Index end = kNone;
    while (end == kNone) {
      relax(row, along);
      const Index nearest = nearest_column();
      along = distance_[at(nearest)];
      reached_[at(nearest)] = true;
      row = row_of_[at(nearest)];
      if (row == kNone) end = nearest;
    }
    change_prices(first, along);
    for (Index column = end; column != kNone;) {  // every row of the path takes the column after it
      const Index owner = before_[at(column)];
      row_of_[at(column)] = owner;
      std::swap(column, column_of_[at(owner)]);
    }
  }

  void relax(Index row, double along) {
    for (Index column = 0; column < scores_.width(); ++column) {
      if (reached_[at(column)]) continue;
      const double length = along - scores_(row, column) - u_[at(row)] - v_[at(column)];
      if (length < distance_[at(column)]) {
        distance_[at(column)] = length;
        before_[at(column)] = row;
      }
    }
  }

  [[nodiscard]] Index nearest_column() const {
    Index nearest = kNone;
    for (Index column = 0; column < scores_.width(); ++column) {
      if (reached_[at(column)]) continue;
      if (nearest == kNone || distance_[at(column)] < distance_[at(nearest)]) nearest = column;
    }
    return nearest;
  }

  void change_prices(Index first, double along) {
    u_[at(first)] += along;
    for (Index column = 0; column < scores_.width(); ++column) {
      if (!reached_[at(column)]) continue;
      const double less = along - distance_[at(column)];
      v_[at(column)] -= less;
      if (row_of_[at(column)] != kNone) u_[at(row_of_[at(column)])] += less;
    }
  }

  const TallMatrix<double>& scores_;
  std::vector<double> u_;
  std::vector<double> v_;
  std::vector<Index> row_of_;
  std::vector<Index> column_of_;
  std::vector<double> distance_;
  std::vector<Index> before_;
  std::vector<bool> reached_;
};

}  // namespace

std::vector<Index> best_assignment(const TallMatrix<double>& scores) {
  const bool finite =
      std::ranges::all_of(scores.values(), [](double score) { return std::isfinite(score); });
  if (scores.rows() != scores.width() || !finite) {
    throw Error(ErrorKind::internal,
                "assignment: scores are to be finite, as many rows as columns");
  }
  return Assignment(scores).solve();
}

}  // namespace partita
