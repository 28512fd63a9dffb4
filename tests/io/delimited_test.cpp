#include "io/io_support.hpp"

namespace partita::testing {
namespace {

/// Checks values and labels of a table. Collective.
void expect_table(const Communicator& world, const std::string& path, const Whole& whole,
                  const Labels& labels, ReadOptions options = {}) {
  expect_file(world, path, whole, options);
  for (const bool transpose : {false, true}) {
    options.transpose = transpose;
    const auto source = open_matrix(world, path, options);
    const auto& rows = transpose ? labels.columns : labels.rows;
    const auto& columns = transpose ? labels.rows : labels.columns;
    EXPECT_EQ(source->shape().has_row_labels, !rows.empty()) << path;
    EXPECT_EQ(source->shape().has_column_labels, !columns.empty()) << path;
    const JobPlan plan{.groups = 1, .grid = {1, world.size()}};
    (void)read_block<double>(
        world, *source, plan,
        MatrixLayout(source->shape().rows, source->shape().columns, plan.grid));
    EXPECT_EQ(source->labels().columns, columns) << path;
    EXPECT_EQ(source->labels().rows, world.is_root() ? rows : std::vector<std::string>()) << path;
  }
}

TEST(Delimited, Numbers) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  expect_table(world, folder.put("x.csv", "1,2.5,3\n4, 5 ,6e1\n"), {2, 3, {1, 2.5, 3, 4, 5, 60}},
               {});
  expect_table(world, folder.put("x.tsv", "1\t2\t3\r\n\r\n4\t5\t6\r\n7\t8\t9"),
               {3, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9}}, {});
  expect_table(world, folder.put("one.csv", "7\n"), {1, 1, {7}}, {});
  expect_table(world, folder.put("column.csv", "7\n8\n9"), {3, 1, {7, 8, 9}}, {});
  expect_table(world,
               folder.put("mark.csv",
                          "\xef\xbb\xbf"
                          "1,2\n3,4\n"),
               {2, 2, {1, 2, 3, 4}}, {});
}

TEST(Delimited, NamesAreDetected) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const Whole whole{2, 2, {1, 0, 3, 4}};
  expect_table(world, folder.put("h.csv", "a,b\n1,0\n3,4\n"), whole, {{}, {"a", "b"}});
  expect_table(world, folder.put("l.csv", "r,1,0\ns,3,4\n"), whole, {{"r", "s"}, {}});
  expect_table(world, folder.put("hl.csv", "id,a,b\nr,1,0\ns,3,4\n"), whole,
               {{"r", "s"}, {"a", "b"}});
  expect_table(world, folder.put("corner.csv", ",2019,2020\n1,1,0\n2,3,4\n"), whole,
               {{"1", "2"}, {"2019", "2020"}});
  expect_table(world, folder.put("short.tsv", "a\tb\nr\t1\t0\ns\t3\t4\n"), whole,
               {{"r", "s"}, {"a", "b"}});
  expect_table(world, folder.put("column.csv", "name\n5\n6\n"), {2, 1, {5, 6}}, {{}, {"name"}});
  expect_table(world,
               folder.put("mark.csv",
                          "\xef\xbb\xbf"
                          "a,b\n1,0\n3,4\n"),
               whole, {{}, {"a", "b"}});
}

TEST(Delimited, NamesAreStated) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  expect_table(world, folder.put("x.csv", "1,2\n3,4\n5,6\n"), {2, 1, {4, 6}}, {{"3", "5"}, {"2"}},
               {.header = Presence::yes, .row_labels = Presence::yes});
  expect_table(world, folder.put("y.csv", ",2\n1,4\n"), {1, 1, {4}}, {{"1"}, {"2"}});
}

TEST(Delimited, QuotedFields) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  expect_table(world,
               folder.put("x.csv",
                          "\"\",\"a, b\",\"say \"\"x\"\"\" ,\"\"\n"
                          "\"one, two\",\"1\", \"2.5\",3\n\"\"\"q\",4,\"5\",\"6\"\n"),
               {2, 3, {1, 2.5, 3, 4, 5, 6}}, {{"one, two", "\"q"}, {"a, b", "say \"x\"", ""}},
               {.header = Presence::yes, .row_labels = Presence::yes});
}

TEST(Delimited, ManyRowsInOrder) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const auto entry = [](Index i, Index j) { return static_cast<double>((i * i + j) % 4); };
  std::string text = "id,a,b,c\n";
  Labels labels{{}, {"a", "b", "c"}};
  for (Index i = 0; i < 101; ++i) {
    labels.rows.push_back(std::string("row ").append(std::to_string(i)));
    text += labels.rows.back();
    for (Index j = 0; j < 3; ++j) text.append(",").append(std::to_string(entry(i, j)));
    text += "\n";
  }
  expect_table(world, folder.put("x.csv", text), make_whole(101, 3, entry), labels);
  expect_table(world, folder.put("x.csv.gz", gzipped(text)), make_whole(101, 3, entry), labels);
}

}  // namespace
}  // namespace partita::testing
