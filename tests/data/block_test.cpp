// Dense and sparse blocks against plain loops over a whole matrix.
#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <memory>
#include <set>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.hpp"
#include "base/threads.hpp"
#include "data/blocks/low_rank_block.hpp"
#include "data/blocks/sparse_builder.hpp"
#include "support/matrices.hpp"

namespace partita::testing {
namespace {

/// About a third of the entries, one empty row and one empty column.
Matrix example(Index rows, Index columns) {
  Matrix X = Matrix::Zero(rows, columns);
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < columns; ++j) {
      if ((i * 7 + j * 5) % 3 != 0 || i == 4 || j == 2) continue;
      X(i, j) = 1 + static_cast<double>((i * 13 + j * 29) % 31) / 8;
    }
  }
  return X;
}

template <class Real>
TallMatrix<Real> tall(Index rows, Index width, double phase) {
  TallMatrix<Real> W(rows, width);
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < width; ++j) {
      W(i, j) = static_cast<Real>(std::sin(phase + 0.7 * double(i) + 1.9 * double(j)));
    }
  }
  return W;
}

template <class Real>
Matrix whole_of(const TallMatrix<Real>& W) {
  Matrix M(W.rows(), W.width());
  for (Index i = 0; i < W.rows(); ++i) {
    for (Index j = 0; j < W.width(); ++j) M(i, j) = static_cast<double>(W(i, j));
  }
  return M;
}

template <class Real>
Matrix whole_of(const Block<Real>& block) {
  Matrix M(block.rows(), block.columns());
  std::vector<Real> row(std::size_t(block.columns()));
  for (Index i = 0; i < block.rows(); ++i) {
    block.entries()->copy_row(i, row);
    for (Index j = 0; j < block.columns(); ++j) {
      M(i, j) = static_cast<double>(row[std::size_t(j)]);
    }
  }
  return M;
}

/// Dense blocks take any range.
template <class Real>
Index smallest_range(const Block<Real>& block) {
  return block.is_sparse() ? block.panel_rows(1) : 1;
}

template <class Real>
class Blocks : public ::testing::Test {
 protected:
  static constexpr double kEpsilon = double(std::numeric_limits<Real>::epsilon());

  /// Runs a check on the example as a dense and as a sparse block, in several shapes.
  template <class Check>
  static void on_both(Check check) {
    for (const bool sparse : {false, true}) {
      for (const auto& [rows, columns] :
           {std::pair<Index, Index>{1, 1}, {17, 12}, {5, 40}, {0, 7}, {9, 0}, {130, 33}}) {
        SCOPED_TRACE((sparse ? "sparse " : "dense ") + std::to_string(rows) + "x" +
                     std::to_string(columns));
        const Matrix X = example(rows, columns);
        check(X, *make_block<Real>(X, {0, rows}, {0, columns}, sparse));
      }
    }
  }
};
using Reals = ::testing::Types<double, float>;
TYPED_TEST_SUITE(Blocks, Reals);

TYPED_TEST(Blocks, KnowTheirShape) {
  TestFixture::on_both([](const Matrix& X, const Block<TypeParam>& block) {
    EXPECT_EQ(block.rows(), X.rows());
    EXPECT_EQ(block.columns(), X.cols());
    const Index nonzeros = (X.array() != 0).count();
    EXPECT_EQ(block.stored(), block.is_sparse() ? nonzeros : X.size());
    EXPECT_NEAR(block.squared_norm(), X.squaredNorm(), 1e-12 * (1 + X.squaredNorm()));
  });
}

TYPED_TEST(Blocks, ProductsEqualPlainLoops) {
  using Real = TypeParam;
  TestFixture::on_both([](const Matrix& X, const Block<Real>& block) {
    for (const Index width : {1, 3, 8, 20}) {
      const TallMatrix<Real> T = tall<Real>(X.cols(), width, 0.1);
      const TallMatrix<Real> A = tall<Real>(X.rows(), width, 0.5);
      TallMatrix<Real> P(X.rows(), width);
      TallMatrix<Real> Q(X.cols(), width);
      Q.fill(Real{2});
      const Index third = X.rows() / 3;
      const Index cut = third - third % smallest_range(block);
      for (const Range rows : {Range{0, cut}, Range{cut, X.rows()}}) {
        block.times(rows, T, P.row(rows.begin));
        block.add_transposed_times(rows, A.row(rows.begin), Q);
      }
      const Matrix expected_P = X * whole_of(T);
      const Matrix expected_Q =
          X.transpose() * whole_of(A) + Matrix::Constant(X.cols(), width, 2.0);
      const double tolerance =
          4 * TestFixture::kEpsilon * (2 + X.cwiseAbs().sum() / (1 + double(width)));
      if (X.rows() > 0) {
        EXPECT_LE((whole_of(P) - expected_P).cwiseAbs().sum(), tolerance * double(width * 4));
      }
      if (X.cols() > 0) {
        EXPECT_LE((whole_of(Q) - expected_Q).cwiseAbs().sum(), tolerance * double(width * 4));
      }
    }
  });
}

TYPED_TEST(Blocks, RowsOfProductsDoNotDependOnTheRange) {
  using Real = TypeParam;
  TestFixture::on_both([](const Matrix& X, const Block<Real>& block) {
    const TallMatrix<Real> T = tall<Real>(X.cols(), 6, 0.3);
    TallMatrix<Real> together(X.rows(), 6);
    TallMatrix<Real> alone(X.rows(), 6);
    block.times({0, X.rows()}, T, together.data());
    const Index step = smallest_range(block);
    for (Index i = 0; i < X.rows(); i += step) {
      block.times({i, std::min(i + step, X.rows())}, T, alone.row(i));
    }
    EXPECT_EQ(whole_of(together), whole_of(alone));
  });
}

TYPED_TEST(Blocks, CopiesAndSelectionsFillInZeros) {
  using Real = TypeParam;
  TestFixture::on_both([](const Matrix& X, const Block<Real>& block) {
    std::vector<Real> column(std::size_t(X.rows()), Real{9});
    for (Index j = 0; j < X.cols(); ++j) {
      block.entries()->copy_column(j, column);
      for (Index i = 0; i < X.rows(); ++i) {
        EXPECT_EQ(static_cast<double>(column[std::size_t(i)]), X(i, j));
      }
    }
    std::vector<Index> rows;  // backwards, one left out, one twice
    for (Index i = X.rows() - 1; i > 0; --i) rows.push_back(i);
    if (X.rows() > 0) rows.push_back(X.rows() - 1);
    std::vector<Index> columns;
    for (Index j = X.cols() - 1; j > 0; --j) columns.push_back(j);
    if (X.cols() > 0) columns.push_back(X.cols() - 1);
    EXPECT_EQ(whole_of(*block.entries()->select_rows(rows)), Matrix(X(rows, Eigen::all)));
    EXPECT_EQ(whole_of(*block.entries()->select_columns(columns)), Matrix(X(Eigen::all, columns)));
    EXPECT_EQ(block.entries()->select_rows({})->rows(), 0);
    EXPECT_EQ(block.entries()->select_columns({})->columns(), 0);
    EXPECT_EQ(block.entries()->select_rows(rows)->is_sparse(), block.is_sparse());
  });
}

TYPED_TEST(Blocks, VisitAndGatherDeliverWhatIsStored) {
  using Real = TypeParam;
  TestFixture::on_both([](const Matrix& X, const Block<Real>& block) {
    for (const Range rows : {Range{0, X.rows()}, Range{X.rows() / 3, X.rows() / 2}}) {
      Matrix visited = Matrix::Zero(X.rows(), X.cols());
      Index count = 0;
      block.entries()->visit(rows, [&](std::span<const LocalEntry<Real>> entries) {
        for (const auto& [i, j, value] : entries) {
          visited(i, j) += static_cast<double>(value);
          ++count;
        }
      });
      RowEntries<Real> gathered;
      block.entries()->gather(rows, gathered);
      ASSERT_EQ(static_cast<Index>(gathered.begin.size()), rows.size() + 1);
      EXPECT_EQ(gathered.begin.back(), count);
      for (Index i = rows.begin; i < rows.end; ++i) {
        EXPECT_EQ(Matrix(visited.row(i)), Matrix(X.row(i)));
        const auto r = static_cast<std::size_t>(i - rows.begin);
        Index before = -1;
        for (Index at = gathered.begin[r]; at < gathered.begin[r + 1]; ++at) {
          const auto e = static_cast<std::size_t>(at);
          const Index j = gathered.columns[e];
          EXPECT_LT(before, j);
          before = j;
          EXPECT_EQ(static_cast<double>(gathered.values[e]), X(i, j));
        }
      }
      EXPECT_TRUE(block.is_sparse() || count == rows.size() * X.cols());
    }
  });
}

TYPED_TEST(Blocks, NormsAndPicksEqualPlainLoops) {
  using Real = TypeParam;
  TestFixture::on_both([](const Matrix& X, const Block<Real>& block) {
    const auto rows = block.entries()->squared_norms_of_rows();
    for (Index i = 0; i < X.rows(); ++i) {
      EXPECT_NEAR(rows[std::size_t(i)], X.row(i).squaredNorm(), 1e-12 * X.squaredNorm());
    }
    const auto columns = block.entries()->squared_norms_of_columns();
    for (Index j = 0; j < X.cols(); ++j) {
      EXPECT_NEAR(columns[std::size_t(j)], X.col(j).squaredNorm(), 1e-12 * X.squaredNorm());
    }
    if (X.size() == 0) return;
    const std::vector<Index> places = {X.cols() - 1, 0, X.cols() - 1};
    std::vector<Real> picked(3);
    block.entries()->pick(X.rows() - 1, places, picked.data());
    for (std::size_t p = 0; p < 3; ++p) {
      EXPECT_EQ(static_cast<double>(picked[p]), X(X.rows() - 1, places[p]));
    }
  });
}

TYPED_TEST(Blocks, ResidualEqualsPlainLoops) {
  using Real = TypeParam;
  TestFixture::on_both([](const Matrix& X, const Block<Real>& block) {
    const TallMatrix<Real> A = tall<Real>(X.rows(), 4, 0.2);
    const TallMatrix<Real> T = tall<Real>(X.cols(), 4, 0.9);
    const double expected = (X - whole_of(A) * whole_of(T).transpose()).squaredNorm();
    EXPECT_NEAR(block.residual_squared(whole(A), whole(T)), expected, 1e-12 * (1 + expected));
    const double of_window =
        (X - whole_of(A).middleCols(1, 2) * whole_of(T).middleCols(1, 2).transpose()).squaredNorm();
    EXPECT_NEAR(block.residual_squared(window(A, 1, 2), window(T, 1, 2)), of_window,
                1e-12 * (1 + of_window));
  });
}

/// Powers of two make X = A Tᵀ exact, so that what is left is what is put there.
TYPED_TEST(Blocks, TinyResidualsDoNotCancel) {
  using Real = TypeParam;
  for (const bool sparse : {false, true}) {
    TallMatrix<Real> A(24, 2);
    TallMatrix<Real> T(18, 2);
    Matrix X = Matrix::Zero(24, 18);
    for (Index i = 0; i < 24; ++i) A(i, i % 2) = static_cast<Real>(std::ldexp(1.0, int(i % 5)));
    for (Index j = 0; j < 18; ++j) T(j, j % 2) = static_cast<Real>(std::ldexp(1.0, int(j % 4)));
    for (Index i = 0; i < 24; ++i) {
      for (Index j = i % 2; j < 18; j += 2) {
        X(i, j) = double(A(i, i % 2)) * double(T(j, i % 2));
      }
    }
    const auto exact = make_block<Real>(X, {0, 24}, {0, 18}, sparse);
    EXPECT_EQ(exact->residual_squared(whole(A), whole(T)), 0);
    const double step = std::is_same_v<Real, float> ? 0x1p-20 : 0x1p-40;
    X(5, 7) += step;
    const auto close = make_block<Real>(X, {0, 24}, {0, 18}, sparse);
    EXPECT_DOUBLE_EQ(close->residual_squared(whole(A), whole(T)), step * step);
  }
}

/// Where X is large and the fit is good, the residual comes from the stored entries alone, in more
/// digits; it is that of the walk through all entries, whatever is left of it.
TYPED_TEST(Blocks, ResidualsOfGoodFitsToLargeSparseMatrices) {
  using Real = TypeParam;
  constexpr Index kSide = 600;
  constexpr Index kWidth = 3;
  TallMatrix<Real> A(kSide, kWidth);
  TallMatrix<Real> T(kSide, kWidth);
  for (Index l = 0; l < kWidth; ++l) {
    for (Index i = 0; i < 6; ++i) {
      A(l * 40 + i * 3, l) = static_cast<Real>(1.0 / static_cast<double>(3 + i + l));
      T(l * 70 + i * 5, l) = static_cast<Real>(1.0 / static_cast<double>(7 + 2 * i + l));
    }
  }
  const Matrix model = whole_of(A) * whole_of(T).transpose();
  for (const double left : {1e-2, 1e-5, 1e-9}) {
    SCOPED_TRACE(left);
    Matrix X = model;
    X(3, 5) += left;                      // stored, and in the model
    T(500, 0) = static_cast<Real>(left);  // in the model, and not stored
    for (Index i = 0; i < kSide; ++i) {
      for (Index j = 0; j < kSide; ++j) X(i, j) = double(static_cast<Real>(X(i, j)));
    }
    const double expected = (X - whole_of(A) * whole_of(T).transpose()).squaredNorm();
    const auto block = make_block<Real>(X, {0, kSide}, {0, kSide}, true);
    EXPECT_NEAR(block->residual_squared(whole(A), whole(T)) / expected, 1, 1e-12);
  }
}

/// With whole numbers every product is exact.
TYPED_TEST(Blocks, OfLowRankAreTheProductOfTheirFactors) {
  using Real = TypeParam;
  const auto whole_numbers = [](Index rows, Index width, Index step) {
    TallMatrix<Real> W(rows, width);
    for (Index i = 0; i < rows; ++i) {
      for (Index j = 0; j < width; ++j) W(i, j) = static_cast<Real>((i * step + j * 3) % 7 - 3);
    }
    return W;
  };
  for (const auto& [rows, columns] : {std::pair<Index, Index>{70, 9}, {5, 40}, {0, 4}, {3, 0}}) {
    SCOPED_TRACE(std::to_string(rows) + "x" + std::to_string(columns));
    const TallMatrix<Real> U = whole_numbers(rows, 4, 5);
    const TallMatrix<Real> V = whole_numbers(columns, 4, 2);
    const Matrix X = whole_of(U) * whole_of(V).transpose();
    const LowRankBlock<Real> block(U, V);
    EXPECT_EQ(block.squared_norm(), X.squaredNorm());
    const TallMatrix<Real> T = whole_numbers(columns, 3, 4);
    const TallMatrix<Real> A = whole_numbers(rows, 3, 1);
    TallMatrix<Real> space;
    TallMatrix<Real> P(rows, 3);
    TallMatrix<Real> Q(block.sum_rows(), 3);
    for (const Range part : {Range{0, rows / 3}, Range{rows / 3, rows}}) {
      block.times(part, block.prepare(T, space), P.row(part.begin));
      block.add_transposed_times(part, A.row(part.begin), Q);
    }
    block.complete(Q);
    EXPECT_EQ(whole_of(P), Matrix(X * whole_of(T)));
    EXPECT_EQ(whole_of(Q), Matrix(X.transpose() * whole_of(A)));
    EXPECT_EQ(block.residual_squared(whole(A), whole(T)),
              (X - whole_of(A) * whole_of(T).transpose()).squaredNorm());
    EXPECT_EQ(block.entries(), nullptr);
    std::vector<Real> column(static_cast<std::size_t>(rows));
    for (Index j = 0; j < columns; ++j) {
      copy_column(block, j, std::span(column));
      for (Index i = 0; i < rows; ++i) {
        EXPECT_EQ(static_cast<double>(column[static_cast<std::size_t>(i)]), X(i, j));
      }
    }
  }
}

TEST(SparseBlock, AddsUpDuplicatesInAnyOrder) {
  const SparseBlock<double> block(
      3, 4, {{2, 1, 1.5}, {0, 3, 2}, {2, 1, 0.25}, {0, 0, 1}, {2, 1, 1}, {0, 3, -2}});
  Matrix expected = Matrix::Zero(3, 4);
  expected(2, 1) = 2.75;
  expected(0, 0) = 1;
  EXPECT_EQ(whole_of(block), expected);
  EXPECT_LE(block.stored(), 3);
}

TEST(SparseBlock, RefusesPositionsBeyond32Bits) {
  try {
    const SparseBuilder<double> builder(Index{1} << 31, 1, 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
  }
  EXPECT_THROW(SparseBuilder<float>(1, Index{1} << 31, 1), Error);
}

TEST(SparseBlock, ListsTheEntriesOfRowsInOrder) {
  const Matrix X = example(40, 23);
  const auto made = make_block<double>(X, {0, 40}, {0, 23}, true);
  const auto& block = dynamic_cast<const SparseBlock<double>&>(*made);
  ASSERT_GT(block.panels(), 3);
  for (const Range rows : {Range{0, 40}, Range{5, 22}, Range{13, 14}, Range{9, 9}}) {
    RowEntries<double> gathered;
    block.gather(rows, gathered);
    std::vector<double> expected;
    for (Index i = rows.begin; i < rows.end; ++i) {
      for (Index j = 0; j < 23; ++j) {
        if (X(i, j) != 0) expected.push_back(X(i, j));
      }
    }
    EXPECT_EQ(gathered.values, expected);
  }
}

TEST(SparseBlock, RefusesRangesThatCutAPanel) {
  const auto block = make_block<double>(example(40, 23), {0, 40}, {0, 23}, true);
  const TallMatrix<double> T = tall<double>(23, 2, 0);
  TallMatrix<double> P(40, 2);
  const Index step = block->panel_rows(2);
  ASSERT_GT(step, 1);
  EXPECT_THROW(block->times({0, step + 1}, T, P.data()), Error);
  EXPECT_THROW(block->times({step - 1, 40}, T, P.data()), Error);
  block->times({step, 3 * step}, T, P.data());
  block->times({step, 40}, T, P.data());
}

/// As many as a core's cache takes, more of narrow factors; some for every thread.
TEST(SparseBlock, PanelsSuitTheFactors) {
  const Index usual = sparse_panel_rows<double>(1'000'000);
  EXPECT_EQ(sparse_panel_rows<double>(1'000'000, 2 * kUsualWidth), usual / 2);
  EXPECT_EQ(sparse_panel_rows<float>(1'000'000), 2 * usual);
  EXPECT_LE(sparse_panel_rows<double>(1'000'000, 1), kMostPanelRows);
  EXPECT_GE(sparse_panel_rows<double>(1'000'000, 1'000'000), 1);
  EXPECT_GE(sparse_panel_rows<double>(10), 1);
  if (!has_threads()) return;
  const ThreadScope threads(4);
  EXPECT_LE(sparse_panel_rows<double>(8000), 8000 / 4);
}

/// More entries in a patch than go into one piece of memory; panels of one row, of several and of
/// all.
TEST(SparseBuilder, ManyEntriesAndManyRows) {
  for (const auto& [rows, panel_rows] :
       {std::pair<Index, Index>{2, 100}, {1000, 1}, {1000, 30}, {1000, 40000}}) {
    SCOPED_TRACE(std::to_string(rows) + " rows in panels of " + std::to_string(panel_rows));
    constexpr Index kColumns = 700;
    SparseBuilder<double> builder(rows, kColumns, panel_rows);
    Matrix expected = Matrix::Zero(rows, kColumns);
    for (Index e = 0; e < 400'000; ++e) {
      const Index i = e * 37 % rows;
      const Index j = (e * 101 + e / 3000) % kColumns;
      const auto value = static_cast<double>(1 + e % 5);
      builder.add({static_cast<std::int32_t>(i), static_cast<std::int32_t>(j), value});
      expected(i, j) += value;
    }
    EXPECT_EQ(builder.entries(), 400'000);
    const SparseBlock<double> block(rows, kColumns, builder.write());
    EXPECT_EQ(builder.entries(), 0);
    EXPECT_EQ(whole_of(block), expected);
    EXPECT_EQ(block.stored(), (expected.array() != 0).count());
    EXPECT_LE(block.panel_rows(1), panel_rows);
    for (Index p = 0; p < block.panels(); ++p) {
      std::pair<Index, Index> last{-1, -1};
      block.for_each_entry(p, [&](Index i, Index j, double /*value*/) {
        EXPECT_LT(last, std::pair(j, i));
        EXPECT_TRUE(block.rows_of(p).contains(i));
        last = {j, i};
      });
    }
  }
}

/// So many panels and columns that going through all of their pairs would never end.
TEST(SparseBuilder, TimeFollowsTheEntries) {
  constexpr Index kRows = 20'000'000;
  constexpr Index kColumns = 20'000'000;
  constexpr auto kLast = static_cast<std::int32_t>(kRows - 1);
  const SparseBlock<double> block(
      kRows, kColumns,
      {{kLast, kLast, 2}, {0, 0, 1}, {kLast, 5, 4}, {7'000'000, 1, 3}, {kLast, kLast, 0.5}}, 512);
  ASSERT_GT(block.panels(), 30'000);
  EXPECT_EQ(block.stored(), 4);
  EXPECT_EQ(block.squared_norm(), 1 + 9 + 16 + 6.25);
  const auto rows = block.entries()->select_rows(std::vector<Index>{kLast, 7'000'000});
  EXPECT_EQ(rows->stored(), 3);
  const auto columns = rows->entries()->select_columns(std::vector<Index>{1, kLast});
  EXPECT_EQ(whole_of(*columns), (Matrix(2, 2) << 0, 2.5, 3, 0).finished());
  EXPECT_EQ(block.entries()->select_columns(std::vector<Index>{0})->stored(), 1);
}

/// Entries that are all in patches of their own take a small piece of memory each.
TEST(SparseBuilder, MemoryFollowsTheEntries) {
  constexpr Index kEntries = 100'000;
  const auto address_space = [] {
    Index pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return static_cast<rlim_t>(pages * sysconf(_SC_PAGESIZE));
  };
  rlimit before{};
  getrlimit(RLIMIT_AS, &before);
  const rlimit tight{address_space() + (rlim_t{1} << 30), before.rlim_max};
  setrlimit(RLIMIT_AS, &tight);
  constexpr Index kPanelRows = 64;
  SparseBuilder<double> builder(kEntries * kPanelRows, 1, kPanelRows);
  for (Index e = 0; e < kEntries; ++e) {
    builder.add({static_cast<std::int32_t>(e * kPanelRows), 0, static_cast<double>(e)});
  }
  const SparseBlock<double> block(kEntries * kPanelRows, 1, builder.write());
  setrlimit(RLIMIT_AS, &before);
  EXPECT_EQ(block.stored(), kEntries);
}

TEST(Fingerprint, IsASumOverEntriesHoweverTheyAreCut) {
  const Index rows = 23;
  const Index columns = 17;
  const Matrix X = example(rows, columns);
  std::uint64_t expected = 0;
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < columns; ++j) {
      if (X(i, j) != 0) expected += entry_fingerprint(i, j, X(i, j));
    }
  }
  for (const bool sparse : {false, true}) {
    std::uint64_t sum = 0;
    for (const Range i : {Range{0, 9}, Range{9, rows}}) {
      for (const Range j : {Range{0, 4}, Range{4, columns}}) {
        sum += make_block<double>(X, i, j, sparse)->entries()->fingerprint({i.begin}, {j.begin});
      }
    }
    EXPECT_EQ(sum, expected) << sparse;
  }
}

TEST(Fingerprint, TellsMatricesOfWholeNumbersApart) {
  const auto fingerprint = [](const Matrix& X) {
    return make_block<double>(X, {0, X.rows()}, {0, X.cols()}, false)
        ->entries()
        ->fingerprint({0}, {0});
  };
  Matrix X(40, 40);
  for (Index i = 0; i < 40; ++i) {
    for (Index j = 0; j < 40; ++j) X(i, j) = double((3 * i + 5 * j) % 11);
  }
  std::set<std::uint64_t> seen{fingerprint(X), fingerprint(X.transpose())};
  for (Index i = 1; i < 40; ++i) {
    Matrix other = X;
    other.row(0).swap(other.row(i));
    seen.insert(fingerprint(other));
    other = X;
    other.col(0).swap(other.col(i));
    seen.insert(fingerprint(other));
    other = X;
    other(i, i) += 1;
    seen.insert(fingerprint(other));
  }
  // rows eleven apart are the same, and so are columns
  EXPECT_EQ(seen.size(), 2 + 39 + 2 * (39 - 3));
}

}  // namespace
}  // namespace partita::testing
