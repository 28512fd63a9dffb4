// Matrices made of what another source delivers: other values, and none where there is no number.
#include "io/spread/source_views.hpp"

#include "partita/base/error.hpp"

#include <cmath>

#include "io/io_support.hpp"

namespace partita::testing {
namespace {

constexpr Index kRows = 4;
constexpr Index kColumns = 3;

/// X[i, j] = 10 i + j + 1, but NaN in a few places.
double entry(Index i, Index j) {
  return (i + 2 * j) % 5 == 3 ? std::nan("") : static_cast<double>(10 * i + j + 1);
}

/// The same matrix in every kind of file.
std::vector<std::string> files(const Folder& folder) {
  std::string table;
  std::string entries = "%%MatrixMarket matrix coordinate real general\n4 3 12\n";
  std::string array = "%%MatrixMarket matrix array real general\n4 3\n";
  for (Index i = 0; i < kRows; ++i) {
    for (Index j = 0; j < kColumns; ++j) {
      const std::string text = std::isnan(entry(i, j)) ? "nan" : std::to_string(entry(i, j));
      table += text + (j + 1 == kColumns ? "\n" : ",");
      entries += std::to_string(i + 1) + " " + std::to_string(j + 1) + " " + text + "\n";
    }
  }
  for (Index j = 0; j < kColumns; ++j) {
    for (Index i = 0; i < kRows; ++i) {
      array += (std::isnan(entry(i, j)) ? "nan" : std::to_string(entry(i, j))) + "\n";
    }
  }
  return {folder.put("x.csv", table), folder.put("x.mtx", entries), folder.put("y.mtx", array)};
}

/// In every layout, as it is and transposed, dense and sparse.
void for_each_source(
    const std::function<void(std::unique_ptr<MatrixSource>, bool transposed)>& use) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  for (const std::string& path : files(folder)) {
    for (const StatedZeros zeros : {StatedZeros::like_unstored, StatedZeros::observed}) {
      for (const bool transpose : {false, true}) {
        SCOPED_TRACE(path + (transpose ? ", transposed" : ""));
        use(open_matrix(world, path,
                        {.transpose = transpose,
                         .values = ValueRule::any,
                         .zeros = zeros,
                         .chunk_bytes = 7}),
            transpose);
      }
    }
  }
}

TEST(SourceViews, NanAreEntriesThatAreNotStored) {
  const Communicator world = Communicator::world();
  for_each_source([&](std::unique_ptr<MatrixSource> source, bool transpose) {
    const auto numbers = without_nan(std::move(source));
    EXPECT_TRUE(numbers->shape().sparse);
    const Whole x = make_whole(kRows, kColumns, [](Index i, Index j) {
      return std::isnan(entry(i, j)) ? 0 : entry(i, j);
    });
    for (const JobPlan& plan : plans_for(world.size())) {
      expect_blocks(world, *numbers, plan, transpose ? transposed(x) : x);
    }
    const JobPlan plan{.groups = 1, .grid = {world.size(), 1}};
    const MatrixLayout layout(numbers->shape().rows, numbers->shape().columns, plan.grid);
    const auto block = read_block<double>(world, *numbers, plan, layout);
    Index expected = 0;
    for (Index i = 0; i < kRows; ++i) {
      for (Index j = 0; j < kColumns; ++j) expected += std::isnan(entry(i, j)) ? 0 : 1;
    }
    EXPECT_EQ(sum_over(world, block->stored()), expected);
  });
}

TEST(SourceViews, ValuesAreReplacedByPosition) {
  const Communicator world = Communicator::world();
  for_each_source([&](std::unique_ptr<MatrixSource> source, bool transpose) {
    const Index rows = source->shape().rows;
    const Index columns = source->shape().columns;
    const bool sparse = source->shape().sparse;
    const auto value = [](Index row, Index column, double x) {
      return std::isnan(x) ? 0.5 : 1000 * static_cast<double>(row + 7 * column) + x;
    };
    const auto other = with_values(std::move(source), value);
    EXPECT_EQ(other->shape().sparse, sparse);
    EXPECT_EQ(other->labels().columns.size(), 0U);
    const Whole expected = make_whole(rows, columns, [&](Index i, Index j) {
      return value(i, j, transpose ? entry(j, i) : entry(i, j));
    });
    for (const JobPlan& plan : plans_for(world.size())) {
      expect_blocks(world, *other, plan, expected);
    }
    EXPECT_EQ(other->entries(), kRows * kColumns);
  });
}

/// One process alone finds a value that it cannot take.
TEST(SourceViews, AnErrorIsOneOnEveryProcess) {
  const Communicator world = Communicator::world();
  for_each_source([&](std::unique_ptr<MatrixSource> source, bool /*transpose*/) {
    const JobPlan plan{.groups = 1, .grid = {world.size(), 1}};
    const MatrixLayout layout(source->shape().rows, source->shape().columns, plan.grid);
    const Index last = source->shape().rows - 1;
    const auto picky = with_values(std::move(source), [&](Index row, Index column, double x) {
      if (row == last && column == 1) throw Error(ErrorKind::bad_data, "not this one");
      return x;
    });
    try {
      static_cast<void>(read_block<double>(world, *picky, plan, layout));
      ADD_FAILURE() << "taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::bad_data);
      EXPECT_NE(std::string(error.what()).find("not this one"), std::string::npos) << error.what();
    }
  });
}

}  // namespace
}  // namespace partita::testing
