#include "partita/io/formats/factor_files.hpp"

#include "io/files/hdf5_file.hpp"
#include "io/io_support.hpp"

namespace partita::testing {
namespace {

double entry(Index i, Index j) {
  return (i + 2 * j) % 5 == 0 && i != 3 ? static_cast<double>(i * j) / 3 + 1 : 0.0;
}

MatrixRows dense_rows(Index rows, Index columns) {
  MatrixRows matrix{.rows = rows, .columns = columns, .fill = {}, .list = {}, .labels = {}};
  matrix.fill = [columns](Range run, std::span<double> values) {
    std::size_t at = 0;
    for (Index i = run.begin; i < run.end; ++i) {
      for (Index j = 0; j < columns; ++j) values[at++] = entry(i, j);
    }
  };
  return matrix;
}

MatrixRows sparse_rows(Index rows, Index columns) {
  MatrixRows matrix{.rows = rows, .columns = columns, .fill = {}, .list = {}, .labels = {}};
  matrix.list = [columns](Range run, std::vector<MatrixEntry>& entries) {
    for (Index i = run.begin; i < run.end; ++i) {
      for (Index j = 0; j < columns; ++j) {
        if (entry(i, j) != 0) entries.push_back({{i}, {j}, entry(i, j)});
      }
    }
  };
  return matrix;
}

std::vector<std::string> named(const std::string& what, Index count) {
  std::vector<std::string> names;
  for (Index i = 0; i < count; ++i) names.push_back(what + std::to_string(i) + " é");
  return names;
}

/// Rows of this process: in the order of ranks, against it, and all on the last.
std::vector<Range> ways(const Communicator& world, Index rows) {
  const BlockDistribution shares(rows, world.size());
  const bool is_last = world.rank() == world.size() - 1;
  return {shares.range(world.rank()), shares.range(world.size() - 1 - world.rank()),
          is_last ? Range{0, rows} : Range{}};
}

void expect_names(const Communicator& world, const std::string& path, const Labels& labels) {
  const auto source = open_matrix(world, path);
  EXPECT_EQ(source->shape().has_row_labels, !labels.rows.empty());
  EXPECT_EQ(source->shape().has_column_labels, !labels.columns.empty());
  EXPECT_EQ(source->labels().columns, labels.columns);
  if (world.is_root()) {
    EXPECT_EQ(source->labels().rows, labels.rows);
  }
}

TEST(Hdf5Output, ReadsBackAndIsTheSameByAnyProcesses) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  for (const auto& [rows, columns] : {std::pair<Index, Index>{37, 11}, {2, 9}, {1, 1}}) {
    const Whole whole = make_whole(rows, columns, entry);
    for (const bool is_named : {false, true}) {
      const Labels labels = is_named ? Labels{named("r", rows), named("c", columns)} : Labels();
      for (MatrixRows matrix : {dense_rows(rows, columns), sparse_rows(rows, columns)}) {
        matrix.labels = labels;
        if (!world.is_root()) matrix.labels.rows.clear();
        for (const char* name : {"x.h5", "x.h5ad"}) {
          std::string first;
          for (const Range mine : ways(world, rows)) {
            write_matrix(world, folder.file(name), mine, matrix);
            const std::string content = content_of(folder.file(name));
            if (first.empty()) first = content;
            EXPECT_EQ(content, first) << name;
            wait_for_all(world);
          }
          expect_file(world, folder.file(name), whole);
          expect_names(world, folder.file(name), labels);
        }
      }
    }
  }
}

TEST(Hdf5Output, IsWhatAnndataExpects) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  MatrixRows matrix = sparse_rows(6, 4);
  write_matrix(world, folder.file("x.h5ad"), ways(world, 6).front(), matrix);
  const Hdf5File file(folder.file("x.h5ad"));
  EXPECT_EQ(file.text_attribute("/", "encoding-type"), "anndata");
  EXPECT_EQ(file.text_attribute("X", "encoding-type"), "csr_matrix");
  EXPECT_EQ(file.whole_attribute("X", "shape"), (std::vector<Index>{6, 4}));
  for (const char* table : {"obs", "var"}) {
    EXPECT_EQ(file.text_attribute(table, "encoding-type"), "dataframe");
    EXPECT_EQ(file.text_attribute(table, "_index"), "_index");
    EXPECT_EQ(file.text_attribute(std::string(table) + "/_index", "encoding-type"), "string-array");
  }
  // Zeros that are listed are stored.
  matrix.list = [](Range run, std::vector<MatrixEntry>& entries) {
    for (Index i = run.begin; i < run.end; ++i) entries.push_back({{i}, {i % 4}, 0.0});
  };
  write_matrix(world, folder.file("zeros.h5ad"), ways(world, 6).front(), matrix);
  EXPECT_EQ(open_matrix(world, folder.file("zeros.h5ad"), {.zeros = StatedZeros::observed})
                ->shape()
                .stored,
            6);
}

TEST(Hdf5Output, AMatrixWithoutEntries) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  MatrixRows matrix{.rows = 5, .columns = 3, .fill = {}, .list = {}, .labels = {}};
  matrix.list = [](Range, std::vector<MatrixEntry>&) {};
  for (const char* name : {"x.h5ad", "x.npz"}) {
    write_matrix(world, folder.file(name), ways(world, 5).front(), matrix);
    expect_file(world, folder.file(name), make_whole(5, 3, [](Index, Index) { return 0.0; }));
  }
}

TEST(Hdf5Output, Factors) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const MatrixFormat& hdf5 = factor_format("hdf5", false);
  for (const Range mine : ways(world, 7)) {
    TallMatrix<double> values(mine.size(), 3);
    for (Index i = 0; i < mine.size(); ++i) {
      for (Index c = 0; c < 3; ++c) values(i, c) = entry(mine.begin + i, c) - 0.5;
    }
    for (const Side side : {Side::A, Side::S}) {
      const std::string path = folder.file(factor_file_name(side, hdf5));
      EXPECT_TRUE(path.ends_with(side == Side::A ? "/A.h5" : "/S.h5"));
      Labels labels{named("r", 7), named("c", 7)};
      if (!world.is_root()) labels.rows.clear();
      write_factor(world, path, {side, values, mine, 7}, labels);
      const auto source = open_factor(world, path, side);
      ASSERT_EQ(source->shape().rows, 7);
      ASSERT_EQ(source->shape().columns, 3);
      const TallMatrix<double> back = read_factor(world, *source, {1, 6});
      for (Index i = 0; i < 5; ++i) {
        for (Index c = 0; c < 3; ++c) EXPECT_EQ(back(i, c), entry(i + 1, c) - 0.5);
      }
      EXPECT_FALSE(source->shape().has_column_labels);
      if (world.is_root()) {
        EXPECT_EQ(source->labels().rows, named(side == Side::A ? "r" : "c", 7));
      }
      wait_for_all(world);
    }
  }
}

TEST(Hdf5Output, AFullDiskIsAnError) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  for (const rlim_t bytes : {rlim_t{1000}, rlim_t{20000}}) {
    for (const char* name : {"x.h5", "x.h5ad", "x.npz"}) {
      const FullDisk full(bytes);
      expect_error(world, ErrorKind::input_output, {name, "writing failed"}, [&] {
        write_matrix(world, folder.file(name), ways(world, 100).front(), sparse_rows(100, 400));
      });
    }
  }
  EXPECT_TRUE(folder.names().empty());
}

}  // namespace
}  // namespace partita::testing
