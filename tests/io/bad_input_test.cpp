#include <array>
#include <cstring>
#include <fstream>
#include <limits>
#include <sys/stat.h>
#include <unistd.h>

#include "io/io_support.hpp"

namespace partita::testing {
namespace {

const std::string kReal = "%%MatrixMarket matrix coordinate real general\n";

class BadInput : public ::testing::Test {
 protected:
  /// Expects reading a file with this content to fail as bad data, in one piece and in small
  /// pieces, with the file's name and the given parts in the message. Collective.
  void expect_bad(const std::string& name, const std::string& content,
                  const std::vector<std::string>& parts, ReadOptions options = {}) {
    SCOPED_TRACE(content.substr(0, 100));
    const std::string path = folder_.put(name, content);
    for (const Index bytes : {Index{1} << 22, Index{9}}) {
      options.chunk_bytes = bytes;
      std::vector<std::string> all = parts;
      all.push_back(name + ": ");
      expect_error(world_, ErrorKind::bad_data, all,
                   [&] { (void)read_simply(world_, path, options); });
    }
  }

  Communicator world_ = Communicator::world();
  Folder folder_{world_};
};

TEST_F(BadInput, NoFile) {
  for (const char* name : {"x.mtx", "x.npy", "x.csv", "x.tsv.gz"}) {
    expect_error(world_, ErrorKind::no_input, {name, "no such file"},
                 [&] { (void)open_matrix(world_, folder_.file(name)); });
  }
  const std::string file = folder_.put("file", "");
  expect_error(world_, ErrorKind::no_input, {"no such file"},
               [&] { (void)open_matrix(world_, file + "/x.mtx"); });
}

TEST_F(BadInput, UnknownFormat) {
  for (const char* name : {"x.dat", "x", "x.mtx.bz2"}) {
    expect_error(world_, ErrorKind::usage, {name, "mtx", "npy", "csv", "tsv"},
                 [&] { (void)open_matrix(world_, folder_.file(name)); });
  }
  expect_error(world_, ErrorKind::usage, {"--format mat", "mtx"},
               [&] { (void)open_matrix(world_, folder_.file("x.mtx"), {}, "mat"); });
}

TEST_F(BadInput, Unreadable) {
  const std::string directory = folder_.file("d.mtx");
  if (world_.is_root()) ::mkdir(directory.c_str(), 0755);
  wait_for_all(world_);
  expect_error(world_, ErrorKind::bad_data, {"d.mtx", "unreadable", "directory"},
               [&] { (void)open_matrix(world_, directory); });
  expect_error(world_, ErrorKind::bad_data, {"/dev/null", "not a regular file"},
               [&] { (void)open_matrix(world_, "/dev/null", {}, "npy"); });
  if (::geteuid() == 0) return;  // root may read everything
  const std::string secret = folder_.put("s.csv", "1\n");
  if (world_.is_root()) ::chmod(secret.c_str(), 0);
  wait_for_all(world_);
  expect_error(world_, ErrorKind::bad_data, {"s.csv", "unreadable"},
               [&] { (void)open_matrix(world_, secret); });
}

TEST_F(BadInput, MarketHeader) {
  expect_bad("x.mtx", "", {"empty"});
  expect_bad("x.mtx", "1 1 1\n", {"line 1", "\"1 1 1\"", "%%MatrixMarket"});
  expect_bad("x.mtx", "%%MatrixMarket matrix coordinate real\n1 1 1\n1 1 1\n",
             {"line 1", "FORMAT"});
  expect_bad("x.mtx", "%%MatrixMarket vector coordinate real general\n", {"line 1"});
  expect_bad("x.mtx", "%%MatrixMarket matrix list real general\n", {"line 1", "list"});
  expect_bad("x.mtx", "%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 1 0\n",
             {"line 1", "complex"});
  expect_bad("x.mtx", "%%MatrixMarket matrix coordinate complex hermitian\n1 1 1\n1 1 1 0\n",
             {"line 1", "complex"});
  expect_bad("x.mtx", "%%MatrixMarket matrix coordinate real skew-symmetric\n1 1 0\n",
             {"line 1", "skew-symmetric"});
  expect_bad("x.mtx", "%%MatrixMarket matrix array pattern general\n1 1\n", {"line 1", "pattern"});
  expect_bad("x.mtx", kReal + "% only\n", {"truncated"});
  expect_bad("x.mtx", kReal + "% c\n3 4\n", {"line 3", "\"3 4\"", "rows columns entries"});
  expect_bad("x.mtx", kReal + "3 -4 1\n", {"line 2", "3 -4 1"});
  expect_bad("x.mtx", kReal + "3 99999999999999999999 1\n", {"line 2"});
  expect_bad("x.mtx", kReal + "0 4 0\n", {"line 2", "empty"});
  expect_bad("x.mtx", "%%MatrixMarket matrix array real general\n99999999999 99999999999\n1\n",
             {"line 2", "too large"});
  expect_bad("x.mtx", "%%MatrixMarket matrix coordinate real symmetric\n3 4 1\n3 1 1\n",
             {"line 2", "square"});
}

TEST_F(BadInput, MarketEntries) {
  expect_bad("x.mtx", kReal + "3 4 2\n1 1 1\n4 1 1\n", {"line 4", "row 4", "1..3"});
  expect_bad("x.mtx", kReal + "3 4 2\n1 0 1\n3 1 1\n", {"line 3", "column 0", "1..4"});
  expect_bad("x.mtx", kReal + "3 4 2\n1 1 1\n-1 1 1\n", {"line 4", "row -1", "1..3"});
  expect_bad("x.mtx", kReal + "3 4 1\n1.5 1 1\n", {"line 3", "row 1.5", "not a whole number"});
  expect_bad("x.mtx", kReal + "3 4 1\n1 nan 1\n", {"line 3", "column nan"});
  expect_bad("x.mtx", kReal + "3 4 1\n1e+05 1 1\n", {"line 3", "row 1e+05", "1..3"});
  expect_bad("x.mtx", kReal + "3 4 1\n1 99999999999999999999 1\n", {"line 3", "1..4"});
  expect_bad("x.mtx", kReal + "3 4.5 1\n", {"line 2", "rows columns entries"});
  expect_bad("x.mtx", kReal + "3 4 1\na 1 1\n", {"line 3", "row \"a\"", "not a number"});
  expect_bad("x.mtx", kReal + "3 4 1\n1 1 x1\n", {"line 3", "\"x1\"", "not a number"});
  expect_bad("x.mtx", kReal + "3 4 1\n1 1 1x\n", {"line 3", "\"1x\"", "not a number"});
  expect_bad("x.mtx", kReal + "3 4 2\n1 1 1\n1 2   \n", {"line 4", "found 2 fields"});
  expect_bad("x.mtx", kReal + "3 4 1\n1 1 1 1\n", {"line 3", "found 4 fields"});
  expect_bad("x.mtx", "%%MatrixMarket matrix coordinate pattern general\n3 4 1\n1 1 1\n",
             {"line 3", "\"row column\"", "found 3 fields"});
  expect_bad("x.mtx", kReal + "3 4 2\n1 1 1\n2 3 -0.5\n",
             {"line 4", "row 2, column 3", "value -0.5", "negative"});
  expect_bad("x.mtx", kReal + "3 4 1\n2 3 NaN\n", {"line 3", "nan"});
  expect_bad("x.mtx", kReal + "3 4 1\n2 3 -inf\n", {"line 3", "infinite"});
  expect_bad("x.mtx", kReal + "3 4 1\n2 3 1e999\n", {"line 3", "infinite"});
  expect_bad("x.mtx", kReal + "3 4 1\n2 3 inf\n", {"line 3", "infinite"},
             {.values = ValueRule::finite});
  expect_bad("x.mtx", "%%MatrixMarket matrix coordinate real symmetric\n3 3 1\n1 2 1\n",
             {"line 3", "row 1, column 2", "above the diagonal"});
  expect_bad("x.mtx", "%%MatrixMarket matrix array real general\n2 2\n1\n2\n% c\n-3\n4\n",
             {"line 6", "row 1, column 2", "value -3"});
  expect_bad("x.mtx", "%%MatrixMarket matrix array real general\n2 2\n1\n2\n3 3\n4\n",
             {"line 5", "\"3 3\""});
}

TEST_F(BadInput, MarketCounts) {
  expect_bad("x.mtx", kReal + "30 40 3\n1 1 100000\n2 2 100000\n",
             {"declares 3 entries", "holds 2", "truncated"});
  expect_bad("x.mtx", kReal + "30 40 1\n1 1 1\n2 2 1\n", {"declares 1 entries", "holds 2"});
  expect_bad("x.mtx", kReal + "30 40 900000000000\n1 1 1\n",
             {"declares 900000000000 entries", "at most 2", "truncated"});
  expect_bad("x.mtx", "%%MatrixMarket matrix array real general\n2 2\n1.0\n2.0\n3.0\n",
             {"declares 4 values", "holds 3", "truncated"});
  expect_bad("x.mtx", "%%MatrixMarket matrix array real general\n1 2\n1\n2\n3\n",
             {"declares 2 values", "holds 3"});
  expect_bad("x.mtx.gz", gzipped(kReal + "30 40 3\n1 1 1\n2 2 1\n"),
             {"declares 3 entries", "holds 2"});
}

TEST_F(BadInput, OptionsOfTablesWithOtherFormats) {
  const std::string mtx = folder_.put("x.mtx", kReal + "3 4 1\n1 1 1\n");
  const std::string npy_file = folder_.put(
      "x.npy", npy(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2)}", "12"));
  for (const std::string& path : {mtx, npy_file}) {
    const auto refused = [&](const std::string& option, const ReadOptions& options) {
      expect_error(world_, ErrorKind::usage, {option, "csv"},
                   [&] { (void)open_matrix(world_, path, options); });
    };
    refused("--header", {.header = Presence::no});
    refused("--row-labels", {.row_labels = Presence::yes});
    refused("--separator", {.separator = ';'});
    refused("--decimal", {.decimal = ','});
  }
}

TEST_F(BadInput, LinesTooLongToBeHeld) {
  if (world_.size() > 1) return;  // large, and the same on several processes
  std::string lines;
  for (int i = 0; i < 200; ++i) lines += "2\n";
  const std::string piece(std::size_t{1} << 24, '1');
  for (const std::string name : {"x.csv", "x.mtx"}) {
    const std::string path = folder_.file(name);
    for (const std::string& start : {std::string(), lines}) {
      std::ofstream file(path);
      if (name == "x.mtx") file << "%%MatrixMarket matrix array real general\n201 1\n";
      file << start;
      for (int i = 0; i < 17; ++i) file << piece;
      file.close();
      expect_error(world_, ErrorKind::bad_data, {name, "256 MiB"},
                   [&] { (void)read_simply(world_, path); });
    }
  }
}

TEST_F(BadInput, TheFirstFaultInTheFileIsReported) {
  std::string text = kReal + "500 1 500\n";
  for (int i = 1; i <= 500; ++i) {
    text += std::to_string(i) + (i == 300                ? " 1 -7\n"
                                 : i > 300 && i % 3 == 0 ? " 1 x\n"
                                                         : " 1 1\n");
  }
  expect_bad("x.mtx", text, {"line 302", "value -7"});
  expect_bad("x.mtx.gz", gzipped(text), {"line 302", "value -7"});
}

TEST_F(BadInput, Gzip) {
  const std::string good = gzipped(kReal + "3 4 1\n1 1 1\n");
  expect_bad("x.mtx.gz", kReal + "3 4 1\n1 1 1\n", {"not a gzip file"});
  expect_bad("x.mtx.gz", good.substr(0, good.size() - 12), {"gzip"});
  expect_bad("x.mtx.gz", good.substr(0, good.size() - 3), {"gzip"});
  std::string damaged = good;
  damaged[20] = static_cast<char>(damaged[20] ^ 1);
  expect_bad("x.mtx.gz", damaged, {"gzip"});
  expect_bad("x.npy", good, {"not a .npy file"});
}

TEST_F(BadInput, NumpyHeader) {
  const std::string two(16, '\0');
  const auto with = [&](const std::string& descr, const std::string& shape) {
    return npy(1, "{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + "}", two);
  };
  expect_bad("x.npy", "", {"empty"});
  expect_bad("x.npy", "1,2\n3,4\n", {"magic"});
  expect_bad("x.npy", "\x93NUM", {"magic"});
  expect_bad("x.npy", "\x93NUMPY\x01", {"truncated"});
  expect_bad("x.npy", with("'<f8'", "(1, 2)").substr(0, 40), {"truncated", "header"});
  expect_bad("x.npy", npy(9, "{}", ""), {"version 9"});
  expect_bad("x.npy", npy(1, "{}", ""), {"descr"});
  expect_bad("x.npy", with("'<c16'", "(1, 1)"), {"<c16", "complex"});
  expect_bad("x.npy", with("'<f16'", "(1, 1)"), {"<f16", "not supported"});
  expect_bad("x.npy", with("'|O'", "(1, 2)"), {"|O", "not supported"});
  expect_bad("x.npy", with("[('a', '<f8')]", "(1, 2)"), {"not supported"});
  expect_bad("x.npy", with("'<f8'", "(2,)"), {"(2,)", "1 dimensions"});
  expect_bad("x.npy", with("'<f8'", "(1, 2, 1)"), {"(1, 2, 1)", "3 dimensions"});
  expect_bad("x.npy", with("'<f8'", "()"), {"0 dimensions"});
  expect_bad("x.npy", with("'<f8'", "(0, 2)"), {"empty", "(0, 2)"});
  expect_bad("x.npy", with("'<f8'", "(1, x)"), {"damaged", "(1, x)"});
  expect_bad("x.npy", with("'<f8'", "(99999999999999, 99999999999999)"), {"too large"});
  expect_bad("x.npy", with("'<f8'", "(3, 1)"), {"truncated", "bytes"});
  expect_bad("x.npy", with("'<f8'", "(1, 1)"), {"too long", "bytes"});
}

TEST_F(BadInput, NumpyValues) {
  std::string bytes(6, '\1');
  bytes[4] = '\xfe';
  expect_bad("x.npy", npy(1, "{'descr': '|i1', 'fortran_order': False, 'shape': (2, 3)}", bytes),
             {"row 1, column 1", "counted from 0", "value -2", "negative"});
  const auto doubles = [](double last) {
    const std::array<double, 3> values{1, -0.0, last};
    std::string raw(sizeof(values), '\0');
    std::memcpy(raw.data(), values.data(), raw.size());
    return npy(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 3)}", raw);
  };
  using Limits = std::numeric_limits<double>;
  expect_bad("x.npy", doubles(-Limits::denorm_min()), {"row 0, column 2", "negative"});
  expect_bad("x.npy", doubles(-Limits::max()), {"row 0, column 2", "negative"});
  expect_bad("x.npy", doubles(Limits::infinity()), {"row 0, column 2", "infinite"});
  expect_bad("x.npy", doubles(-Limits::infinity()), {"row 0, column 2", "infinite"});
  expect_bad("x.npy", doubles(Limits::quiet_NaN()), {"row 0, column 2", "not a number"});
}

TEST_F(BadInput, Tables) {
  expect_bad("x.csv", "", {"empty"});
  expect_bad("x.csv", "\n \n", {"empty"});
  expect_bad("x.csv", "a,b\n", {"line 1", "\"b\"", "--header"});
  expect_bad("x.csv", "a,b\n", {"no rows"}, {.header = Presence::yes});
  expect_bad("x.csv", "1,2\n3,4\n5\n6,7\n", {"line 3", "expected 2", "found 1"});
  expect_bad("x.csv", "1,2\n3,4\n5,6,7\n", {"line 3", "expected 2", "found 3"});
  expect_bad("x.csv", "a,b,c\n1,2\n", {"header row has 3", "2"});
  expect_bad("x.csv", "1,2\n3,\n", {"line 2", "field 2", "empty"});
  expect_bad("x.csv", "1,2\n,4\n", {"line 2", "field 1", "empty"});
  expect_bad("x.csv", "1,2\n3,x\n", {"line 2", "field 2", "\"x\"", "not a number"});
  expect_bad("x.csv", "1,2\n3,4 4\n", {"line 2", "field 2", "\"4 4\""});
  expect_bad("x.csv", "a,2\n3,4\n5,6\n", {"line 1", "field 1", "\"a\"", "--header"});
  expect_bad("x.csv", "1,2\na,4\n5,6\n", {"line 2", "field 1", "\"a\"", "--row-labels"});
  expect_bad("x.csv", "1,2\n3,-4\n", {"line 2", "field 2", "value -4", "negative"});
  expect_bad("x.csv", "r,1,2\ns,3,nan\n", {"line 2", "field 3", "nan"});
  expect_bad("x.tsv", "1\t2\n3\tinf\n", {"line 2", "field 2", "infinite"});
  expect_bad("x.csv", "1,2\n\"3,4\n", {"line 2", "quoted field"});
  expect_bad("x.csv", "1,2\n\"3\"x,4\n", {"line 2", "closing quote"});
  expect_bad("x.csv", "h1,h2\n1,2\n\n3\n", {"line 4", "found 1"});
  expect_bad("x.csv", "x\ny\n", {"line 2", "\"y\""});
}

}  // namespace
}  // namespace partita::testing
