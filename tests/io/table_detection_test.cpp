// What is taken for separators, decimal marks and names, and what is only warned about.
#include <algorithm>
#include <array>

#include "io/io_support.hpp"

namespace partita::testing {
namespace {

/// How a table should be understood; nothing stands for none.
struct Understood {
  Index rows;
  Index columns;
  std::string separator;
  std::string decimal;
  bool header = false;
  bool row_labels = false;
  std::vector<std::string> warnings = {};  ///< a part of each
};

class TableDetection : public ::testing::Test {
 protected:
  void expect(const std::string& name, const std::string& text, const Understood& wanted,
              const ReadOptions& options = {}) {
    SCOPED_TRACE(text);
    const auto source = open_matrix(world_, folder_.put(name, text), options);
    const MatrixShape& shape = source->shape();
    EXPECT_EQ(shape.rows, wanted.rows);
    EXPECT_EQ(shape.columns, wanted.columns);
    EXPECT_EQ(shape.has_column_labels, wanted.header);
    EXPECT_EQ(shape.has_row_labels, wanted.row_labels);
    const Reading& reading = source->reading();
    if (!world_.is_root()) {
      EXPECT_TRUE(reading.facts.empty());
      EXPECT_TRUE(reading.warnings.empty());
      return;
    }
    expect_fact(reading, "header", wanted.header ? "yes" : "no");
    expect_fact(reading, "row_labels", wanted.row_labels ? "yes" : "no");
    expect_fact(reading, "separator", wanted.separator);
    expect_fact(reading, "decimal", wanted.decimal);
    ASSERT_EQ(reading.warnings.size(), wanted.warnings.size())
        << ::testing::PrintToString(reading.warnings);
    for (std::size_t w = 0; w < reading.warnings.size(); ++w) {
      EXPECT_NE(reading.warnings[w].find(wanted.warnings[w]), std::string::npos)
          << reading.warnings[w];
    }
  }
  void expect_bad(const std::string& name, const std::string& text,
                  const std::vector<std::string>& parts, const ReadOptions& options = {}) {
    SCOPED_TRACE(text);
    const std::string path = folder_.put(name, text);
    expect_error(world_, ErrorKind::bad_data, parts,
                 [&] { (void)read_simply(world_, path, options); });
  }
  static void expect_fact(const Reading& reading, const std::string& name,
                          const std::string& value) {
    const auto found = std::ranges::find(reading.facts, name, &Fact::first);
    ASSERT_NE(found, reading.facts.end()) << name;
    EXPECT_EQ(found->second, value) << name;
  }

  using Fact = std::pair<std::string, std::string>;
  Communicator world_ = Communicator::world();
  Folder folder_{world_};
};

TEST_F(TableDetection, Separators) {
  const Whole whole{2, 3, {1, 0, 2.5, 0, 3, 0}};
  for (const std::string name : {"x.csv", "x.tsv"}) {
    for (const char separator : {',', ';', '\t', ' '}) {
      std::string text = "a,b,c\n1,0,2.5\n0,3,0\n";
      std::ranges::replace(text, ',', separator);
      SCOPED_TRACE(text);
      expect_file(world_, folder_.put(name, text), whole);
      expect_file(world_, folder_.put(name, text.substr(6)), whole);
    }
    expect_file(world_, folder_.put(name, "  1   0\t2.5 \n0 3 \t 0\n"), whole);
  }
  expect("x.csv", "a;b;c\n1;0;2.5\n0;3;0\n", {2, 3, "semicolon", "point", true});
  expect("x.csv", "1\t2\n4\t3\n", {2, 2, "tab", "point"});
  expect("x.tsv", "1 2\n4 3\n", {2, 2, "space", "point"});
  expect("x.csv", "g1 5 6\ng2 7 9\n", {2, 2, "space", "point", false, true});
  expect("x.csv", "\"a b\" 5 6\n\"c d\" 7 9\n", {2, 2, "space", "point", false, true});
  expect("x.csv", "total of all\n5\n6\n", {2, 1, "none", "point", true});
  expect("x.csv", "name;a;b\nMeier, Eva;1;2\nLang, Jo;5;3\n",
         {2, 2, "semicolon", "point", true, true});
  expect("x.csv", "name,a,b\nMeier; Eva,1,2\nLang; Jo,5,3\n", {2, 2, "comma", "point", true, true});
}

TEST_F(TableDetection, StatedSeparators) {
  expect("x.csv", "1|2\n4|3\n", {2, 2, "|", "point"}, {.separator = '|'});
  expect("x.csv", "1;2\n4;3\n", {2, 2, "semicolon", "point"}, {.separator = ';'});
  expect_bad("x.csv", "1;2\n4;3\n", {"line 1", "\"1;2\""}, {.separator = ','});
  expect_file(world_, folder_.put("x.csv", "\"1,5\",\"2,25\"\n3,4\n"), {2, 2, {1.5, 2.25, 3, 4}},
              {.separator = ',', .decimal = ','});
}

TEST_F(TableDetection, DataThatCannotBeCutAreNoNames) {
  expect_bad("x.csv", "1|2\n3|4\n", {"line 1", "\"1|2\"", "--separator"});
  expect_bad("x.csv", "1 2\n3\n4\n", {"line 1", "\"1 2\""});
  expect_bad("x.csv", ",1,2\n,3,4\n", {"line 1", "field 1", "empty"});
  expect("x.csv", "2 or 3\n5\n4\n", {2, 1, "none", "point", true});
}

TEST_F(TableDetection, DecimalCommas) {
  const Whole whole{2, 3, {1, -0.5, 2.5, 3000, 3, 0}};
  const ReadOptions any{.values = ValueRule::any};
  expect_file(world_, folder_.put("x.csv", "a;b;c\n1;-0,5;2,5\n3,0e3;3;0\n"), whole, any);
  expect_file(world_, folder_.put("x.tsv", "1\t-0,5\t2,5\n3,0e3\t3\t0\n"), whole, any);
  expect_file(world_, folder_.put("x.csv", "1 -0,5 2,5\n3,0e3 3 0\n"), whole, any);
  expect_file(world_, folder_.put("x.csv", "\"1\",\"-0,5\",\"2,5\"\n\"3,0e3\",\"3\",\"0\"\n"),
              whole, any);
  expect("x.csv", "1;2,5\n3;4,5\n", {2, 2, "semicolon", "comma"});
  expect("x.csv", "1,5;2,5\n3,5;4,5\n", {2, 2, "semicolon", "comma"});
  expect("x.csv", "1,5\n2,25\n", {2, 1, "none", "comma"}, {.decimal = ','});
  expect("x.tsv", "1,5\n2,25\n", {2, 1, "none", "comma"}, {.decimal = ','});
  expect("x.csv", "1,234;2\n3;4\n", {2, 2, "semicolon", "comma"}, {.decimal = ','});
  expect_bad("x.csv", "1,234;2\n3;4\n", {"thousands", "--decimal"});
  expect_bad("x.csv", "a;b\n1.234,5;2,5\n3;4,5\n", {"line 2", "\"1.234,5\"", "thousands"});
  expect_bad("x.csv", "a,b\n1,5,2,5\n3,0,4,7\n", {"2 fields", "4", "another separator"});
  expect_bad("x.csv", "1;2,5\n3;4.5\n", {"line 1", "\"2,5\"", "--decimal"});
  expect_bad("x.csv", "1;2,5\n3;4.5\n", {"line 2", "\"4.5\"", "decimal mark"}, {.decimal = ','});
  expect_bad("x.csv", "1;2,500,000\n3;4\n", {"line 1", "\"2,500,000\"", "not a number"});
  std::string late = "a;b\n";
  for (int i = 0; i < 200; ++i) late += std::to_string(i % 7) + ";1\n";
  expect_bad("x.csv", late + "1;2,5\n", {"line 202", "\"2,5\"", "--decimal ,"});
}

TEST_F(TableDetection, CommasThatMayBeEither) {
  expect_bad("x.csv", "x\n1,5\n2,25\n", {"line 3", "2,25", "--decimal"});
  expect_bad("x.tsv", "1,5\n2,25\n", {"2,25", "--decimal"});
  expect_bad("x.csv", "1,05\n2,50\n", {"--decimal"});
  expect_bad("x.csv", "1,50,2,05\n3,99,2,00\n", {"--decimal"});
  expect_bad("x.csv", "1,5\n2\n3,25\n", {"line 2", "--decimal"});
  expect("x.csv", "1,5\n2,25\n", {2, 2, "comma", "point", false, false, {"--decimal ,"}});
  expect("x.csv", "a,b\n1,5\n2,25\n", {2, 2, "comma", "point", true});
  expect("x.csv", "1,5\n2,2.5\n", {2, 2, "comma", "point"});
  expect("x.csv", "x\n1,5\n2,25\n", {2, 1, "comma", "point", true, true}, {.decimal = '.'});
  expect("x.csv", "x\n1,5\n2,25\n", {2, 1, "comma", "point", true, true},
         {.row_labels = Presence::yes});
  expect("x.csv", "x\na,05\nb,07\n", {2, 1, "comma", "point", true, true});
}

TEST_F(TableDetection, CommentsOnTop) {
  expect("x.csv", "# made by x\n\n# on a day, at noon\na,b,c\n1,0,2.5\n0,3,0\n",
         {2, 3, "comma", "point", true});
  expect("x.csv", "# made by x\n1,0,2.5\n0,3,0\n", {2, 3, "comma", "point"});
  expect("x.csv", "#id,a,b\nr,1,0\ns,3,0\n", {2, 2, "comma", "point", true, true});
  expect("x.csv", "# a,b\n1,0\n3,7\n3,0.5\n", {3, 2, "comma", "point", true});
  expect("x.csv", "# a,b\n1,0\n3,7\n3,0.5\n", {3, 2, "comma", "point"}, {.header = Presence::no});
  expect("x.csv", "# made by me, today\n1,0\n3,7\n3,0.5\n", {3, 2, "comma", "point"});
  expect("x.csv", "#1,2,4\n1,0,2.5\n0,3,0\n",
         {2, 3, "comma", "point", false, false, {"line 1 starts with #"}});
  expect_bad("x.csv", "1,2,4\n# half\n1,0,2.5\n", {"line 2", "#", "above the table"});
  expect_bad("x.csv", "1,2,4\n#1,0,2.5\n", {"line 2", "#", "above the table"});
  expect_bad("x.csv", "a,b\n# units\n1,0\n", {"#", "above the table"});
  expect_bad("x.csv", "# only\n#that\n", {"#"});
  const auto source = open_matrix(world_, folder_.put("y.csv.gz", gzipped("#\n#\n1,2,0\n5,1,6\n")));
  if (world_.is_root()) expect_fact(source->reading(), "comment_lines", "2");
}

TEST_F(TableDetection, HeadersOfNumbers) {
  const std::string years = "country,2001,2002,2003,2004\n";
  const std::string rows = "c0,1,4,7,10\nc1,8,11,3,6\nc2,4,7,10,2\n";
  expect("x.csv", years + rows, {3, 4, "comma", "point", true, true});
  expect("x.csv", years + rows, {4, 4, "comma", "point", false, true}, {.header = Presence::no});
  expect("x.csv", "country,1950,1980,2004,2000\n" + rows, {3, 4, "comma", "point", true, true});
  expect("x.csv", "gene,7157,672\nr,1,4\ns,8,11\n", {2, 2, "comma", "point", true, true});
  expect("x.csv", "over,2,30,50,120,700\nr,0,1,0,1,0\ns,1,1,1,0,0\n",
         {3, 5, "comma", "point", false, true});
  expect("x.csv", "over,20,30,50,120,700\nr,0,1,4,7,0\ns,8,1,1,0,0\n",
         {2, 5, "comma", "point", true, true});
  expect("x.csv", ",0,1,2,3\n0,1,4,7,10\n1,8,11,3,6\n2,4,7,10,2\n",
         {3, 4, "comma", "point", true, true});
  expect("x.csv", "id,2001,2002,2003\n1,5,7,9\n2,3,1,2\n3,7,6,1\n",
         {3, 3, "comma", "point", true, true});
  expect("x.csv", "c,\"1\",\"2\"\nr,1,4\ns,8,11\n", {2, 2, "comma", "point", true, true});
  expect("x.csv", "2001,2003,2007\nr,1,4,7\ns,8,11,3\n", {2, 3, "comma", "point", true, true});
}

TEST_F(TableDetection, HeadersOfNumbersInDoubt) {
  const std::string doubt = "--header yes";
  expect("x.csv", "0,1,2,3\n5,1,7,2\n8,1,3,6\n4,7,1,2\n",
         {4, 4, "comma", "point", false, false, {doubt}});
  expect("x.csv", "2001,2002,2003\n5,1,7\n8,1,3\n4,7,1\n",
         {4, 3, "comma", "point", false, false, {doubt}});
  expect("x.csv", "0,1\n0.5,0.25\n0.75,0.5\n", {3, 2, "comma", "point", false, false, {doubt}});
  expect("x.csv", "x,7157,672,1956\nr,1,4,7\ns,8,11,3\n",
         {3, 3, "comma", "point", false, true, {doubt}});
  expect("x.csv", "0,1,2,3\n5,1,7,2\n8,1,3,6\n4,7,1,2\n", {4, 4, "comma", "point"},
         {.header = Presence::no});
}

TEST_F(TableDetection, PlainTablesStayAsTheyAre) {
  expect("x.csv", "1,2,3\n4,5,6\n7,8,9\n", {3, 3, "comma", "point"});
  expect("x.csv", "1,2,3\n4,5,6\n7,8,10\n", {3, 3, "comma", "point"});
  expect("x.csv", "5,1,7\n8,1,3\n4,7,1\n", {3, 3, "comma", "point"});
  expect("x.csv", "g1,1,2,3\ng2,5,0,2\ng3,4,4,1\n", {3, 3, "comma", "point", false, true});
  expect("x.csv", "a,b,c\n1,5,3\n4,2,2\n7,1,0\n", {3, 3, "comma", "point", true});
  expect("x.csv", "r,NA,1\ns,2,4\n", {2, 2, "comma", "point", false, true});
  expect_bad("x.csv", "r,NA,NA\ns,2,4\n", {"line 1", "\"NA\""});
}

TEST_F(TableDetection, LabelsOfNumbers) {
  const std::string ids = "1000,1,4,2\n1001,3,1,4\n1002,5,3,1\n";
  expect("x.csv", "user,a,b,c\n" + ids, {3, 3, "comma", "point", true, true});
  expect("x.csv", "patient_id,a,b,c\n77,1,4,2\n13,3,1,4\n20,5,3,1\n",
         {3, 3, "comma", "point", true, true});
  expect("x.csv", "user,a,b,c\n" + ids, {3, 4, "comma", "point", true},
         {.row_labels = Presence::no});
  expect("x.csv", "\"1\",5,6\n\"2\",7,1\n", {2, 2, "comma", "point", false, true});
}

TEST_F(TableDetection, LabelsOfNumbersInDoubt) {
  const std::string doubt = "--row-labels yes";
  expect("x.csv", "height,a,b\n1000,1,4\n1007,3,1\n1002,1,3\n",
         {3, 3, "comma", "point", true, false, {doubt}});
  expect("x.csv", "x,a,b\n3,1,4\n7,3,1\n2,3,1\n", {3, 3, "comma", "point", true, false, {doubt}});
  expect("x.csv", "0,7,4\n1,3,1\n2,1,3\n3,1,2\n", {4, 3, "comma", "point", false, false, {doubt}});
  expect("x.csv", "9000,1,4\n9500,3,1\n9100,1,3\n",
         {3, 3, "comma", "point", false, false, {doubt}});
}

TEST_F(TableDetection, WideCharactersAreNamed) {
  const std::string text = "a,b,c,d\n0,3,6,9\n7,10,2,5\n";
  for (const std::size_t bytes : {std::size_t{2}, std::size_t{4}}) {
    for (const bool high_first : {false, true}) {
      for (const bool mark : {false, true}) {
        std::string wide = mark ? (high_first ? "\xfe\xff" : "\xff\xfe") : "";
        if (mark && bytes == 4)
          wide = high_first ? std::string(2, '\0') + wide : wide + std::string(2, '\0');
        for (const char c : text) {
          const std::string zeros(bytes - 1, '\0');
          wide += high_first ? zeros + c : c + zeros;
        }
        const std::string name = bytes == 2 ? "UTF-16" : "UTF-32";
        expect_bad("x.csv", wide, {name, "UTF-8"});
        expect_bad("x.tsv.gz", gzipped(wide), {name, "UTF-8"});
        expect_bad("x.mtx", wide, {name, "UTF-8"});
      }
    }
  }
}

TEST_F(TableDetection, NulBytes) {
  const std::string nul(1, '\0');
  for (const Index bytes : {Index{1} << 22, Index{5}, Index{3}}) {
    const ReadOptions options{.chunk_bytes = bytes};
    expect_bad("x.csv", "1,2\n" + nul + "3,4\n5,6\n", {"line 2", "NUL"}, options);
    expect_bad("x.csv", "1,2\n3,4\n3," + nul + "4\n5,6\n", {"line 3", "NUL"}, options);
    expect_bad("x.csv", "1,2\n3,4\n5,6\n" + std::string(4096, '\0'), {"line 4", "NUL"}, options);
    expect_bad("x.csv", "1,2\n3,4\n5,6" + std::string(4096, '\0'), {"line 3", "NUL"}, options);
    expect_bad("x.csv", std::string(64, '\0'), {"line 1", "NUL"}, options);
    std::string many;
    for (int i = 0; i < 150; ++i) many += "1,2\n\n";
    expect_bad("x.csv", many + nul + "\n3,4\n", {"line 301", "NUL"}, options);
    expect_bad("x.csv.gz", gzipped(many + nul + "\n3,4\n"), {"line 301", "NUL"}, options);
    const std::string mtx = "%%MatrixMarket matrix coordinate real general\n";
    expect_bad("x.mtx", mtx + "3 4 2\n1 1 1\n" + nul + "2 2 1\n", {"line 4", "NUL"}, options);
    expect_bad("x.mtx", mtx + "3 4 1\n1 1 1\n" + std::string(999, '\0'), {"line 4", "NUL"},
               options);
    expect_bad("x.mtx", mtx + "%" + nul + "\n3 4 1\n1 1 1\n", {"line 2", "NUL"}, options);
    expect_bad("x.mtx", "%%MatrixMarket matrix array real general\n2 1\n1\n" + nul + "2\n",
               {"line 4", "NUL"}, options);
  }
}

}  // namespace
}  // namespace partita::testing
