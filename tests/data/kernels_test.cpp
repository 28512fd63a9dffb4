// Every kernel against plain loops in long double, on matrices given by closed forms, over widths
// and shapes that leave incomplete vectors and tiles. Buffers are exactly as long as they must be,
// so that an address sanitizer sees any read or write past an end. All of it on every instruction
// set that this machine has.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "data/kernels/dense_products.hpp"
#include "data/kernels/exact_sums.hpp"
#include "data/kernels/reductions.hpp"
#include "data/kernels/residual.hpp"
#include "data/kernels/sparse_products.hpp"
#include "data/kernels/targets.hpp"
// Highway's own headers come after targets.hpp.
#include <hwy/targets.h>

namespace partita::kernels {
namespace {

double entry(Index i, Index j) {
  return 1 + std::sin(0.7 * double(i) + 1.3 * double(j));
}
double factor_entry(Index i, Index l) {
  return std::cos(0.3 * double(i * (l + 1))) + 0.25;
}
bool is_stored(Index i, Index j) {
  return (i * 7 + j * 3) % 5 == 0 && i % 4 != 3;
}

template <typename Real>
std::vector<Real> factor(Index rows, Index stride) {
  std::vector<Real> F(std::size_t(rows * stride));
  for (Index i = 0; i < rows; ++i) {
    for (Index l = 0; l < stride; ++l) F[std::size_t(i * stride + l)] = Real(factor_entry(i, l));
  }
  return F;
}

/// X owned, in one storage, with the same values as a plain dense matrix.
template <typename Real>
struct DenseCase {
  DenseCase(Index rows, Index columns, Index padding = 0)
      : stride(columns + padding), data(std::size_t(std::max<Index>(rows * stride - padding, 0))) {
    for (Index i = 0; i < rows; ++i) {
      for (Index j = 0; j < columns; ++j) data[std::size_t(i * stride + j)] = Real(entry(i, j));
    }
    view = {data.data(), rows, columns, stride};
  }
  [[nodiscard]] Real at(Index i, Index j) const { return data[std::size_t(i * stride + j)]; }
  /// Borrows.
  [[nodiscard]] DenseCase rows_from(Index i, Index rows) const {
    DenseCase part(0, view.columns);
    part.view = {data.data() + i * stride, rows, view.columns, stride};
    return part;
  }
  Index stride;
  std::vector<Real> data;
  DenseView<Real> view;
};

/// Some rows of a sparse X, as one panel.
template <typename Real>
struct PanelCase {
  PanelCase(Index rows, Index columns) : PanelCase(Range{0, rows}, columns) {}
  PanelCase(Range rows, Index columns) : first(rows.begin) {
    for (Index j = 0; j < columns; ++j) {
      const std::size_t before = row.size();
      for (Index i = rows.begin; i < rows.end; ++i) {
        if (!is_stored(i, j)) continue;
        row.push_back(std::uint16_t(i - rows.begin));
        value.push_back(Real(entry(i, j)));
      }
      if (row.size() == before) continue;
      column.push_back(std::int32_t(j));
      length.push_back(std::uint16_t(row.size() - before));
    }
    view = {.column = column.data(),
            .length = length.data(),
            .row = row.data(),
            .value = value.data(),
            .segments = Index(column.size()),
            .entries = Index(row.size()),
            .rows = rows.size(),
            .columns = columns};
  }
  [[nodiscard]] Real at(Index i, Index j) const {
    return is_stored(first + i, j) ? Real(entry(first + i, j)) : Real(0);
  }
  [[nodiscard]] PanelCase rows_from(Index i, Index rows) const {
    return {Range{first + i, first + i + rows}, view.columns};
  }
  Index first;
  std::vector<std::int32_t> column;
  std::vector<std::uint16_t> length;
  std::vector<std::uint16_t> row;
  std::vector<Real> value;
  PanelView<Real> view;
};

/// Rounding of a sum of `terms` products of size up to 2.5: each step may lose half an epsilon of a
/// partial sum that grows with the steps, and the losses add up like a random walk.
template <typename Real>
double tolerance(Index terms) {
  const double n = double(terms + 4);
  return 2.5 * n * std::sqrt(n) * double(std::numeric_limits<Real>::epsilon());
}

template <typename Case, typename Real>
void check_times(const Case& X, Index width) {
  const auto T = factor<Real>(X.view.columns, width);
  std::vector<Real> P(std::size_t(X.view.rows * width), Real(-77));
  times(X.view, T.data(), width, P.data());
  for (Index i = 0; i < X.view.rows; ++i) {
    for (Index l = 0; l < width; ++l) {
      long double sum = 0;
      for (Index j = 0; j < X.view.columns; ++j) {
        sum += (long double)(X.at(i, j)) * T[std::size_t(j * width + l)];
      }
      ASSERT_NEAR(double(P[std::size_t(i * width + l)]), double(sum),
                  tolerance<Real>(X.view.columns))
          << i << ' ' << l << " width " << width;
    }
  }
}

template <typename Case, typename Real>
void check_transposed(const Case& X, Index width) {
  const auto A = factor<Real>(X.view.rows, width);
  std::vector<Real> Q(std::size_t(X.view.columns * width), Real(0.5));
  add_transposed_times(X.view, A.data(), width, Q.data());
  for (Index j = 0; j < X.view.columns; ++j) {
    for (Index l = 0; l < width; ++l) {
      long double sum = 0.5L;
      for (Index i = 0; i < X.view.rows; ++i) {
        sum += (long double)(X.at(i, j)) * A[std::size_t(i * width + l)];
      }
      ASSERT_NEAR(double(Q[std::size_t(j * width + l)]), double(sum), tolerance<Real>(X.view.rows))
          << j << ' ' << l << " width " << width;
    }
  }
}

std::vector<Index> widths() {
  std::vector<Index> all;
  for (Index width = 1; width <= 40; ++width) all.push_back(width);
  all.insert(all.end(), {64, 65, 100, 256});
  return all;
}

struct Shape {
  Index rows;
  Index columns;
};
constexpr Shape kShapes[] = {{0, 5}, {5, 0}, {1, 1}, {1, 70}, {67, 1}, {13, 29}, {50, 49}};

/// The instruction sets that the kernels are compiled for and this machine has, the best one first.
const std::vector<std::int64_t>& targets() {
  static const std::vector<std::int64_t> all = hwy::SupportedAndGeneratedTargets();
  return all;
}
constexpr std::size_t kMostTargets = 4;

/// Numbers of one type on the instruction set at one position in targets().
template <typename Number, std::size_t position>
struct On {
  using Real = Number;
  static constexpr std::size_t kPosition = position;
};

/// Every test runs on every instruction set, as if the machine had none but that.
template <typename Case>
class Kernels : public testing::Test {
 protected:
  void SetUp() override {
    if (Case::kPosition >= targets().size()) GTEST_SKIP() << "no such instruction set here";
    use_only(targets()[Case::kPosition]);
  }
  void TearDown() override { use_only(0); }  // 0 for all that there are

 private:
  static void use_only(std::int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

struct NameOfCase {
  template <typename Case>
  static std::string GetName(int /*position*/) {
    const std::string real = sizeof(typename Case::Real) == sizeof(float) ? "float" : "double";
    return Case::kPosition < targets().size() ? real + hwy::TargetName(targets()[Case::kPosition])
                                              : real + std::to_string(Case::kPosition);
  }
};

using Cases = testing::Types<On<double, 0>, On<float, 0>, On<double, 1>, On<float, 1>,
                             On<double, 2>, On<float, 2>, On<double, 3>, On<float, 3>>;
TYPED_TEST_SUITE(Kernels, Cases, NameOfCase);

TEST(KernelTargets, AllAreTested) {
  EXPECT_LE(targets().size(), kMostTargets);
}

TYPED_TEST(Kernels, ProductsAgreeWithPlainLoopsForAllWidths) {
  using Real = typename TypeParam::Real;
  for (const Shape shape : kShapes) {
    const DenseCase<Real> dense(shape.rows, shape.columns, 3);
    const PanelCase<Real> sparse(shape.rows, shape.columns);
    for (const Index width : widths()) {
      check_times<DenseCase<Real>, Real>(dense, width);
      check_times<PanelCase<Real>, Real>(sparse, width);
      check_transposed<DenseCase<Real>, Real>(dense, width);
      check_transposed<PanelCase<Real>, Real>(sparse, width);
    }
  }
}

TYPED_TEST(Kernels, ProductsAgreeWithPlainLoopsOverSeveralCacheBlocks) {
  using Real = typename TypeParam::Real;
  for (const Shape shape : {Shape{150, 1100}, Shape{300, 140}}) {
    for (const Index width : {1, 7, 16, 33, 70}) {
      const DenseCase<Real> dense(shape.rows, shape.columns);
      check_times<DenseCase<Real>, Real>(dense, width);
      check_transposed<DenseCase<Real>, Real>(dense, width);
      check_times<PanelCase<Real>, Real>(PanelCase<Real>(shape.rows, 200), width);
    }
  }
}

TYPED_TEST(Kernels, ProductsWithVeryWideFactorsAgreeWithPlainLoops) {
  using Real = typename TypeParam::Real;
  const DenseCase<Real> dense(330, 290, 5);
  check_times<DenseCase<Real>, Real>(dense, 260);
  check_transposed<DenseCase<Real>, Real>(dense, 260);
}

/// Rows computed panel by panel are those of the whole block, to the last bit.
template <typename Case, typename Real>
void check_panels(const Case& X, Index width) {
  const auto T = factor<Real>(X.view.columns, width);
  std::vector<Real> whole(std::size_t(X.view.rows * width));
  std::vector<Real> panels(whole.size());
  times(X.view, T.data(), width, whole.data());
  Index height = 1;
  for (Index i = 0; i < X.view.rows; i += height, ++height) {
    const Index rows = std::min(height, X.view.rows - i);
    times(X.rows_from(i, rows).view, T.data(), width, panels.data() + i * width);
  }
  EXPECT_EQ(whole, panels) << "width " << width;
}

TYPED_TEST(Kernels, RowsDoNotDependOnThePanel) {
  using Real = typename TypeParam::Real;
  for (const Index width : {1, 5, 8, 16, 24, 31, 32, 48, 100, 260}) {
    check_panels<DenseCase<Real>, Real>(DenseCase<Real>(107, 1500), width);
    check_panels<PanelCase<Real>, Real>(PanelCase<Real>(107, 90), width);
  }
}

TYPED_TEST(Kernels, GramOfAWindowIsSymmetricAndRight) {
  using Real = typename TypeParam::Real;
  for (const Index rows : {0, 1, 63, 200}) {
    for (const Index width : widths()) {
      const Index stride = width + 5;
      const auto W = factor<Real>(rows, stride);
      std::vector<double> G(std::size_t(width * width), -1.0);
      gram(W.data(), rows, width, stride, G.data());
      for (Index a = 0; a < width; ++a) {
        for (Index b = 0; b < width; ++b) {
          long double sum = 0;
          for (Index i = 0; i < rows; ++i) {
            sum += (long double)(W[std::size_t(i * stride + a)]) * W[std::size_t(i * stride + b)];
          }
          ASSERT_NEAR(G[std::size_t(a * width + b)], double(sum), tolerance<double>(rows));
          ASSERT_EQ(G[std::size_t(a * width + b)], G[std::size_t(b * width + a)]);
        }
      }
    }
  }
}

TYPED_TEST(Kernels, DotAndNormSumInDouble) {
  using Real = typename TypeParam::Real;
  for (const Index rows : {0, 1, 3, 500}) {
    for (const Index width : widths()) {
      for (const Index padding : {0, 2}) {
        const Index stride = width + padding;
        const auto a = factor<Real>(rows, stride);
        const auto b = factor<Real>(rows, width);
        long double sum = 0;
        long double squares = 0;
        for (Index i = 0; i < rows; ++i) {
          for (Index l = 0; l < width; ++l) {
            const long double x = a[std::size_t(i * stride + l)];
            sum += x * b[std::size_t(i * width + l)];
            squares += x * x;
          }
        }
        const double near = tolerance<double>(rows * width);
        EXPECT_NEAR(dot(a.data(), b.data(), rows, width, stride, width), double(sum), near);
        if (padding == 0) {
          EXPECT_NEAR(squared_norm(a.data(), rows * width), double(squares), near);
        }
      }
    }
  }
}

/// The three residuals of one case by plain loops: over all entries, and the two over stored ones.
template <typename Case, typename Real>
void plain_residuals(const Case& X, const std::vector<Real>& A, const std::vector<Real>& T,
                     Index width, Index stride_a, Index stride_t, double* all,
                     SparseResidualTerms* stored) {
  long double sum = 0;
  for (Index i = 0; i < X.view.rows; ++i) {
    for (Index j = 0; j < X.view.columns; ++j) {
      long double model = 0;
      for (Index l = 0; l < width; ++l) {
        model += (long double)(A[std::size_t(i * stride_a + l)]) * T[std::size_t(j * stride_t + l)];
      }
      const double squared = double((X.at(i, j) - model) * (X.at(i, j) - model));
      sum += squared;
      if (!is_stored(i, j)) continue;
      stored->residual_squared += squared;
      stored->model_squared += double(model * model);
    }
  }
  *all = double(sum);
}

TYPED_TEST(Kernels, ResidualsAgreeWithPlainLoops) {
  using Real = typename TypeParam::Real;
  for (const Shape shape :
       {Shape{0, 4}, Shape{4, 0}, Shape{1, 1}, Shape{49, 131}, Shape{25, 270}}) {
    for (const Index width : {1, 2, 7, 8, 16, 33, 100}) {
      const Index stride_a = width + 3;
      const Index stride_t = width + 1;
      const auto A = factor<Real>(shape.rows, stride_a);
      const auto T = factor<Real>(shape.columns, stride_t);
      const DenseCase<Real> dense(shape.rows, shape.columns, 2);
      const PanelCase<Real> sparse(shape.rows, shape.columns);
      double all = 0;
      SparseResidualTerms stored;
      plain_residuals(dense, A, T, width, stride_a, stride_t, &all, &stored);
      EXPECT_NEAR(residual_squared_dense(dense.view, A.data(), T.data(), width, stride_a, stride_t),
                  all, 1e-12 * (all + 1));
      stored = {};
      plain_residuals(sparse, A, T, width, stride_a, stride_t, &all, &stored);
      EXPECT_NEAR(
          residual_squared_sparse_exact(sparse.view, A.data(), T.data(), width, stride_a, stride_t),
          all, 1e-12 * (all + 1));
      const auto terms =
          residual_terms_sparse(sparse.view, A.data(), T.data(), width, stride_a, stride_t);
      EXPECT_NEAR(terms.residual_squared, stored.residual_squared,
                  1e-12 * (stored.residual_squared + 1));
      EXPECT_NEAR(terms.model_squared, stored.model_squared, 1e-12 * (stored.model_squared + 1));
    }
  }
}

TYPED_TEST(Kernels, ResidualOfAnExactProductIsRounding) {
  using Real = typename TypeParam::Real;
  const Index rows = 60;
  const Index columns = 200;
  DenseCase<Real> X(rows, columns);
  const std::vector<Real> A(std::size_t(rows), Real(0.5));
  std::vector<Real> T(std::size_t(columns), Real(0.25));
  std::fill(X.data.begin(), X.data.end(), Real(0.125));
  EXPECT_EQ(residual_squared_dense(X.view, A.data(), T.data(), 1, 1, 1), 0.0);
  T[7] = Real(0.25 + 0x1p-20);
  EXPECT_DOUBLE_EQ(residual_squared_dense(X.view, A.data(), T.data(), 1, 1, 1),
                   double(rows) * 0x1p-42);
}

TYPED_TEST(Kernels, ExactSumsAgreeWithLongOnes) {
  using Real = typename TypeParam::Real;
  const auto near = [](const DoubleDouble& found, long double expected) {
    EXPECT_NEAR(double((long double)(found.high) - expected + found.low), 0,
                1e-17 * double(std::abs(expected) + 1));
  };
  for (const Index rows : {0, 1, 63, 200}) {
    for (const Index width : {1, 2, 7, 8, 16, 33}) {
      const Index stride = width + 3;
      const auto W = factor<Real>(rows, stride);
      std::vector<DoubleDouble> G(std::size_t(width * width));
      gram_exact(W.data(), rows, width, stride, G.data());
      for (Index a = 0; a < width; ++a) {
        for (Index b = 0; b < width; ++b) {
          long double sum = 0;
          for (Index i = 0; i < rows; ++i) {
            sum += (long double)(W[std::size_t(i * stride + a)]) * W[std::size_t(i * stride + b)];
          }
          near(G[std::size_t(a * width + b)], sum);
        }
      }
      const PanelCase<Real> X(rows, 40);
      const auto T = factor<Real>(40, width);
      long double squares = 0;
      for (Index i = 0; i < rows; ++i) {
        for (Index j = 0; j < 40; ++j) {
          long double model = 0;
          for (Index l = 0; l < width; ++l) {
            model += (long double)(W[std::size_t(i * stride + l)]) * T[std::size_t(j * width + l)];
          }
          if (is_stored(i, j)) squares += model * model;
        }
      }
      near(model_squared_exact(X.view, W.data(), T.data(), width, stride, width), squares);
    }
  }
}

}  // namespace
}  // namespace partita::kernels
