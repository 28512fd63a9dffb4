// One process is asked to stop: what reads and writes ends with the same error on all, and leaves
// nothing behind.
#include "base/interruption.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <csignal>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "comm/agreement.hpp"
#include "data/blocks/sparse_builder.hpp"
#include "io/files/atomic_file.hpp"
#include "io/io_support.hpp"
#include "io/matrix_facts.hpp"

namespace partita::testing {
namespace {

TEST(TimeLimit, HoldsWhereWorkCanBeInterrupted) {
  {
    const TimeLimit over(-1);
    check_interrupted();  // nobody has promised to tell the others
    const Interruptible here;
    EXPECT_THROW(check_interrupted(), Error);
    const InterruptionHold hold;
    EXPECT_TRUE(interruption_held());
    check_interrupted();
  }
  EXPECT_FALSE(interruption_held());
  const Interruptible here;
  check_interrupted();
  const TimeLimit none(std::numeric_limits<double>::infinity());
  check_interrupted();
}

/// From here on the last process is asked to stop.
class Interruption : public ::testing::Test {
 protected:
  Interruption() {
    if (world.rank() == world.size() - 1) request_stop(SIGTERM);
  }

  void expect_interrupted(const std::function<void()>& action) const {
    expect_error(world, ErrorKind::interrupted, {"stopped by SIGTERM"}, action);
  }

  Communicator world = Communicator::world();
};

TEST_F(Interruption, IsHeardByAll) {
  expect_interrupted([&] { together(world, check_interrupted); });
  const InterruptionHold hold;
  together(world, check_interrupted);
}

TEST_F(Interruption, OfAHoldThatHasPassed) {
  const InterruptionHold hold(1e-9);
  expect_interrupted([&] { together(world, check_interrupted); });
}

TEST_F(Interruption, OfReading) {
  const Folder folder(world);
  const std::string values(8 * 6, '\0');
  const std::vector<std::string> files = {
      folder.put("x.mtx", "%%MatrixMarket matrix coordinate real general\n4 5 1\n1 2 3\n"),
      folder.put("a.mtx", "%%MatrixMarket matrix array real general\n1 2\n1\n2\n"),
      folder.put("x.csv", "1,2\n3,4\n"),
      folder.put("x.csv.gz", gzipped("1,2\n3,4\n")),
      folder.put("x.npy",
                 npy(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }", values)),
      folder.put("f.npy",
                 npy(1, "{'descr': '<f8', 'fortran_order': True, 'shape': (3, 2), }", values))};
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    expect_interrupted([&] { read_simply(world, file); });
  }
}

TEST_F(Interruption, OfBuildingSparseX) {
  SparseBuilder<double> builder(10, 10, 1);
  builder.add({1, 2, 3});
  expect_interrupted([&] { together(world, [&] { (void)builder.write(); }); });
}

TEST_F(Interruption, OfFacts) {
  const ProcessGrid grid(world, {world.size(), 1});
  const SparseBlock<double> sparse(3, 3, {{0, 0, 1}});
  expect_interrupted([&] { (void)matrix_facts<double>(grid, 3 * world.size(), 3, sparse); });
}

TEST_F(Interruption, OfWritingLeavesNothingBehind) {
  const Folder folder(world);
  const Range mine = BlockDistribution(6, world.size()).range(world.rank());
  MatrixRows matrix;
  matrix.rows = 6;
  matrix.columns = 2;
  matrix.fill = [](Range, std::span<double> values) { std::ranges::fill(values, 1.0); };
  for (const std::string name : {"x.npy", "x.csv", "x.mtx"}) {
    SCOPED_TRACE(name);
    expect_interrupted([&] { write_matrix(world, folder.file(name), mine, matrix); });
  }
  wait_for_all(world);
  EXPECT_EQ(folder.names(), std::vector<std::string>());
}

}  // namespace
}  // namespace partita::testing
