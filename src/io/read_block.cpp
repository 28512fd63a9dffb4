#include "io/read_block.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/unit.hpp"
#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "comm/shared_window.hpp"
#include "data/blocks/dense_block.hpp"
#include "data/blocks/sparse_builder.hpp"
#include "data/kernels/reductions.hpp"
#include "io/text/number_text.hpp"

namespace partita {

namespace {

/// Squared norms between which X is held as it is: its squares, and those of factors as large as
/// its root, are far from the ends of what single precision holds.
constexpr double kSmallestNorm = 0x1p-64;
constexpr double kLargestNorm = 0x1p64;
/// Largest entry below which single precision holds the others with too few digits.
constexpr double kLeastOfSingle = 0x1p-106;

/// The unit in which X is to be held: 0 where it can be as it is, else that of its largest entry.
/// @param held  what this process holds; @param met  the largest value that it read, before it was
/// narrowed. Collective over `world`. @throws Error (bad_data) when single precision is too narrow.
template <class Real>
int common_unit(const Communicator& world, std::span<const Real> held, double met,
                HeldUnit wanted) {
  if (wanted == HeldUnit::as_it_is) return 0;
  const double norm =
      sum_over(world, kernels::squared_norm(held.data(), static_cast<Index>(held.size())));
  if (norm >= kSmallestNorm && norm <= kLargestNorm) return 0;
  double largest = 0;
  for (const Real value : held) largest = std::max(largest, std::abs(static_cast<double>(value)));
  largest = max_over(world, largest);
  if constexpr (!std::is_same_v<Real, double>) {
    met = max_over(world, met);
    if (met > 0 && largest < kLeastOfSingle) {
      throw Error(ErrorKind::bad_data, "its largest value, " + number_text(met) +
                                           ", is too small for single precision; use "
                                           "--precision double");
    }
  }
  return largest > 0 && std::isfinite(largest) ? unit_of(largest) : 0;
}

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
  explicit DenseSink(DenseBlock<Real>& block) : block_(block) {}

  void add(std::span<const LocalEntry<double>> entries) override {
    for (const auto& entry : entries) {
      meet(entry.value);
      block_.row(entry.row)[entry.column] += narrowed<Real>(entry.value);
    }
  }
  void set(Index row, Index column, const Tile& tile) override {
    for (Index i = 0; i < tile.rows; ++i) {
      Real* const out = block_.row(row + i) + column;
      const double* const in = tile.values + i * tile.row_step;
      for (Index j = 0; j < tile.columns; ++j) {
        meet(in[j * tile.column_step]);
        out[j] = narrowed<Real>(in[j * tile.column_step]);
      }
    }
  }
  /// Largest value so far, before it was narrowed; kept where values are.
  [[nodiscard]] double met() const { return met_; }

  [[nodiscard]] std::span<double> place_of(Range rows) override {
    if constexpr (std::is_same_v<Real, double>) {
      return {block_.row(rows.begin), static_cast<std::size_t>(rows.size() * block_.columns())};
    } else {
      return {};
    }
  }

 private:
  void meet(double value) {
    if constexpr (!std::is_same_v<Real, double>) met_ = std::max(met_, std::abs(value));
  }

  DenseBlock<Real>& block_;
  double met_ = 0;
};

template <class Real>
class SparseSink final : public PartSink {
 public:
  explicit SparseSink(SparseBuilder<Real>& builder) : builder_(builder) {}

  void add(std::span<const LocalEntry<double>> entries) override {
    for (const auto& entry : entries) {
      if constexpr (!std::is_same_v<Real, double>) met_ = std::max(met_, std::abs(entry.value));
      builder_.add({entry.row, entry.column, narrowed<Real>(entry.value)});
    }
  }
  /// Largest value so far, before it was narrowed; kept where values are.
  [[nodiscard]] double met() const { return met_; }
  void set(Index /*row*/, Index /*column*/, const Tile& /*tile*/) override {
    throw Error(ErrorKind::internal, "a sparse format delivered dense values");
  }

 private:
  SparseBuilder<Real>& builder_;
  double met_ = 0;
};

/// Hands out arrays one behind the other in a window.
class Lender {
 public:
  explicit Lender(std::shared_ptr<SharedWindow> window) : window_(std::move(window)) {}
  /// @param count  of T; what comes first must have the strictest alignment.
  template <class T>
  Storage<T> lend(Index count) {
    T* const here = reinterpret_cast<T*>(window_->bytes().data() + used_);
    used_ += static_cast<std::size_t>(count) * sizeof(T);
    return {std::span<T>(here, static_cast<std::size_t>(count)), window_};
  }

 private:
  std::shared_ptr<SharedWindow> window_;
  std::size_t used_ = 0;
};

/// A process and its block: who holds it, and where this process finds it.
class Holding {
 public:
  /// Collective over `world`.
  Holding(const Communicator& world, const JobPlan& plan, const MatrixLayout& layout)
      : world_(world), active_(plan.group_of(world.rank()) < plan.active_groups()) {
    const Index place = plan.process_in_group(world.rank());
    if (active_) part_ = {layout.block_rows(place), layout.block_columns(place)};
    std::vector<int> holds(static_cast<std::size_t>(world.size()), plan.shares_X ? 0 : 1);
    if (plan.shares_X) {
      const Index nowhere = plan.grid.processes();
      sharers_.emplace(world.split_by_node().split(static_cast<int>(active_ ? place : nowhere)));
      holds[static_cast<std::size_t>(world.rank())] = sharers_->is_root() ? 1 : 0;
      sum_over(world, std::span<int>(holds));
    }
    holds_ = holds[static_cast<std::size_t>(world.rank())] != 0;
    placement_.emplace(place_blocks(plan, layout, holds));
  }

  [[nodiscard]] bool active() const { return active_; }
  [[nodiscard]] const Part& part() const { return part_; }
  [[nodiscard]] const Placement& placement() const { return *placement_; }
  /// Whether this process is the one that fills the block.
  [[nodiscard]] bool holds() const { return holds_; }

  /// A window of that size, as the holder says, for all that share the block; nullptr where each
  /// has its own. Collective over `world`.
  [[nodiscard]] std::shared_ptr<SharedWindow> make_window(Index bytes) const {
    std::shared_ptr<SharedWindow> window;
    together(world_, [&] {
      if (sharers_) window = std::make_shared<SharedWindow>(*sharers_, std::max<Index>(bytes, 1));
    });
    return window;
  }
  /// The holder's value.
  [[nodiscard]] Index from_holder(Index value) const {
    if (sharers_) broadcast(*sharers_, std::span<Index>(&value, 1), 0);
    return value;
  }

 private:
  const Communicator& world_;
  bool active_;
  bool holds_ = true;
  Part part_;
  std::optional<Communicator> sharers_;
  std::optional<Placement> placement_;
};

template <class Real>
std::unique_ptr<Block<Real>> read_dense(const Communicator& world, MatrixSource& source,
                                        const Holding& mine, HeldUnit wanted) {
  const Index rows = mine.part().rows.size();
  const Index columns = mine.part().columns.size();
  const auto window = mine.make_window(rows * columns * static_cast<Index>(sizeof(Real)));
  std::unique_ptr<DenseBlock<Real>> block;
  together(world, [&] {
    if (window == nullptr) {
      block = std::make_unique<DenseBlock<Real>>(rows, columns);
      return;
    }
    Storage<Real> values = Lender(window).template lend<Real>(rows * columns);
    if (mine.holds()) std::ranges::fill(values.values(), Real{0});
    block = std::make_unique<DenseBlock<Real>>(rows, columns, std::move(values));
  });
  DenseSink<Real> sink(*block);
  source.read(world, mine.placement(), sink);
  const std::span<Real> held(block->row(0),
                             static_cast<std::size_t>(mine.holds() ? rows * columns : 0));
  const int unit = common_unit<Real>(world, held, sink.met(), wanted);
  if (unit != 0) multiply_by_power_of_two(held, -2 * unit);
  if (window != nullptr) window->publish();
  block->set_unit(unit);
  return block;
}

/// What the arrays of a sparse block take, one behind the other.
template <class Real>
Index lent_bytes(Index starts, Index segments, Index entries) {
  constexpr auto kSegmentBytes = static_cast<Index>(sizeof(std::int32_t) + sizeof(std::uint16_t));
  constexpr auto kEntryBytes = static_cast<Index>(sizeof(Real) + sizeof(std::uint16_t));
  return starts * static_cast<Index>(sizeof(PanelStart)) + segments * kSegmentBytes +
         entries * kEntryBytes;
}

template <class Real>
std::unique_ptr<Block<Real>> read_sparse(const Communicator& world, MatrixSource& source,
                                         const Holding& mine, Index width, HeldUnit wanted) {
  const Index rows = mine.part().rows.size();
  const Index columns = mine.part().columns.size();
  std::optional<SparseBuilder<Real>> builder;
  together(world, [&] { builder.emplace(rows, columns, sparse_panel_rows<Real>(rows, width)); });
  SparseSink<Real> sink(*builder);
  source.read(world, mine.placement(), sink);

  const Index starts = mine.from_holder(builder->panels()) + 1;
  const Index segments = mine.from_holder(builder->most_segments());
  const Index entries = mine.from_holder(builder->entries());
  const auto window = mine.make_window(lent_bytes<Real>(starts, segments, entries));
  PanelArrays<Real> arrays;
  together(world, [&] {
    if (window == nullptr) {
      arrays = builder->write();
      return;
    }
    Lender lender(window);
    arrays.starts = lender.lend<PanelStart>(starts);
    arrays.values = lender.template lend<Real>(entries);
    arrays.columns = lender.lend<std::int32_t>(segments);
    arrays.lengths = lender.lend<std::uint16_t>(segments);
    arrays.rows_inside = lender.lend<std::uint16_t>(entries);
    if (mine.holds()) arrays = builder->write(std::move(arrays));
  });
  const std::span<Real> held = mine.holds() ? arrays.values.values() : std::span<Real>();
  const int unit = common_unit<Real>(world, held, sink.met(), wanted);
  if (unit != 0) multiply_by_power_of_two(held, -2 * unit);
  if (window != nullptr) {
    arrays.panel_rows = mine.from_holder(arrays.panel_rows);
    window->publish();
    arrays.cut();
  }
  auto block = std::make_unique<SparseBlock<Real>>(rows, columns, std::move(arrays));
  block->set_unit(unit);
  return block;
}

}  // namespace

template <class Real>
std::unique_ptr<Block<Real>> read_block(const Communicator& world, MatrixSource& source,
                                        const JobPlan& plan, const MatrixLayout& layout,
                                        Index width, HeldUnit unit) {
  const Holding mine(world, plan, layout);
  auto block = source.shape().sparse ? read_sparse<Real>(world, source, mine, width, unit)
                                     : read_dense<Real>(world, source, mine, unit);
  if (!mine.active()) return nullptr;
  return block;
}

template std::unique_ptr<Block<double>> read_block(const Communicator&, MatrixSource&,
                                                   const JobPlan&, const MatrixLayout&, Index,
                                                   HeldUnit);
template std::unique_ptr<Block<float>> read_block(const Communicator&, MatrixSource&,
                                                  const JobPlan&, const MatrixLayout&, Index,
                                                  HeldUnit);

}  // namespace partita
