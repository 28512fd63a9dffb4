// X in the unit in which it is held: values whose squares vanish or overflow are read as they are.
#include "partita/base/error.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "io/read_block.hpp"
#include "io_support.hpp"
#include "support/files.hpp"

namespace partita::testing {
namespace {

std::string table(int scale) {
  std::string text;
  for (Index i = 0; i < 7; ++i) {
    for (Index j = 0; j < 4; ++j) {
      text +=
          (j > 0 ? "," : "") + std::to_string(1 + (i * 4 + j) % 5) + "e" + std::to_string(scale);
    }
    text += "\n";
  }
  return text;
}

Whole expected(int scale) {
  return make_whole(7, 4, [&](Index i, Index j) {
    return std::stod(std::to_string(1 + (i * 4 + j) % 5) + "e" + std::to_string(scale));
  });
}

TEST(ReadUnit, ExtremeValuesComeBack) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  for (const int exponent : {-300, -160, -3, 0, 5, 160, 300}) {
    SCOPED_TRACE(exponent);
    const std::string path = folder.put("x.csv", table(exponent));
    const auto source = open_matrix(world, path, {});
    for (const JobPlan& plan : plans_for(world.size())) {
      expect_blocks(world, *source, plan, expected(exponent), HeldUnit::that_suits);
    }
    const JobPlan rows{.groups = 1, .grid = {world.size(), 1}};
    const auto block = read_block<double>(world, *source, rows, MatrixLayout(7, 4, rows.grid),
                                          kUsualWidth, HeldUnit::that_suits);
    EXPECT_EQ(block->unit() == 0, std::abs(exponent) < 9);
    const double norm = sum_over(world, block->squared_norm());
    EXPECT_TRUE(norm > 1e-30 && norm < 1e30) << norm;
  }
}

TEST(ReadUnit, SinglePrecisionTakesWhatItCanHold) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}};
  for (const int exponent : {-30, 30}) {
    const std::string path = folder.put("x.csv", table(exponent));
    const auto source = open_matrix(world, path, {});
    expect_blocks<float>(world, *source, plan, expected(exponent), HeldUnit::that_suits);
  }
  for (const int exponent : {-60, -42, 60}) {
    const std::string path = folder.put("x.csv", table(exponent));
    const auto source = open_matrix(world, path, {});
    expect_error(world, ErrorKind::bad_data, {"single precision"}, [&] {
      static_cast<void>(read_block<float>(world, *source, plan, MatrixLayout(7, 4, plan.grid),
                                          kUsualWidth, HeldUnit::that_suits));
    });
  }
}

}  // namespace
}  // namespace partita::testing
