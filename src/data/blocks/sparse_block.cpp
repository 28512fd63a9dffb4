#include "data/blocks/sparse_block.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <numeric>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/interruption.hpp"
#include "data/blocks/fingerprint.hpp"
#include "data/blocks/gram.hpp"
#include "data/blocks/panels.hpp"
#include "data/blocks/sparse_builder.hpp"
#include "data/kernels/exact_sums.hpp"
#include "data/kernels/reductions.hpp"
#include "data/kernels/residual.hpp"
#include "data/kernels/sparse_products.hpp"

namespace partita {

namespace {

/// Share of ||A Tᵀ||² below which a residual found by subtraction has lost two digits.
constexpr double kCancellation = 1e-2;

/// Time of an entry, or of a number of a Gram matrix, in twice as many digits, in entries of a walk
/// through all of X.
constexpr double kPriceOfDigits = 10;

/// Of the rows of a factor that belong to a panel: half of a core's second cache, but not less than
/// any has, nor so much that few panels are left to share out.
constexpr Index kLeastFactorBytes = Index{256} << 10;
constexpr Index kMostFactorBytes = Index{1} << 20;

Index factor_bytes_of_panel() {
  const Index second_cache = sysconf(_SC_LEVEL2_CACHE_SIZE);  // 0 or -1 where not known
  return std::clamp(second_cache / 2, kLeastFactorBytes, kMostFactorBytes);
}

/// Entries that are visited at a time.
constexpr std::size_t kBatch = 4096;

/// The places of each line in a list, chained: a line may be chosen more than once.
class PlacesOfLines {
 public:
  PlacesOfLines(Index lines, std::span<const Index> list)
      : last_(static_cast<std::size_t>(lines), -1), before_(list.size(), -1) {
    for (std::size_t c = 0; c < list.size(); ++c) {
      before_[c] =
          std::exchange(last_[static_cast<std::size_t>(list[c])], static_cast<std::int32_t>(c));
    }
  }
  template <class Take>
  void for_each(Index line, Take take) const {
    for (std::int32_t place = last_[static_cast<std::size_t>(line)]; place >= 0;
         place = before_[static_cast<std::size_t>(place)]) {
      take(place);
    }
  }

 private:
  std::vector<std::int32_t> last_;
  std::vector<std::int32_t> before_;
};

}  // namespace

template <class Real>
Index sparse_panel_rows(Index rows, Index width) {
  const auto row_bytes = std::max<Index>(width, 1) * static_cast<Index>(sizeof(Real));
  const Index panel = std::min(factor_bytes_of_panel() / row_bytes, rows_for_each_thread(rows));
  return std::clamp<Index>(panel, kPanelUnit, kMostPanelRows);
}

template <class Real>
SparseBlock<Real>::SparseBlock(Index rows, Index columns, PanelArrays<Real> arrays)
    : rows_(rows), columns_(columns), arrays_(std::move(arrays)) {}

template <class Real>
SparseBlock<Real>::SparseBlock(Index rows, Index columns,
                               const std::vector<LocalEntry<Real>>& entries)
    : SparseBlock(rows, columns, entries, sparse_panel_rows<Real>(rows)) {}

template <class Real>
SparseBlock<Real>::SparseBlock(Index rows, Index columns,
                               const std::vector<LocalEntry<Real>>& entries, Index panel_rows)
    : rows_(rows), columns_(columns) {
  SparseBuilder<Real> builder(rows, columns, panel_rows);
  for (const LocalEntry<Real>& entry : entries) builder.add(entry);
  arrays_ = builder.write();
}

template <class Real>
Range SparseBlock<Real>::rows_of(Index panel) const {
  const Index begin = panel * arrays_.panel_rows;
  return {begin, std::min(begin + arrays_.panel_rows, rows_)};
}

template <class Real>
kernels::PanelView<Real> SparseBlock<Real>::panel(Index panel) const {
  const PanelStart begin = arrays_.starts.values()[static_cast<std::size_t>(panel)];
  const PanelStart end = arrays_.starts.values()[static_cast<std::size_t>(panel) + 1];
  return {.column = arrays_.columns.values().data() + begin.segment,
          .length = arrays_.lengths.values().data() + begin.segment,
          .row = arrays_.rows_inside.values().data() + begin.entry,
          .value = arrays_.values.values().data() + begin.entry,
          .segments = end.segment - begin.segment,
          .entries = end.entry - begin.entry,
          .rows = rows_of(panel).size(),
          .columns = columns_};
}

template <class Real>
template <class F>
void SparseBlock<Real>::for_each_panel_in(Range range, F f) const {
  const Index step = arrays_.panel_rows;
  if (range.begin % step != 0 || (range.end % step != 0 && range.end != rows_)) {
    throw Error(ErrorKind::internal, "a range of rows cuts a panel of sparse X");
  }
  for (Index i = range.begin; i < range.end; i += step) f(i / step);
}

template <class Real>
Index SparseBlock<Real>::panel_rows(Index /*width*/) const {
  return arrays_.panel_rows;
}

template <class Real>
void SparseBlock<Real>::times(Range range, const TallMatrix<Real>& T, Real* P) const {
  for_each_panel_in(range, [&](Index p) {
    kernels::times(panel(p), T.data(), T.width(), P + (rows_of(p).begin - range.begin) * T.width());
  });
}

template <class Real>
void SparseBlock<Real>::add_transposed_times(Range range, const Real* A,
                                             TallMatrix<Real>& Q) const {
  for_each_panel_in(range, [&](Index p) {
    kernels::add_transposed_times(panel(p), A + (rows_of(p).begin - range.begin) * Q.width(),
                                  Q.width(), Q.data());
  });
}

template <class Real>
double SparseBlock<Real>::squared_norm() const {
  return kernels::squared_norm(arrays_.values.values().data(), stored());
}

template <class Real>
std::vector<double> SparseBlock<Real>::squared_norms_of_rows() const {
  std::vector<double> norms(static_cast<std::size_t>(rows_), 0.0);
  for_each_entry([&](Index i, Index /*j*/, Real stored_value) {
    const auto value = static_cast<double>(stored_value);
    norms[static_cast<std::size_t>(i)] += value * value;
  });
  return norms;
}

template <class Real>
std::vector<double> SparseBlock<Real>::squared_norms_of_columns() const {
  std::vector<double> norms(static_cast<std::size_t>(columns_), 0.0);
  for (Index p = 0; p < panels(); ++p) {
    for_each_segment(p, [&](Index j, auto /*rows*/, auto values) {
      double& norm = norms[static_cast<std::size_t>(j)];
      for (const Real stored_value : values) {
        const auto value = static_cast<double>(stored_value);
        norm += value * value;
      }
    });
  }
  return norms;
}

template <class Real>
std::uint64_t SparseBlock<Real>::fingerprint(GlobalIndex row, GlobalIndex column) const {
  std::vector<std::uint64_t> of_rows(static_cast<std::size_t>(rows_), 0);
  const auto multipliers = column_multipliers(column, columns_);
  for (Index p = 0; p < panels(); ++p) {
    check_interrupted();
    for_each_entry(p, [&](Index i, Index j, Real value) {
      of_rows[static_cast<std::size_t>(i)] +=
          multipliers[static_cast<std::size_t>(j)] * value_fingerprint(static_cast<double>(value));
    });
  }
  std::uint64_t sum = 0;
  for (Index i = 0; i < rows_; ++i) {
    sum += row_multiplier(row.value + i) * of_rows[static_cast<std::size_t>(i)];
  }
  return sum;
}

/// The model where X has no entries: a difference of numbers that agree to many digits, so in twice
/// as many. Sums of squares are not negative; below what the digits hold it counts as nothing.
template <class Real>
double SparseBlock<Real>::model_squared_outside(TallView<const Real> A,
                                                TallView<const Real> T) const {
  const DoubleDouble model = product_squared_norm_exact(A, T);
  std::vector<DoubleDouble> inside(static_cast<std::size_t>(panels()));
  for_each_panel(rows_, arrays_.panel_rows, [&](Index /*thread*/, Range rows) {
    const Index p = rows.begin / arrays_.panel_rows;
    inside[static_cast<std::size_t>(p)] = kernels::model_squared_exact(
        panel(p), A.row(rows.begin), T.data, A.width, A.stride, T.stride);
  });
  DoubleDouble outside = model;
  for (const DoubleDouble& part : inside) outside = outside - part;
  return std::max(0.0, outside.value());
}

template <class Real>
double SparseBlock<Real>::residual_squared(TallView<const Real> A, TallView<const Real> T) const {
  const Index step = arrays_.panel_rows;
  // the stored entries of every panel: what X lacks there, and what the model has there already
  const auto terms_of = [&](Range rows) {
    return kernels::residual_terms_sparse(panel(rows.begin / step), A.row(rows.begin), T.data,
                                          A.width, A.stride, T.stride);
  };
  const double stored = sum_over_panels(rows_, step, [&](Range rows) {
    const auto terms = terms_of(rows);
    return terms.residual_squared - terms.model_squared;
  });
  const double model_squared = product_squared_norm(A, T);
  const double residual = model_squared + stored;
  // The bracket is a difference of large numbers; where little is left of them, go entry by entry
  // where that is cheap, and else through the stored ones with more digits.
  if (residual >= kCancellation * model_squared) return residual;
  const double entries = static_cast<double>(rows_) * static_cast<double>(columns_);
  const double with_digits =
      kPriceOfDigits * static_cast<double>(this->stored() + (rows_ + columns_) * A.width);
  if (entries > with_digits) {
    return sum_over_panels(rows_, step,
                           [&](Range rows) { return terms_of(rows).residual_squared; }) +
           model_squared_outside(A, T);
  }
  return sum_over_panels(rows_, step, [&](Range rows) {
    return kernels::residual_squared_sparse_exact(panel(rows.begin / step), A.row(rows.begin),
                                                  T.data, A.width, A.stride, T.stride);
  });
}

template <class Real>
void SparseBlock<Real>::copy_row(Index i, std::span<Real> out) const {
  std::ranges::fill(out, Real{0});
  for_each_entry(i / arrays_.panel_rows, [&](Index row, Index j, Real value) {
    if (row == i) out[static_cast<std::size_t>(j)] = value;
  });
}

template <class Real>
void SparseBlock<Real>::copy_column(Index j, std::span<Real> out) const {
  std::ranges::fill(out, Real{0});
  for (Index p = 0; p < panels(); ++p) {
    const kernels::PanelView<Real> view = panel(p);
    const auto* const end = view.column + view.segments;
    const auto* const found = std::lower_bound(view.column, end, static_cast<std::int32_t>(j));
    if (found == end || *found != j) continue;
    const Index segment = found - view.column;
    const Index begin = std::accumulate(view.length, view.length + segment, Index{0});
    for (Index e = begin; e < begin + view.length[segment]; ++e) {
      out[static_cast<std::size_t>(rows_of(p).begin + view.row[e])] = view.value[e];
    }
  }
}

template <class Real>
template <class Take>
void SparseBlock<Real>::for_each_entry_in(Range rows, Take take) const {
  if (rows.empty()) return;
  for (Index p = rows.begin / arrays_.panel_rows; p * arrays_.panel_rows < rows.end; ++p) {
    for_each_entry(p, [&](Index i, Index j, Real value) {
      if (rows.contains(i)) take(i, j, value);
    });
  }
}

template <class Real>
void SparseBlock<Real>::visit(Range rows, const typename BlockEntries<Real>::Visit& visit) const {
  std::vector<LocalEntry<Real>> batch;
  batch.reserve(kBatch);
  for_each_entry_in(rows, [&](Index i, Index j, Real value) {
    batch.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(j), value});
    if (batch.size() < kBatch) return;
    visit(batch);
    batch.clear();
  });
  if (!batch.empty()) visit(batch);
}

template <class Real>
void SparseBlock<Real>::gather(Range rows, RowEntries<Real>& out) const {
  // Counting sort by row: columns ascend in what is gone through.
  std::vector<Index>& begin = out.begin;
  begin.assign(static_cast<std::size_t>(rows.size()) + 1, 0);
  const auto place = [&](Index i) { return static_cast<std::size_t>(i - rows.begin); };
  for_each_entry_in(rows, [&](Index i, Index, Real) { ++begin[place(i) + 1]; });
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  out.columns.resize(static_cast<std::size_t>(begin.back()));
  out.values.resize(out.columns.size());
  std::vector<Index> next(begin.begin(), begin.end() - 1);
  for_each_entry_in(rows, [&](Index i, Index j, Real value) {
    const auto e = static_cast<std::size_t>(next[place(i)]++);
    out.columns[e] = static_cast<std::int32_t>(j);
    out.values[e] = value;
  });
}

template <class Real>
void SparseBlock<Real>::pick(Index i, std::span<const Index> columns, Real* out) const {
  std::vector<Real> row(static_cast<std::size_t>(columns_));
  copy_row(i, row);
  for (const Index j : columns) *out++ = row[static_cast<std::size_t>(j)];
}

template <class Real>
std::unique_ptr<Block<Real>> SparseBlock<Real>::select_rows(std::span<const Index> list) const {
  const PlacesOfLines places(rows_, list);
  std::vector<LocalEntry<Real>> chosen;
  std::vector<bool> seen(static_cast<std::size_t>(panels()), false);
  for (const Index i : list) seen[static_cast<std::size_t>(i / arrays_.panel_rows)] = true;
  for (Index p = 0; p < panels(); ++p) {
    if (!seen[static_cast<std::size_t>(p)]) continue;
    for_each_entry(p, [&](Index i, Index j, Real value) {
      places.for_each(i, [&](std::int32_t place) {
        chosen.push_back({place, static_cast<std::int32_t>(j), value});
      });
    });
  }
  return std::make_unique<SparseBlock>(static_cast<Index>(list.size()), columns_, chosen);
}

template <class Real>
std::unique_ptr<Block<Real>> SparseBlock<Real>::select_columns(std::span<const Index> list) const {
  const PlacesOfLines places(columns_, list);
  std::vector<LocalEntry<Real>> chosen;
  for (Index p = 0; p < panels(); ++p) {
    const Index first = rows_of(p).begin;
    for_each_segment(p, [&](Index j, auto rows, auto values) {
      places.for_each(j, [&](std::int32_t place) {
        for (std::size_t e = 0; e < rows.size(); ++e) {
          chosen.push_back({static_cast<std::int32_t>(first + rows[e]), place, values[e]});
        }
      });
    });
  }
  return std::make_unique<SparseBlock>(rows_, static_cast<Index>(list.size()), chosen);
}

template Index sparse_panel_rows<double>(Index, Index);
template Index sparse_panel_rows<float>(Index, Index);
template class SparseBlock<double>;
template class SparseBlock<float>;

}  // namespace partita
