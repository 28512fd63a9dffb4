// What is written in a format and read back is what it was, whatever the matrix, its names and the
// processes are.
#include <algorithm>
#include <random>

#include "io/io_support.hpp"

namespace partita::testing {
namespace {

/// A matrix with values at random places, as all processes draw it.
struct Drawn {
  Whole whole;
  Labels labels;  ///< of rows everywhere
  bool is_sparse = false;
};

/// Names that a careless reader or writer would take apart.
std::vector<std::string> drawn_names(std::mt19937& random, Index count) {
  const std::vector<std::string> words = {
      "a", "b,c", "\"quoted\"", "tab\there", "ä ö", "-1", "1e300", "name ", "#", "%", "\\n", "NaN"};
  std::vector<std::string> names;
  for (Index i = 0; i < count; ++i) {
    names.push_back(words[random() % words.size()] + words[random() % words.size()] +
                    std::to_string(i));
  }
  return names;
}

Drawn draw(std::mt19937& random) {
  Drawn drawn;
  const auto rows = static_cast<Index>(random() % 20 + 1);
  const auto columns = static_cast<Index>(random() % 20 + 2);
  const bool is_full = random() % 3 == 0;
  drawn.is_sparse = random() % 2 == 0;
  drawn.whole = make_whole(rows, columns, [&](Index, Index) {
    if (!is_full && random() % 5 != 0) return 0.0;
    return std::ldexp(static_cast<double>(random() % 100000), static_cast<int>(random() % 80) - 50);
  });
  drawn.labels = {drawn_names(random, rows), drawn_names(random, columns)};
  return drawn;
}

MatrixRows rows_of(const Communicator& world, const Drawn& drawn, bool is_named) {
  const Whole& whole = drawn.whole;
  MatrixRows matrix{
      .rows = whole.rows, .columns = whole.columns, .fill = {}, .list = {}, .labels = {}};
  const auto at = [&whole](Index i, Index j) {
    return whole.values[static_cast<std::size_t>(i * whole.columns + j)];
  };
  if (drawn.is_sparse) {
    matrix.list = [at, columns = whole.columns](Range run, std::vector<MatrixEntry>& entries) {
      for (Index i = run.begin; i < run.end; ++i) {
        for (Index j = 0; j < columns; ++j) {
          if (at(i, j) != 0) entries.push_back({{i}, {j}, at(i, j)});
        }
      }
    };
  } else {
    matrix.fill = [at, columns = whole.columns](Range run, std::span<double> values) {
      std::size_t place = 0;
      for (Index i = run.begin; i < run.end; ++i) {
        for (Index j = 0; j < columns; ++j) values[place++] = at(i, j);
      }
    };
  }
  if (is_named) matrix.labels = drawn.labels;
  if (!world.is_root()) matrix.labels.rows.clear();
  return matrix;
}

/// Ends of the processes' rows, drawn; processes may have none.
Range drawn_rows(const Communicator& world, std::mt19937& random, Index rows) {
  std::vector<Index> ends = {0, rows};
  for (int p = 1; p < world.size(); ++p) {
    ends.push_back(static_cast<Index>(random() % static_cast<unsigned>(rows + 1)));
  }
  std::ranges::sort(ends);
  const auto mine = static_cast<std::size_t>(world.rank());
  return {ends[mine], ends[mine + 1]};
}

TEST(RoundTrip, OfEveryFormat) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  std::mt19937 random(20);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same on every process
  for (int round = 0; round < 60; ++round) {
    const Drawn drawn = draw(random);
    for (const MatrixFormat& format : matrix_formats()) {
      if (format.write == nullptr) continue;
      const bool keeps_names = format.holds_labels || format.has_names_beside;
      const bool is_named = keeps_names && random() % 2 == 0;
      SCOPED_TRACE("round " + std::to_string(round) + ", " + format.name);
      // Text also packed: the second of its extensions.
      const bool is_packed = format.extensions.size() > 1 &&
                             format.extensions[1].ends_with(".gz") && random() % 2 == 0;
      const std::string path = folder.file("x" + format.extensions[is_packed ? 1 : 0]);
      write_matrix(world, path, drawn_rows(world, random, drawn.whole.rows),
                   rows_of(world, drawn, is_named));
      ReadOptions options;
      if (format.is_table) {  // names such as these cannot be told from data
        options.header = options.row_labels = is_named ? Presence::yes : Presence::no;
        options.separator = format.name == "csv" ? ',' : '\t';
        options.decimal = '.';
      }
      const auto source = open_matrix(world, path, options);
      const auto plans = plans_for(world.size());
      expect_blocks(world, *source, plans[random() % plans.size()], drawn.whole);
      EXPECT_EQ(source->shape().has_row_labels, is_named);
      EXPECT_EQ(source->shape().has_column_labels, is_named);
      const Labels wanted = is_named ? drawn.labels : Labels();
      EXPECT_EQ(source->labels().columns, wanted.columns);
      if (world.is_root()) {
        EXPECT_EQ(source->labels().rows, wanted.rows);
      }
      wait_for_all(world);
    }
  }
}

TEST(RoundTrip, PackedFilesAreTheSameByAnyProcessesOrNone) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const Whole whole = make_whole(3000, 70, [](Index i, Index j) {
    return (i + j) % 3 == 0 ? 0.0 : static_cast<double>(i * 70 + j) / 7;
  });
  const Drawn drawn{.whole = whole, .labels = {}, .is_sparse = false};
  const MatrixRows matrix = rows_of(world, drawn, false);
  const bool is_last = world.rank() == world.size() - 1;
  std::string first;
  for (const Range mine : {BlockDistribution(3000, world.size()).range(world.rank()),
                           is_last ? Range{0, 3000} : Range{}}) {
    write_matrix(world, folder.file("x.csv.gz"), mine, matrix);
    expect_blocks(world, *open_matrix(world, folder.file("x.csv.gz")), plans_for(world.size())[0],
                  whole);
    const std::string content = content_of(folder.file("x.csv.gz"));
    if (first.empty()) first = content;
    EXPECT_EQ(content, first);
    EXPECT_EQ(folder.names(), std::vector<std::string>{"x.csv.gz"});
    wait_for_all(world);
  }
  {
    const FullDisk full(100'000);
    expect_error(world, ErrorKind::input_output, {"x.tsv.gz", "writing failed"}, [&] {
      write_matrix(world, folder.file("x.tsv.gz"), is_last ? Range{0, 3000} : Range{}, matrix);
    });
  }
  EXPECT_EQ(folder.names(), std::vector<std::string>{"x.csv.gz"});
  expect_error(world, ErrorKind::usage, {"x.gz", "npy", "not written as .gz"},
               [&] { (void)find_output_format("x.gz", "npy"); });
}

}  // namespace
}  // namespace partita::testing
