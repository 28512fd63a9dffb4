#include <sstream>

#include "io/io_support.hpp"

namespace partita::testing {
namespace {

const std::string kGeneral = "%%MatrixMarket matrix coordinate real general\n";

TEST(MatrixMarket, GeneralCoordinates) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const auto entry = [](Index i, Index j) {
    return (3 * i + 5 * j) % 11 == 0 ? 1.0 + 0.37 * static_cast<double>(i * j) : 0.0;
  };
  const Whole whole = make_whole(17, 13, entry);
  std::ostringstream text;
  text.precision(17);
  Index count = 0;
  for (Index j = 0; j < 13; ++j) {
    for (Index i = 0; i < 17; ++i) {
      if (entry(i, j) == 0) continue;
      text << i + 1 << " " << j + 1 << " " << entry(i, j) << "\n";
      ++count;
    }
  }
  const std::string path = folder.put(
      "x.mtx", kGeneral + "% a comment\n17 13 " + std::to_string(count) + "\n" + text.str());
  const auto source = open_matrix(world, path);
  EXPECT_TRUE(source->shape().sparse);
  EXPECT_EQ(source->shape().stored, count);
  expect_file(world, path, whole);
}

TEST(MatrixMarket, DenseEnoughBecomesDense) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string path = folder.put("x.mtx", kGeneral + "2 2 1\n2 1 3.5\n");
  const auto source = open_matrix(world, path);
  EXPECT_FALSE(source->shape().sparse);
  EXPECT_EQ(source->shape().stored, 4);
  expect_file(world, path, {2, 2, {0, 0, 3.5, 0}});
}

TEST(MatrixMarket, LooseWriting) {
  // CRLF, blank lines, comments in the body, tabs, leading blanks, plus signs, no final newline.
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string path = folder.put(
      "x.MTX",
      "%%matrixmarket MATRIX Coordinate Real General\r\n% c\r\n\r\n  3 4 5 \r\n\r\n 1 1 +2\r\n"
      "%no entry\r\n2\t2\t1e1\r\n\n3  4 .5 \r\n1 2 5.\r\n2 4 3.25e37");
  expect_file(world, path, {3, 4, {2, 5, 0, 0, 0, 10, 0, 3.25e37, 0, 0, 0, .5}});
}

TEST(MatrixMarket, AsOtherProgramsWriteIt) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const Whole whole{2, 3, {1, 0, 2, 0, 0, 3}};
  const std::string entries = "2 3 3\n1 1 1\n1 3 2\n2 3 3\n";
  const std::string mark = "\xef\xbb\xbf";
  const std::string counts = "%%MatrixMarket matrix coordinate unsigned-integer general\n";
  expect_file(world, folder.put("u.mtx", counts + entries), whole);
  expect_file(world, folder.put("b.mtx", mark + kGeneral + entries), whole);
  expect_file(world, folder.put("b.mtx.gz", gzipped(mark + kGeneral + entries)), whole);
  expect_file(world,
              folder.put("a.mtx", mark + "%%MatrixMarket matrix array unsigned-integer general\n"
                                         "2 3\n1\n0\n0\n0\n2\n3\n"),
              whole);
  // Where whole numbers are written as all others are.
  expect_file(world, folder.put("e.mtx", kGeneral + "2.0 3e0 3\n1.0 1 1\n1 3. 2\n2e+00 3 3\n"),
              whole);
  const auto large =
      read_simply(world, folder.put("l.mtx", kGeneral + "200000 1 2\n1e+05 1 1\n2E5 1.0 7\n"));
  EXPECT_EQ(sum_over(world, large->squared_norm()), 50);
}

TEST(MatrixMarket, NumbersAreRoundedCorrectly) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::vector<std::string> numbers = {"0.1",
                                            "123456789012345",
                                            "1234567890123456789",
                                            "9007199254740993",
                                            "2.5e-3",
                                            "1e-400",
                                            "4.9e-324",
                                            "0.30000000000000004",
                                            "1E5",
                                            "00012.50",
                                            "3.14159265358979323846264338327",
                                            "1e22",
                                            "1e23",
                                            "7e+2"};
  std::string text = kGeneral + "1 " + std::to_string(numbers.size()) + " " +
                     std::to_string(numbers.size()) + "\n";
  Whole whole{1, static_cast<Index>(numbers.size()), {}};
  for (std::size_t c = 0; c < numbers.size(); ++c) {
    text += "1 " + std::to_string(c + 1) + " " + numbers[c] + "\n";
    whole.values.push_back(std::strtod(numbers[c].c_str(), nullptr));
  }
  const auto source = open_matrix(world, folder.put("x.mtx", text));
  expect_blocks(world, *source, {.groups = 1, .grid = {1, world.size()}}, whole);
}

TEST(MatrixMarket, PatternSymmetricDuplicates) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  Whole whole{9, 9, std::vector<double>(81, 0.0)};
  whole.values[3 * 9 + 1] = whole.values[1 * 9 + 3] = 2;  // given twice
  whole.values[4 * 9 + 4] = 1;
  whole.values[8 * 9 + 0] = whole.values[0 * 9 + 8] = 1;
  const std::string path = folder.put(
      "x.mtx", "%%MatrixMarket matrix coordinate pattern symmetric\n9 9 4\n4 2\n5 5\n9 1\n4 2\n");
  const auto source = open_matrix(world, path);
  EXPECT_TRUE(source->shape().sparse);
  EXPECT_EQ(source->shape().stored, 8);
  expect_file(world, path, whole);
  const auto again = open_matrix(world, path);
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}};
  const auto block = read_block<double>(world, *again, plan, MatrixLayout(9, 9, plan.grid));
  EXPECT_EQ(again->entries(), 7);
  EXPECT_EQ(sum_over(world, block->stored()), 5);
}

TEST(MatrixMarket, StoredZerosStayStored) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string path = folder.put("x.mtx", kGeneral + "5 5 2\n1 2 0\n5 5 1\n");
  const auto block = read_simply(world, path);
  EXPECT_EQ(sum_over(world, block->stored()), 2);
}

TEST(MatrixMarket, Arrays) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string general = folder.put(
      "general.mtx", "%%MatrixMarket matrix array integer general\n3 2\n1\n2\n3\n\n4\n5\n6\n");
  expect_file(world, general, {3, 2, {1, 4, 2, 5, 3, 6}});
  const std::string symmetric = folder.put(
      "symmetric.mtx", "%%MatrixMarket matrix array real symmetric\n%\n3 3\n1\n2\n3\n4\n5\n6");
  expect_file(world, symmetric, {3, 3, {1, 2, 3, 2, 4, 5, 3, 5, 6}});
  const std::string one = folder.put("one.mtx", "%%MatrixMarket matrix array real general\n1 1\n7");
  expect_file(world, one, {1, 1, {7}});
}

TEST(MatrixMarket, MoreProcessesThanLines) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  expect_file(world, folder.put("x.mtx", kGeneral + "40 1 1\n40 1 2"),
              make_whole(40, 1, [](Index i, Index) { return i == 39 ? 2.0 : 0.0; }));
  expect_file(world, folder.put("none.mtx", kGeneral + "3 2 0\n"),
              {3, 2, std::vector<double>(6, 0.0)});
}

TEST(MatrixMarket, Gzip) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const auto entry = [](Index i, Index j) { return static_cast<double>((i * 7 + j * 3) % 5); };
  std::string text = "%%MatrixMarket matrix array real general\n% comment\n70 31\n";
  for (Index j = 0; j < 31; ++j) {
    for (Index i = 0; i < 70; ++i) text += std::to_string(entry(i, j)) + "\n";
  }
  const Whole whole = make_whole(70, 31, entry);
  expect_file(world, folder.put("x.mtx.gz", gzipped(text)), whole);
  // Two members one after the other are one file; the name need not say that it is packed.
  expect_file(world,
              folder.put("y.mtx", gzipped(text.substr(0, 1000)) + gzipped(text.substr(1000))),
              whole);
}

TEST(MatrixMarket, AnyValueWhenAsked) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string path = folder.put("x.mtx", kGeneral + "1 3 2\n1 1 -1\n1 3 inf\n");
  expect_file(world, path, {1, 3, {-1, 0, std::numeric_limits<double>::infinity()}},
              {.values = ValueRule::any});
}

TEST(MatrixMarket, FormatByName) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string path = folder.put("x.txt", kGeneral + "1 1 1\n1 1 4\n");
  const auto source = open_matrix(world, path, {}, "mtx");
  expect_blocks(world, *source, {.groups = 1, .grid = {1, world.size()}}, {1, 1, {4}});
}

TEST(MatrixMarket, ValuesBeyondSinglePrecision) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string path = folder.put("x.mtx", kGeneral + "1 1 1\n1 1 1e300\n");
  expect_error(world, ErrorKind::bad_data, {"1e+300", "--precision double"}, [&] {
    const auto source = open_matrix(world, path);
    const JobPlan plan{.groups = 1, .grid = {world.size(), 1}};
    (void)read_block<float>(world, *source, plan, MatrixLayout(1, 1, plan.grid));
  });
}

}  // namespace
}  // namespace partita::testing
