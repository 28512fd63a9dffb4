#include "io/matrix_facts.hpp"

#include <cmath>

#include "io/io_support.hpp"

namespace partita::testing {
namespace {

MatrixFacts facts_of_file(const Communicator& world, const std::string& path, GridShape shape) {
  const auto source = open_matrix(world, path, {.values = ValueRule::any});
  const JobPlan plan{.groups = 1, .grid = shape};
  const auto& whole = source->shape();
  const auto block =
      read_block<double>(world, *source, plan, MatrixLayout(whole.rows, whole.columns, shape));
  return matrix_facts(ProcessGrid(world, shape), whole.rows, whole.columns, *block);
}

TEST(MatrixFacts, Dense) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string path =
      folder.put("x.csv", "1,0,-2,nan\n0,0,0,0\n3,0,inf,0.5\n0,0,0,4\n0,0,0,0\n");
  for (const JobPlan& plan : plans_for(world.size())) {
    if (plan.groups != 1) continue;
    const MatrixFacts facts = facts_of_file(world, path, plan.grid);
    EXPECT_EQ(facts.stored, 20);
    EXPECT_EQ(facts.nonzeros, 7);
    EXPECT_EQ(facts.negative, 1);
    EXPECT_EQ(facts.nan, 1);
    EXPECT_EQ(facts.infinite, 1);
    EXPECT_EQ(facts.empty_rows, 2);
    EXPECT_EQ(facts.empty_columns, 1);
    EXPECT_EQ(facts.smallest, -2);
    EXPECT_EQ(facts.largest, 4);
    EXPECT_DOUBLE_EQ(facts.mean, (1 - 2 + 3 + 0.5 + 4) / 18);
  }
}

TEST(MatrixFacts, OfNoFiniteEntriesThereIsNoRange) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const MatrixFacts facts =
      facts_of_file(world, folder.put("x.csv", "nan,inf\n-inf,nan\n"), {world.size(), 1});
  EXPECT_TRUE(std::isnan(facts.smallest));
  EXPECT_TRUE(std::isnan(facts.largest));
  EXPECT_TRUE(std::isnan(facts.mean));
  EXPECT_EQ(facts.nan, 2);
  EXPECT_EQ(facts.infinite, 2);
}

TEST(MatrixFacts, TheMeanOfLargeEntriesIsOneOfThem) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const MatrixFacts facts = facts_of_file(
      world, folder.put("x.csv", "1.5e308,1.5e308\n1.5e308,1.5e308\n"), {1, world.size()});
  EXPECT_DOUBLE_EQ(facts.mean, 1.5e308);
}

TEST(MatrixFacts, Sparse) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string path = folder.put("x.mtx",
                                      "%%MatrixMarket matrix coordinate real general\n"
                                      "10 4 5\n1 1 2\n1 1 3\n10 4 7\n5 4 0\n5 1 8\n");
  for (const JobPlan& plan : plans_for(world.size())) {
    if (plan.groups != 1) continue;
    const MatrixFacts facts = facts_of_file(world, path, plan.grid);
    EXPECT_EQ(facts.stored, 4);
    EXPECT_EQ(facts.nonzeros, 3);
    EXPECT_EQ(facts.empty_rows, 7);
    EXPECT_EQ(facts.empty_columns, 2);
    EXPECT_EQ(facts.smallest, 0);
    EXPECT_EQ(facts.largest, 8);
    EXPECT_DOUBLE_EQ(facts.mean, 20.0 / 40);
  }
}

/// So many lines that nothing may be kept for each pair of a panel and a column.
TEST(MatrixFacts, FewEntriesInAHugeShape) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string path = folder.put("x.mtx",
                                      "%%MatrixMarket matrix coordinate real general\n"
                                      "40000000 50000000 3\n"
                                      "40000000 50000000 2\n1 1 3\n20000000 1 7\n");
  for (const JobPlan& plan : plans_for(world.size())) {
    if (plan.groups != 1) continue;
    const MatrixFacts facts = facts_of_file(world, path, plan.grid);
    EXPECT_EQ(facts.stored, 3);
    EXPECT_EQ(facts.nonzeros, 3);
    EXPECT_EQ(facts.empty_rows, 40'000'000 - 3);
    EXPECT_EQ(facts.empty_columns, 50'000'000 - 2);
    EXPECT_EQ(facts.largest, 7);
  }
}

}  // namespace
}  // namespace partita::testing
