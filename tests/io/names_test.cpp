// Names of rows and columns from other files than the matrix's own.
#include <filesystem>

#include "io/io_support.hpp"

namespace partita::testing {
namespace {

const std::string kMarket = "%%MatrixMarket matrix coordinate real general\n3 2 2\n1 1 5\n3 2 7\n";
const Whole kWhole{3, 2, {5, 0, 0, 0, 0, 7}};

using Names = std::vector<std::string>;

class GivenNames : public ::testing::Test {
 protected:
  void expect_names(const std::string& path, const Names& rows, const Names& columns,
                    ReadOptions options = {}) {
    expect_file(world_, path, kWhole, options);
    for (const bool transpose : {false, true}) {
      options.transpose = transpose;
      const auto source = open_matrix(world_, path, options);
      const MatrixShape& shape = source->shape();
      const JobPlan plan{.groups = 1, .grid = {world_.size(), 1}};
      (void)read_block<double>(world_, *source, plan,
                               MatrixLayout(shape.rows, shape.columns, plan.grid));
      const Names& row_names = transpose ? columns : rows;
      const Names& column_names = transpose ? rows : columns;
      EXPECT_EQ(shape.has_row_labels, !row_names.empty());
      EXPECT_EQ(shape.has_column_labels, !column_names.empty());
      if (world_.is_root()) {
        EXPECT_EQ(source->labels().rows, row_names);
      }
      EXPECT_EQ(source->labels().columns, column_names);
    }
  }
  void make_folder(const std::string& name) {
    if (world_.is_root()) std::filesystem::create_directory(folder_.file(name));
    wait_for_all(world_);
  }

  Communicator world_ = Communicator::world();
  Folder folder_{world_};
};

TEST_F(GivenNames, LieBesideAMatrixMarketFile) {
  for (const char* name : {"x.mtx", "x.mtx.gz", "with.dots.mtx"}) {
    const std::string file(name);
    const std::string stem = file.substr(0, file.find(".mtx"));
    const std::string path = folder_.put(file, file.ends_with(".gz") ? gzipped(kMarket) : kMarket);
    expect_names(path, {}, {});
    (void)folder_.put(stem + ".columns.txt", "wind\nwater, cold\n");
    expect_names(path, {}, {"wind", "water, cold"});
    (void)folder_.put(stem + ".rows.txt", "a\r\n\r\nc");
    expect_names(path, {"a", "", "c"}, {"wind", "water, cold"});
    wait_for_all(world_);
    if (world_.is_root()) {
      std::filesystem::remove(folder_.file(stem + ".rows.txt"));
      std::filesystem::remove(folder_.file(stem + ".columns.txt"));
    }
    wait_for_all(world_);
  }
}

TEST_F(GivenNames, AreStated) {
  const std::string rows = folder_.put("names", "1\n2\n3\n");
  const std::string columns = folder_.put("names.gz", gzipped("p\nq\n"));
  const std::string path = folder_.put("x.mtx", kMarket);
  (void)folder_.put("x.rows.txt", "a\nb\nc\n");
  expect_names(path, {"1", "2", "3"}, {"p", "q"}, {.rows_file = rows, .columns_file = columns});
  // They win over those of the file itself.
  const std::string table = folder_.put("x.csv", ",left,right\na,5,0\nb,0,0\nc,0,7\n");
  expect_names(table, {"a", "b", "c"}, {"left", "right"});
  expect_names(table, {"1", "2", "3"}, {"left", "right"}, {.rows_file = rows});
  expect_names(table, {"a", "b", "c"}, {"p", "q"}, {.columns_file = columns});
}

TEST_F(GivenNames, AreAsManyAsThereAreLines) {
  const std::string path = folder_.put("x.mtx", kMarket);
  const auto refused = [&](const std::string& name, const std::string& text, const Names& parts) {
    ReadOptions options;
    (name == "columns" ? options.columns_file : options.rows_file) = folder_.put(name, text);
    for (const bool transpose : {false, true}) {
      options.transpose = transpose;
      expect_error(world_, ErrorKind::bad_data, parts,
                   [&] { (void)open_matrix(world_, path, options); });
    }
  };
  refused("rows", "a\nb\n", {"rows: ", "2 names", "3 rows"});
  refused("rows", "a\nb\nc\nd\n", {"rows: ", "more names", "3 rows"});
  refused("columns", "a\n", {"columns: ", "1 names", "2 columns", "--columns-file"});
  expect_error(world_, ErrorKind::no_input, {"nowhere"},
               [&] { (void)open_matrix(world_, path, {.rows_file = "nowhere"}); });
  (void)folder_.put("x.rows.txt", "a\n");
  expect_error(world_, ErrorKind::bad_data, {"x.rows.txt", "1 names"},
               [&] { (void)open_matrix(world_, path); });
}

TEST_F(GivenNames, AreWrittenBesideAMatrixMarketFile) {
  MatrixRows matrix{.rows = 2, .columns = 2, .fill = {}, .list = {}, .labels = {}};
  matrix.fill = [](Range, std::span<double> values) { std::ranges::fill(values, 1.0); };
  const Range mine = BlockDistribution(2, world_.size()).range(world_.rank());
  const std::string path = folder_.file("x.mtx");
  matrix.labels.columns = {"p", "q"};
  if (world_.is_root()) matrix.labels.rows = {"a\nb", "c"};
  write_matrix(world_, path, mine, matrix);
  EXPECT_EQ(content_of(folder_.file("x.rows.txt")), "a b\nc\n");
  EXPECT_EQ(content_of(folder_.file("x.columns.txt")), "p\nq\n");
  wait_for_all(world_);
  // Those of an older matrix are not left beside one without names.
  matrix.labels = {};
  write_matrix(world_, path, mine, matrix);
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"x.mtx"});
}

TEST_F(GivenNames, OfTenxFolders) {
  const std::string features =
      "E1\tALPHA\tGene Expression\nE2\tBETA\tGene Expression\n"
      "E3\tALPHA\tGene Expression\n";
  make_folder("new");
  (void)folder_.put("new/matrix.mtx.gz", gzipped(kMarket));
  (void)folder_.put("new/features.tsv.gz", gzipped(features));
  (void)folder_.put("new/barcodes.tsv.gz", gzipped("AAA-1\nCCC-1\n"));
  const Names names{"ALPHA_E1", "BETA", "ALPHA_E3"};
  for (const char* path : {"new", "new/"}) {
    expect_names(folder_.file(path), names, {"AAA-1", "CCC-1"});
  }
  make_folder("old");
  (void)folder_.put("old/matrix.mtx", kMarket);
  (void)folder_.put("old/genes.tsv", "E1\tONE\nE2\tTWO\nE3\tTHREE\n");
  (void)folder_.put("old/barcodes.tsv", "AAA-1\nCCC-1\n");
  expect_names(folder_.file("old"), {"ONE", "TWO", "THREE"}, {"AAA-1", "CCC-1"});
  // What the names of the three files begin with.
  (void)folder_.put("GSM1_matrix.mtx.gz", gzipped(kMarket));
  (void)folder_.put("GSM1_features.tsv.gz", gzipped("E1\nE2\nE3\n"));
  (void)folder_.put("GSM1_barcodes.tsv.gz", gzipped("AAA-1\nCCC-1\n"));
  expect_names(folder_.file("GSM1_"), {"E1", "E2", "E3"}, {"AAA-1", "CCC-1"});
  const std::string rows = folder_.put("rows", "x\ny\nz\n");
  expect_names(folder_.file("old"), {"x", "y", "z"}, {"AAA-1", "CCC-1"}, {.rows_file = rows});
}

TEST_F(GivenNames, OfTenxFoldersThatLackSomething) {
  make_folder("d");
  const auto lacks = [&](ErrorKind kind, const Names& parts) {
    expect_error(world_, kind, parts, [&] { (void)open_matrix(world_, folder_.file("d")); });
  };
  lacks(ErrorKind::no_input, {"/d: no matrix.mtx.gz", "features.tsv"});
  (void)folder_.put("d/matrix.mtx", kMarket);
  lacks(ErrorKind::no_input, {"/d: no features.tsv"});
  (void)folder_.put("d/features.tsv", "E1\tA\nE2\tB\n");
  lacks(ErrorKind::no_input, {"/d: no barcodes.tsv"});
  (void)folder_.put("d/barcodes.tsv", "AAA\nCCC\n");
  lacks(ErrorKind::bad_data, {"d/features.tsv", "2 names", "3 rows"});
}

}  // namespace
}  // namespace partita::testing
