#include "factorize/matrix/distributed_matrix.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <utility>

#include "base/hash.hpp"
#include "base/interruption.hpp"
#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "data/blocks/gram.hpp"
#include "data/blocks/panels.hpp"
#include "data/kernels/reductions.hpp"
#include "update/panel_rule.hpp"

namespace partita {

namespace {

template <class Real>
const TallMatrix<Real>& gather_rows(const Communicator& comm, const TallMatrix<Real>& mine,
                                    Index rows, std::span<const Index> counts,
                                    TallMatrix<Real>& space) {
  if (comm.size() == 1) return mine;
  space.reshape(rows, mine.width());
  all_gather(comm, mine.values(), space.values(), counts);
  return space;
}

/// Local work that goes through all of X: it may be interrupted, on all processes together, but
/// for the passes of a solver. Collective over `all`.
template <class Action>
void unless_interrupted(const Communicator& all, Action&& action) {
  if (interruption_held()) {
    std::forward<Action>(action)();
  } else {
    together(all, std::forward<Action>(action));
  }
}

/// Σ (a·s)² over the places listed.
template <class Real>
double squared_model(const EntryRows<Real>& places, const TallMatrix<Real>& A,
                     const TallMatrix<Real>& S) {
  const Index k = A.width();
  double sum = 0;
  for (Index i = 0; i < places.rows(); ++i) {
    for (const std::int32_t column : row_of(places, i).columns) {
      const double model = kernels::dot(A.row(i), S.row(column), 1, k, k, k);
      sum += model * model;
    }
  }
  return sum;
}

}  // namespace

template <class Real>
DistributedMatrix<Real>::DistributedMatrix(ProcessGrid grid, const MatrixLayout& layout,
                                           std::unique_ptr<Block<Real>> block, MatrixTotals totals)
    : grid_(std::move(grid)), layout_(layout), block_(std::move(block)), totals_(totals) {
  if (block_->rows() != block_rows().size() || block_->columns() != block_columns().size()) {
    throw Error(ErrorKind::internal, "a block of X does not have the shape of its layout");
  }
}

template <class Real>
DistributedMatrix<Real>::DistributedMatrix(ProcessGrid grid, const MatrixLayout& layout,
                                           std::unique_ptr<Block<Real>> block)
    : DistributedMatrix(std::move(grid), layout, std::move(block), MatrixTotals{}) {
  totals_ = {sum_over(grid_.all(), block_->stored()),
             sum_over(grid_.all(), block_->squared_norm())};
}

template <class Real>
std::vector<Index> DistributedMatrix<Real>::row_counts(Index width) const {
  std::vector<Index> counts;
  const Index first = grid_.row() * grid_.shape().columns;
  for (Index j = 0; j < grid_.shape().columns; ++j) {
    counts.push_back(layout_.factor_rows(first + j).size() * width);
  }
  return counts;
}

template <class Real>
std::vector<Index> DistributedMatrix<Real>::column_counts(Index width) const {
  std::vector<Index> counts;
  for (Index i = 0; i < grid_.shape().rows; ++i) {
    const Index process = i * grid_.shape().columns + grid_.column();
    counts.push_back(layout_.factor_columns(process).size() * width);
  }
  return counts;
}

template <class Real>
const TallMatrix<Real>& DistributedMatrix<Real>::gather_A(const TallMatrix<Real>& my_A,
                                                          TallMatrix<Real>& space) const {
  return gather_rows(grid_.same_row(), my_A, block_->rows(), row_counts(my_A.width()), space);
}

template <class Real>
const TallMatrix<Real>& DistributedMatrix<Real>::gather_S(const TallMatrix<Real>& my_S,
                                                          TallMatrix<Real>& space) const {
  return gather_rows(grid_.same_column(), my_S, block_->columns(), column_counts(my_S.width()),
                     space);
}

template <class Real>
const TallMatrix<Real>& DistributedMatrix<Real>::gather_whole_A(const TallMatrix<Real>& my_A,
                                                                TallMatrix<Real>& space) const {
  std::vector<Index> counts;
  for (int process = 0; process < grid_.all().size(); ++process) {
    counts.push_back(layout_.factor_rows(process).size() * my_A.width());
  }
  return gather_rows(grid_.all(), my_A, rows(), std::span<const Index>(counts), space);
}

template <class Real>
void DistributedMatrix<Real>::times(const TallMatrix<Real>& block_S, TallMatrix<Real>& my_P,
                                    TallMatrix<Real>& space) const {
  space.reshape(block_->rows(), block_S.width());
  TallMatrix<Real> space_T;
  const TallMatrix<Real>& T = block_->prepare(block_S, space_T);
  unless_interrupted(grid_.all(), [&] {
    for_each_panel(
        block_->rows(), block_->panel_rows(block_S.width()),
        [&](Index /*thread*/, Range rows) { block_->times(rows, T, space.row(rows.begin)); });
  });
  sum_products(space, my_P);
}

template <class Real>
void DistributedMatrix<Real>::sum_products(TallMatrix<Real>& block_P,
                                           TallMatrix<Real>& my_P) const {
  if (owns_block_rows()) {
    std::swap(block_P, my_P);
    return;
  }
  my_P.reshape(factor_rows().size(), block_P.width());
  reduce_scatter(grid_.same_row(), std::span<const Real>(block_P.values()), my_P.values(),
                 row_counts(block_P.width()));
}

template <class Real>
void DistributedMatrix<Real>::transposed_times(const TallMatrix<Real>& block_A,
                                               TallMatrix<Real>& my_Q,
                                               PanelSum<Real>& space) const {
  if (owns_block_columns()) std::swap(space.front(), my_Q);  // one memory is enough
  space.begin(*block_, block_A.width());
  unless_interrupted(grid_.all(), [&] {
    for_each_panel(
        block_->rows(), block_->panel_rows(block_A.width()), [&](Index thread, Range rows) {
          block_->add_transposed_times(rows, block_A.row(rows.begin), space.part(thread));
        });
  });
  sum_transposed(space.finish(*block_), my_Q);
}

template <class Real>
void DistributedMatrix<Real>::sum_transposed(TallMatrix<Real>& block_Q,
                                             TallMatrix<Real>& my_Q) const {
  if (owns_block_columns()) {
    std::swap(block_Q, my_Q);
    return;
  }
  my_Q.reshape(factor_columns().size(), block_Q.width());
  reduce_scatter(grid_.same_column(), std::span<const Real>(block_Q.values()), my_Q.values(),
                 column_counts(block_Q.width()));
}

template <class Real>
const BlockEntries<Real>& DistributedMatrix<Real>::entries() const {
  if (const BlockEntries<Real>* entries = block_->entries()) return *entries;
  throw Error(ErrorKind::internal, "this matrix has no entries to look at");
}

template <class Real>
std::uint64_t DistributedMatrix<Real>::fingerprint() const {
  std::uint64_t mine = 0;
  unless_interrupted(grid_.all(), [&] {
    mine = entries().fingerprint({block_rows().begin}, {block_columns().begin});
  });
  return sum_over(grid_.all(), mine);
}

template <class Real>
void DistributedMatrix<Real>::weigh(EntryWeights<Real> weights) {
  unstored_weight_ = weights.unstored;
  observed_ = observe(grid_, layout_, *block_, weights);
  totals_.squared_norm = observed_->squared_norm;
}

template <class Real>
void DistributedMatrix<Real>::leave_out(ObservedEntries<Real> places) {
  if (grid_.shape().columns != 1) {
    throw Error(ErrorKind::internal, "entries are left out of whole rows of X only");
  }
  observed_ = std::move(places);
  observed_->rest_by_products = true;
  observed_->squared_norm = totals_.squared_norm;
}

template <class Real>
std::uint64_t DistributedMatrix<Real>::weights_fingerprint() const {
  std::uint64_t mine = 0;
  if (observed_ && !observed_->of_rows.weights.empty()) {
    for (Index i = 0; i < observed_->of_rows.rows(); ++i) {
      const EntryRow<Real> row = row_of(observed_->of_rows, i);
      for (std::size_t e = 0; e < row.size(); ++e) {
        mine += entry_fingerprint(block_rows().begin + i, row.columns[e], row.weight(e));
      }
    }
  }
  return sum_over(grid_.all(), mine);
}

template <class Real>
double DistributedMatrix<Real>::residual_squared(const TallMatrix<Real>& my_A,
                                                 const TallMatrix<Real>& my_S) const {
  TallMatrix<Real> space_A;
  TallMatrix<Real> space_S;
  const TallMatrix<Real>& block_A = gather_A(my_A, space_A);
  const TallMatrix<Real>& block_S = gather_S(my_S, space_S);
  double mine = 0;
  unless_interrupted(grid_.all(), [&] {
    mine = observed_ ? weighted_residual(block_A, block_S)
                     : block_->residual_squared(whole(block_A), whole(block_S));
  });
  return sum_over(grid_.all(), mine);
}

/// Of my rows.
template <class Real>
double DistributedMatrix<Real>::weighted_residual(const TallMatrix<Real>& block_A,
                                                  const TallMatrix<Real>& block_S) const {
  if (observed_->rest_by_products) {
    return block_->residual_squared(whole(block_A), whole(block_S)) -
           squared_model(observed_->of_rows, block_A, block_S);
  }
  const GramMatrix G = gram_of(whole(block_S));
  return sum_over_panels(block_->rows(), panel_rows(block_A), [&](Range rows) {
    return entry_loss({block_A.row(rows.begin), rows.size(), block_A.width(), block_A.width()},
                      EntryPanel<Real>{observed_->of_rows, rows, unstored_weight_}, whole(block_S),
                      G);
  });
}

template class DistributedMatrix<double>;
template class DistributedMatrix<float>;

}  // namespace partita
