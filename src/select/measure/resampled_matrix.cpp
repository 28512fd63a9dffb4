#include "select/measure/resampled_matrix.hpp"

#include "partita/base/error.hpp"

#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/interruption.hpp"
#include "comm/agreement.hpp"
#include "data/blocks/dense_block.hpp"
#include "data/blocks/sparse_builder.hpp"
#include "select/measure/data_facts.hpp"

namespace partita {

namespace {

/// Draws the stored entries of one row of my block anew, in their places.
template <class Real>
class RowDraws {
 public:
  RowDraws(const DistributedMatrix<Real>& X, Resampling how, std::uint64_t seed, Index replicate)
      : how_(how),
        exponent_(2 * X.unit()),
        rows_(X.block_rows()),
        first_column_(X.block_columns().begin),
        counts_(seed, replicate) {
    if (how != Resampling::rows) return;
    times_.assign(static_cast<std::size_t>(rows_.size()), 0.0);
    for (const GlobalIndex drawn : resampled_rows(seed, replicate, X.rows(), {0, X.rows()})) {
      if (drawn.value < rows_.begin || drawn.value >= rows_.end) continue;
      times_[static_cast<std::size_t>(drawn.value - rows_.begin)] += 1;
    }
  }

  /// @param columns  of my block, ascending
  void draw(Index row, std::span<const std::int32_t> columns, std::span<Real> values) {
    const GlobalIndex i{rows_.begin + row};
    switch (how_) {
      case Resampling::poisson:
        for (std::size_t e = 0; e < values.size(); ++e) {
          values[e] = held(counts_.poisson(i, column(columns[e]), own(values[e])));
        }
        return;
      case Resampling::multinomial:
        draw_row(i, columns, values);
        return;
      case Resampling::rows: {
        const double root = std::sqrt(times_[static_cast<std::size_t>(row)]);
        for (Real& value : values) value = static_cast<Real>(root * static_cast<double>(value));
        return;
      }
    }
    throw Error(ErrorKind::internal, "there is no such resampling");
  }

 private:
  void draw_row(GlobalIndex i, std::span<const std::int32_t> columns, std::span<Real> values) {
    places_.clear();
    numbers_.clear();
    for (std::size_t e = 0; e < values.size(); ++e) {
      places_.push_back(column(columns[e]));
      numbers_.push_back(own(values[e]));
    }
    counts_.multinomial(i, places_, numbers_);
    for (std::size_t e = 0; e < values.size(); ++e) values[e] = held(numbers_[e]);
  }
  [[nodiscard]] GlobalIndex column(std::int32_t local) const {
    return GlobalIndex{first_column_ + local};
  }
  [[nodiscard]] double own(Real value) const {
    return std::ldexp(static_cast<double>(value), exponent_);
  }
  [[nodiscard]] Real held(double value) const {
    return static_cast<Real>(std::ldexp(value, -exponent_));
  }

  Resampling how_;
  int exponent_;  ///< X is 2^exponent times what is held
  Range rows_;
  Index first_column_;
  ResampledCounts counts_;
  std::vector<double> times_;  ///< that each of my rows is drawn
  std::vector<GlobalIndex> places_;
  std::vector<double> numbers_;
};

template <class Real>
std::unique_ptr<Block<Real>> draw_dense(const DistributedMatrix<Real>& X, RowDraws<Real>& draws) {
  const Index columns = X.block_columns().size();
  auto block = std::make_unique<DenseBlock<Real>>(X.block_rows().size(), columns);
  std::vector<std::int32_t> places(static_cast<std::size_t>(columns));
  for (std::size_t j = 0; j < places.size(); ++j) places[j] = static_cast<std::int32_t>(j);
  for (Index i = 0; i < block->rows(); ++i) {
    check_interrupted();
    const std::span<Real> row(block->row(i), places.size());
    X.entries().copy_row(i, row);
    draws.draw(i, places, row);
  }
  return block;
}

template <class Real>
std::unique_ptr<Block<Real>> draw_sparse(const DistributedMatrix<Real>& X, RowDraws<Real>& draws) {
  const Index rows = X.block_rows().size();
  const Index columns = X.block_columns().size();
  SparseBuilder<Real> builder(rows, columns, sparse_panel_rows<Real>(rows));
  const Index batch = X.block().panel_rows(kUsualWidth);
  RowEntries<Real> entries;
  for (Index begin = 0; begin < rows; begin += batch) {
    check_interrupted();
    const Range range{begin, std::min(begin + batch, rows)};
    X.entries().gather(range, entries);
    for (Index i = range.begin; i < range.end; ++i) {
      const auto first =
          static_cast<std::size_t>(entries.begin[static_cast<std::size_t>(i - begin)]);
      const auto end =
          static_cast<std::size_t>(entries.begin[static_cast<std::size_t>(i - begin) + 1]);
      const auto places = std::span(entries.columns).subspan(first, end - first);
      const auto values = std::span(entries.values).subspan(first, end - first);
      draws.draw(i, places, values);
      for (std::size_t e = 0; e < values.size(); ++e) {
        if (values[e] != 0) builder.add({static_cast<std::int32_t>(i), places[e], values[e]});
      }
    }
  }
  return std::make_unique<SparseBlock<Real>>(rows, columns, builder.write());
}

}  // namespace

template <class Real>
Resampling settled_resampling(const DistributedMatrix<Real>& X, std::optional<Resampling> asked) {
  if (asked == Resampling::rows) return *asked;
  const bool counts = data_facts(X).all_whole;
  if (!asked) return counts ? Resampling::poisson : Resampling::rows;
  if (counts) return *asked;
  throw Error(ErrorKind::bad_data,
              "--bootstrap-kind poisson and multinomial draw counts anew, and the matrix has "
              "entries that are no whole numbers: take rows");
}

template <class Real>
DistributedMatrix<Real> resampled(const DistributedMatrix<Real>& X, Resampling how,
                                  std::uint64_t seed, Index replicate) {
  const Communicator& all = X.grid().all();
  std::unique_ptr<Block<Real>> block;
  together(all, [&] {
    if (how == Resampling::multinomial && X.grid().shape().columns != 1) {
      throw Error(ErrorKind::internal, "rows are drawn anew that are not whole on a process");
    }
    RowDraws<Real> draws(X, how, seed, replicate);
    block = X.block().is_sparse() ? draw_sparse(X, draws) : draw_dense(X, draws);
    block->set_unit(X.unit());
  });
  DistributedMatrix<Real> drawn(ProcessGrid(all, X.grid().shape()), X.layout(), std::move(block));
  if (drawn.squared_norm() == 0) {
    throw Error(ErrorKind::bad_data, "replicate " + std::to_string(replicate) +
                                         " of the bootstrap drew nothing but zeros: the matrix "
                                         "holds too little");
  }
  return drawn;
}

#define PARTITA_INSTANTIATE(Real)                                                        \
  template Resampling settled_resampling(const DistributedMatrix<Real>&,                 \
                                         std::optional<Resampling>);                     \
  template DistributedMatrix<Real> resampled(const DistributedMatrix<Real>&, Resampling, \
                                             std::uint64_t, Index);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
