// Zeros that a file states: observations where the reader is told so, else as good as not stored.
#include "io/io_support.hpp"

namespace partita::testing {
namespace {

constexpr const char* kGeneral = "%%MatrixMarket matrix coordinate real general\n";

/// Remembers the positions it was told of.
class Witness final : public PartSink {
 public:
  explicit Witness(const Part& part)
      : columns_(part.columns.size()),
        told_(static_cast<std::size_t>(part.rows.size() * columns_), 0) {}
  void add(std::span<const LocalEntry<double>> entries) override {
    for (const auto& entry : entries) tell(entry.row, entry.column);
  }
  void set(Index row, Index column, const Tile& tile) override {
    for (Index i = 0; i < tile.rows; ++i) {
      for (Index j = 0; j < tile.columns; ++j) tell(row + i, column + j);
    }
  }
  [[nodiscard]] const std::vector<int>& told() const { return told_; }

 private:
  void tell(Index row, Index column) { ++told_[static_cast<std::size_t>(row * columns_ + column)]; }
  Index columns_;
  std::vector<int> told_;
};

/// How often each position was delivered to one process, row by row; the others ask for nothing.
std::vector<int> told_positions(const Communicator& world, MatrixSource& source) {
  std::vector<Part> parts(static_cast<std::size_t>(world.size()));
  parts.back() = {{0, source.shape().rows}, {0, source.shape().columns}};
  const Placement placement(parts);
  Witness witness(placement.part(world.rank()));
  source.read(world, placement, witness);
  std::vector<int> told = witness.told();
  told.resize(static_cast<std::size_t>(source.shape().rows * source.shape().columns), 0);
  sum_over(world, std::span<int>(told));
  return told;
}

ReadOptions observed(bool transpose, Index chunk_bytes) {
  return {.transpose = transpose, .zeros = StatedZeros::observed, .chunk_bytes = chunk_bytes};
}

/// Stored, though the file is full enough to be held dense otherwise.
TEST(StatedZeros, OfCoordinatesAreStored) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string path =
      folder.put("x.mtx", std::string(kGeneral) + "2 3 5\n1 1 0\n2 1 4\n2 3 0\n1 3 -0.0\n1 2 1\n");
  EXPECT_FALSE(open_matrix(world, path)->shape().sparse);
  expect_file(world, path, {2, 3, {0, 1, 0, 4, 0, 0}});
  for (const Index bytes : {Index{7}, Index{1} << 22}) {
    const auto source = open_matrix(world, path, observed(false, bytes));
    EXPECT_TRUE(source->shape().sparse);
    EXPECT_EQ(source->shape().stored, 5);
    EXPECT_EQ(told_positions(world, *source), (std::vector{1, 1, 1, 1, 0, 1}));
    const auto flipped = open_matrix(world, path, observed(true, bytes));
    EXPECT_EQ(told_positions(world, *flipped), (std::vector{1, 1, 1, 0, 1, 1}));
  }
  const auto block = read_simply(world, path, observed(false, 7));
  EXPECT_TRUE(block->is_sparse());
  EXPECT_EQ(sum_over(world, block->stored()), 5);
  expect_file(world, path, {2, 3, {0, 1, 0, 4, 0, 0}}, observed(false, 7));
}

TEST(StatedZeros, OfSymmetricCoordinatesAreStoredTwice) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string path = folder.put(
      "x.mtx", "%%MatrixMarket matrix coordinate integer symmetric\n3 3 3\n2 1 0\n3 3 0\n1 1 5\n");
  const auto source = open_matrix(world, path, observed(false, 7));
  EXPECT_EQ(told_positions(world, *source), (std::vector{1, 1, 0, 1, 0, 0, 0, 0, 1}));
  const auto block = read_simply(world, path, observed(false, 7));
  EXPECT_EQ(sum_over(world, block->stored()), 4);
}

/// Duplicates add up, whatever they are.
TEST(StatedZeros, GivenTwiceAreStoredOnce) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string path =
      folder.put("x.mtx", std::string(kGeneral) + "9 9 4\n4 4 0\n1 1 2\n4 4 0\n1 1 0\n");
  const auto block = read_simply(world, path, observed(false, 7));
  EXPECT_EQ(sum_over(world, block->stored()), 2);
  EXPECT_EQ(sum_over(world, block->squared_norm()), 4);
}

/// What states every entry stays dense, and all of it is delivered.
TEST(StatedZeros, OfDenseFilesAreDelivered) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string zeros(2 * sizeof(double), '\0');
  for (const std::string& path :
       {folder.put("x.csv", "0,1\n3,0\n0,0\n"),
        folder.put("x.mtx", "%%MatrixMarket matrix array real general\n3 2\n0\n3\n0\n1\n0\n0\n"),
        folder.put("x.npy",
                   npy(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }", zeros))}) {
    for (const bool transpose : {false, true}) {
      const auto source = open_matrix(world, path, observed(transpose, 7));
      EXPECT_FALSE(source->shape().sparse);
      const auto told = told_positions(world, *source);
      EXPECT_EQ(told, std::vector<int>(told.size(), 1)) << path;
    }
  }
  expect_file(world, folder.file("x.csv"), {3, 2, {0, 1, 3, 0, 0, 0}}, observed(false, 7));
}

}  // namespace
}  // namespace partita::testing
