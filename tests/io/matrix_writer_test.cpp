#include <charconv>

#include "io/io_support.hpp"

namespace partita::testing {
namespace {

double entry(Index i, Index j) {
  return (i + 2 * j) % 5 == 0 ? static_cast<double>(i * j) / 3 + 1 : 0.0;
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

std::string text_of(double value) {
  std::string text(32, '\0');
  text.resize(static_cast<std::size_t>(
      std::to_chars(text.data(), text.data() + text.size(), value).ptr - text.data()));
  return text;
}

std::string market_text(Index rows, Index columns) {
  std::string body;
  Index count = 0;
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < columns; ++j) {
      if (entry(i, j) == 0) continue;
      ++count;
      body.append(std::to_string(i + 1)).append(" ").append(std::to_string(j + 1));
      body.append(" ").append(text_of(entry(i, j))).append("\n");
    }
  }
  std::string header = "%%MatrixMarket matrix coordinate real general\n";
  header.append(std::to_string(rows)).append(" ").append(std::to_string(columns));
  return header.append(" ").append(std::to_string(count)).append("\n").append(body);
}

/// Rows of this process: in the order of ranks, or against it with the last process idle.
Range rows_of(const Communicator& world, Index rows, bool reversed) {
  if (!reversed || world.size() == 1) {
    return BlockDistribution(rows, world.size()).range(world.rank());
  }
  const int owners = world.size() - 1;
  if (world.rank() == owners) return {};
  return BlockDistribution(rows, owners).range(owners - 1 - world.rank());
}

TEST(MatrixWriter, TheSameFileAtAnyProcessCount) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  // More than one run of rows on every process, fewer rows than processes, one entry.
  const std::vector<std::pair<Index, Index>> shapes = {{700, 31}, {2, 9}, {1, 1}, {5, 40000}};
  for (const auto& [rows, columns] : shapes) {
    const Whole whole = make_whole(rows, columns, entry);
    const std::string market = market_text(rows, columns);
    for (const bool reversed : {false, true}) {
      const Range mine = rows_of(world, rows, reversed);
      for (const MatrixRows& matrix : {dense_rows(rows, columns), sparse_rows(rows, columns)}) {
        write_matrix(world, folder.file("x.mtx"), mine, matrix);
        EXPECT_EQ(content_of(folder.file("x.mtx")), market);
        write_matrix(world, folder.file("x.npy"), mine, matrix);
        const std::string npy = content_of(folder.file("x.npy"));
        ASSERT_EQ(npy.size() % 64, whole.values.size() * sizeof(double) % 64);
        EXPECT_EQ(npy.substr(npy.size() - whole.values.size() * sizeof(double)),
                  std::string(reinterpret_cast<const char*>(whole.values.data()),
                              whole.values.size() * sizeof(double)));
        write_matrix(world, folder.file("x.dat"), mine, matrix, "csv");
        std::string csv;
        for (std::size_t at = 0; at < whole.values.size(); ++at) {
          csv += text_of(whole.values[at]);
          csv += (at + 1) % static_cast<std::size_t>(columns) == 0 ? '\n' : ',';
        }
        EXPECT_EQ(content_of(folder.file("x.dat")), csv);
        wait_for_all(world);
      }
    }
  }
}

TEST(MatrixWriter, RoundTrips) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const Whole whole = make_whole(37, 11, entry);
  const Range mine = rows_of(world, 37, false);
  for (const char* name : {"x.mtx", "x.npy", "x.csv", "x.tsv"}) {
    write_matrix(world, folder.file(name), mine, dense_rows(37, 11));
    expect_file(world, folder.file(name), whole);
  }
}

TEST(MatrixWriter, TablesWithLabels) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  MatrixRows matrix = dense_rows(3, 2);
  matrix.labels.columns = {"a", "b\tc"};
  if (world.is_root()) matrix.labels.rows = {"x", "", "z z"};
  write_matrix(world, folder.file("x.tsv"), rows_of(world, 3, true), matrix);
  EXPECT_EQ(content_of(folder.file("x.tsv")), "\ta\t\"b\tc\"\nx\t1\t0\n\t0\t0\nz z\t0\t0\n");
}

TEST(MatrixWriter, Failures) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const Range mine = rows_of(world, 8, false);
  expect_error(world, ErrorKind::usage, {"x.what", "mtx"},
               [&] { write_matrix(world, folder.file("x.what"), mine, dense_rows(8, 3)); });
  expect_error(world, ErrorKind::usage, {"x.gz", "not written"},
               [&] { write_matrix(world, folder.file("x.gz"), mine, dense_rows(8, 3), "npy"); });
  expect_error(world, ErrorKind::cannot_create, {"no/x.mtx"},
               [&] { write_matrix(world, folder.file("no/x.mtx"), mine, dense_rows(8, 3)); });
  MatrixRows failing = dense_rows(8, 3);
  failing.fill = [](Range run, std::span<double>) {
    if (run.end == 8) throw Error(ErrorKind::internal, "the producer failed");
  };
  for (const char* name : {"x.mtx", "x.npy", "x.csv"}) {
    expect_error(world, ErrorKind::internal, {"the producer failed"},
                 [&] { write_matrix(world, folder.file(name), mine, failing); });
  }
  wait_for_all(world);
  EXPECT_TRUE(folder.names().empty());
}

}  // namespace
}  // namespace partita::testing
