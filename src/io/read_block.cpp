#include "partita/io/read_block.hpp"

#include "partita/base/error.hpp"
#include "partita/comm/agreement.hpp"
#include "partita/data/dense_block.hpp"
#include "partita/data/sparse_block.hpp"

#include <cmath>
#include <type_traits>
#include <utility>
#include <vector>

#include "io/number_text.hpp"

namespace partita {

namespace {

template <class Real>
Real narrowed(double value) {
  const auto real = static_cast<Real>(value);
  if constexpr (!std::is_same_v<Real, double>) {
    if (std::isinf(real) && std::isfinite(value)) {
      throw Error(ErrorKind::bad_data, "value " + number_text(value) +
                                           " exceeds single precision; use --precision double");
    }
  }
  return real;
}

template <class Real>
class DenseSink final : public PartSink {
 public:
  explicit DenseSink(const Part& part)
      : block_(std::make_unique<DenseBlock<Real>>(part.rows.size(), part.columns.size())) {}

  void add(std::span<const LocalEntry<double>> entries) override {
    for (const auto& entry : entries) {
      block_->row(entry.row)[entry.column] += narrowed<Real>(entry.value);
    }
  }
  void set(Index row, Index column, const Tile& tile) override {
    for (Index i = 0; i < tile.rows; ++i) {
      Real* const out = block_->row(row + i) + column;
      const double* const in = tile.values + i * tile.row_step;
      for (Index j = 0; j < tile.columns; ++j) out[j] = narrowed<Real>(in[j * tile.column_step]);
    }
  }
  [[nodiscard]] std::unique_ptr<Block<Real>> take() { return std::move(block_); }

 private:
  std::unique_ptr<DenseBlock<Real>> block_;
};

template <class Real>
class SparseSink final : public PartSink {
 public:
  explicit SparseSink(const Part& part) : part_(part) {}

  void add(std::span<const LocalEntry<double>> entries) override {
    for (const auto& entry : entries) {
      entries_.push_back({entry.row, entry.column, narrowed<Real>(entry.value)});
    }
  }
  void set(Index /*row*/, Index /*column*/, const Tile& /*tile*/) override {
    throw Error(ErrorKind::internal, "a sparse format delivered dense values");
  }
  [[nodiscard]] std::unique_ptr<Block<Real>> take() {
    return std::make_unique<SparseBlock<Real>>(part_.rows.size(), part_.columns.size(),
                                               std::move(entries_));
  }

 private:
  Part part_;
  std::vector<LocalEntry<Real>> entries_;
};

template <class Real, class Sink>
std::unique_ptr<Block<Real>> read_into(const Communicator& world, MatrixSource& source,
                                       const Placement& placement) {
  std::unique_ptr<Sink> sink;
  together(world, [&] { sink = std::make_unique<Sink>(placement.part(world.rank())); });
  source.read(world, placement, *sink);
  std::unique_ptr<Block<Real>> block;
  together(world, [&] { block = sink->take(); });
  return block;
}

}  // namespace

template <class Real>
std::unique_ptr<Block<Real>> read_block(const Communicator& world, MatrixSource& source,
                                        const JobPlan& plan, const MatrixLayout& layout) {
  const Placement placement = place_blocks(plan, layout, world.size());
  auto block = source.shape().sparse ? read_into<Real, SparseSink<Real>>(world, source, placement)
                                     : read_into<Real, DenseSink<Real>>(world, source, placement);
  if (plan.group_of(world.rank()) >= plan.active_groups()) return nullptr;
  return block;
}

template std::unique_ptr<Block<double>> read_block(const Communicator&, MatrixSource&,
                                                   const JobPlan&, const MatrixLayout&);
template std::unique_ptr<Block<float>> read_block(const Communicator&, MatrixSource&,
                                                  const JobPlan&, const MatrixLayout&);

}  // namespace partita
