#include "partita/io/formats/factor_files.hpp"

#include "io/io_support.hpp"

namespace partita::testing {
namespace {

double entry(Index i, Index c) {
  return static_cast<double>(i) / 7 + 1e-20 * static_cast<double>(c * c) + static_cast<double>(c);
}

/// Who owns which rows: equal shares in the reverse order of ranks; the last rank may own nothing.
Range share_of(const Communicator& world, Index total, bool last_is_idle) {
  const Index owners = world.size() - (last_is_idle && world.size() > 1 ? 1 : 0);
  if (world.rank() >= owners) return {};
  return BlockDistribution(total, owners).range(owners - 1 - world.rank());
}

TallMatrix<double> make_factor(Range range, Index components) {
  if (range.empty()) return {};
  TallMatrix<double> factor(range.size(), components);
  for (Index i = 0; i < range.size(); ++i) {
    for (Index c = 0; c < components; ++c) factor(i, c) = entry(range.begin + i, c);
  }
  return factor;
}

void expect_factor(const Communicator& world, const std::string& path, Side side, Index total,
                   Index components) {
  const auto source = open_factor(world, path, side);
  ASSERT_EQ(source->shape().rows, total);
  ASSERT_EQ(source->shape().columns, components);
  // Disjoint shares, all of it on everybody, nothing on most.
  const std::vector<Range> ranges = {
      share_of(world, total, true), {0, total}, world.is_root() ? Range{0, 1} : Range{}};
  for (const Range mine : ranges) {
    const TallMatrix<double> factor = read_factor(world, *source, mine);
    ASSERT_EQ(factor.rows(), mine.size());
    for (Index i = 0; i < mine.size(); ++i) {
      for (Index c = 0; c < components; ++c) {
        ASSERT_EQ(factor(i, c), entry(mine.begin + i, c)) << path << " " << i << " " << c;
      }
    }
  }
}

std::string npy_header(Index rows, Index columns, bool fortran) {
  std::string dictionary = "{'descr': '<f8', 'fortran_order': ";
  dictionary += fortran ? "True" : "False";
  dictionary += ", 'shape': (" + std::to_string(rows) + ", " + std::to_string(columns) + "), }";
  while ((dictionary.size() + 11) % 64 != 0) dictionary += ' ';
  return npy(1, dictionary, "");
}

std::string bytes_of(const TallMatrix<double>& factor) {
  return {reinterpret_cast<const char*>(factor.data()), sizeof(double) * factor.values().size()};
}

TEST(FactorFiles, Npy) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  for (const Index total : {1, 5, 64}) {
    for (const bool idle : {false, true}) {
      const Range range = share_of(world, total, idle);
      const TallMatrix<double> factor = make_factor(range, 3);
      const std::string A = folder.file("A.npy");
      write_factor(world, A, {Side::A, factor, range, total});
      expect_factor(world, A, Side::A, total, 3);
      const std::string all = bytes_of(make_factor({0, total}, 3));
      EXPECT_EQ(content_of(A), npy_header(total, 3, false) + all);
      const std::string S = folder.file("S.npy");
      write_factor(world, S, {Side::S, factor, range, total});
      expect_factor(world, S, Side::S, total, 3);
      EXPECT_EQ(content_of(S), npy_header(3, total, true) + all);
    }
  }
}

TEST(FactorFiles, CsvWithoutLabels) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  for (const Index total : {2, 5, 64}) {
    for (const bool idle : {false, true}) {
      const Range range = share_of(world, total, idle);
      const TallMatrix<double> factor = make_factor(range, 4);
      write_factor(world, folder.file("A.csv"), {Side::A, factor, range, total}, {});
      expect_factor(world, folder.file("A.csv"), Side::A, total, 4);
      write_factor(world, folder.file("S.csv"), {Side::S, factor, range, total}, {});
      expect_factor(world, folder.file("S.csv"), Side::S, total, 4);
    }
  }
}

TEST(FactorFiles, CsvWithLabels) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const Range range = share_of(world, 3, true);
  TallMatrix<double> factor(range.size(), 2);
  for (Index i = 0; i < range.size(); ++i) {
    factor(i, 0) = static_cast<double>(range.begin + i) + 0.1;
    factor(i, 1) = 0;
  }
  Labels labels;
  labels.columns = {"1", "2,5", "a \"b\""};
  if (world.is_root()) labels.rows = labels.columns;
  write_factor(world, folder.file("A.csv"), {Side::A, factor, range, 3}, labels);
  EXPECT_EQ(content_of(folder.file("A.csv")),
            ",component_1,component_2\n1,0.1,0\n\"2,5\",1.1,0\n\"a \"\"b\"\"\",2.1,0\n");
  write_factor(world, folder.file("S.csv"), {Side::S, factor, range, 3}, labels);
  EXPECT_EQ(content_of(folder.file("S.csv")),
            ",1,\"2,5\",\"a \"\"b\"\"\"\ncomponent_1,0.1,1.1,2.1\ncomponent_2,0,0,0\n");
  const auto source = open_factor(world, folder.file("S.csv"), Side::S);
  const TallMatrix<double> back = read_factor(world, *source, {0, 3});
  EXPECT_EQ(back(2, 0), 2.1);
  EXPECT_EQ(source->labels().columns, (std::vector<std::string>{"component_1", "component_2"}));
  EXPECT_EQ(source->labels().rows, labels.rows);
}

TEST(FactorFiles, NegativeValuesAreFine) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const auto good = open_factor(
      world, folder.put("A.mtx", "%%MatrixMarket matrix array real general\n2 1\n-1\n2\n"),
      Side::A);
  EXPECT_EQ(read_factor(world, *good, {0, 2})(0, 0), -1);
  const auto bad = open_factor(world, folder.put("A.csv", "1,2\nnan,2\n"), Side::A);
  expect_error(world, ErrorKind::bad_data, {"A.csv", "line 2", "nan"}, [&] {
    (void)read_factor(world, *bad, {0, 1});
  });
  expect_error(world, ErrorKind::no_input, {"B.npy"},
               [&] { (void)open_factor(world, folder.file("B.npy"), Side::S); });
}

TEST(FactorFiles, SharesMustFit) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const Range range = share_of(world, 9, false);
  const TallMatrix<double> factor = make_factor(range, 2);
  expect_error(world, ErrorKind::internal, {"all rows"}, [&] {
    write_factor(world, folder.file("A.npy"), {Side::A, factor, range, 10});
  });
  wait_for_all(world);
  EXPECT_TRUE(folder.names().empty());
}

}  // namespace
}  // namespace partita::testing
