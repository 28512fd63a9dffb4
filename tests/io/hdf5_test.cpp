#include <algorithm>
#include <filesystem>

#include "io/hdf5_support.hpp"
#include "io/io_support.hpp"

namespace partita::testing {
namespace {

double entry(Index i, Index j) {
  return static_cast<double>((11 * i + 3 * j) % 90 + 1);
}

/// Few are not zero, none in row 2 and in column 1.
double rare_entry(Index i, Index j) {
  return i != 2 && j != 1 && (3 * i + 5 * j) % 7 == 0 ? static_cast<double>(i + 2 * j + 1) : 0.0;
}

/// A matrix in the arrays of CSR; of CSC when made of the transposed.
struct Arrays {
  std::vector<double> values;
  std::vector<double> places;
  std::vector<double> starts{0};
};

Arrays arrays_of(const Whole& whole) {
  Arrays arrays;
  for (Index i = 0; i < whole.rows; ++i) {
    for (Index j = 0; j < whole.columns; ++j) {
      const double value = whole.values[static_cast<std::size_t>(i * whole.columns + j)];
      if (value == 0) continue;
      arrays.values.push_back(value);
      arrays.places.push_back(static_cast<double>(j));
    }
    arrays.starts.push_back(static_cast<double>(arrays.values.size()));
  }
  return arrays;
}

std::vector<std::string> named(const std::string& what, Index count) {
  std::vector<std::string> names;
  for (Index i = 0; i < count; ++i) names.push_back(what + std::to_string(i));
  return names;
}

void put_arrays(const Hdf5Writer& file, const std::string& group, const Arrays& arrays,
                const Stored& stored = {}) {
  file.numbers(group + "/data", {arrays.values.size()}, arrays.values, H5T_IEEE_F32LE, stored);
  file.whole(group + "/indices", arrays.places, stored);
  file.whole(group + "/indptr", arrays.starts);
}

/// obs or var, as anndata writes them.
void put_table(const Hdf5Writer& file, const std::string& table,
               const std::vector<std::string>& names) {
  file.group(table);
  file.text_attribute(table, "_index", "barcode");
  file.texts(table + "/barcode", names);
}

class Hdf5 : public ::testing::Test {
 protected:
  /// Writes a file on process 0. Collective.
  template <class Write>
  std::string put(const std::string& name, Write write) {
    if (world_.is_root()) write(Hdf5Writer(folder_.file(name)));
    wait_for_all(world_);
    return folder_.file(name);
  }
  /// Also where the fault is met by another process than the first.
  void expect_bad(const std::string& path, const std::vector<std::string>& parts,
                  ReadOptions options = {}) {
    for (const Index bytes : {Index{1} << 22, Index{7}}) {
      options.chunk_bytes = bytes;
      expect_error(world_, ErrorKind::bad_data, parts,
                   [&] { (void)read_simply(world_, path, options); });
    }
  }
  /// Names of a matrix, as a file, or Xᵀ, gives them.
  void expect_names(const std::string& path, const std::vector<std::string>& rows,
                    const std::vector<std::string>& columns, ReadOptions options = {}) {
    for (const bool transpose : {false, true}) {
      options.transpose = transpose;
      const auto source = open_matrix(world_, path, options);
      const JobPlan plan{.groups = 1, .grid = {world_.size(), 1}};
      const MatrixShape& shape = source->shape();
      (void)read_block<double>(world_, *source, plan,
                               MatrixLayout(shape.rows, shape.columns, plan.grid));
      const auto& row_names = transpose ? columns : rows;
      const auto& column_names = transpose ? rows : columns;
      EXPECT_EQ(shape.has_row_labels, !row_names.empty());
      EXPECT_EQ(shape.has_column_labels, !column_names.empty());
      if (world_.is_root()) {
        EXPECT_EQ(source->labels().rows, row_names);
      }
      EXPECT_EQ(source->labels().columns, column_names);
    }
  }

  Communicator world_ = Communicator::world();
  Folder folder_{world_};
};

TEST_F(Hdf5, NumbersOfEveryType) {
  const Whole whole = make_whole(5, 7, entry);
  for (const hid_t type :
       {H5T_IEEE_F64LE, H5T_IEEE_F64BE, H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_STD_I8LE, H5T_STD_U8BE,
        H5T_STD_I16LE, H5T_STD_U16BE, H5T_STD_I32BE, H5T_STD_U32LE, H5T_STD_I64LE, H5T_STD_U64BE}) {
    expect_file(world_,
                put("x.h5",
                    [&](const Hdf5Writer& file) {
                      file.numbers("X", {5, 7}, whole.values, type);
                    }),
                whole);
  }
}

TEST_F(Hdf5, Booleans) {
  const std::string path = put("b.hdf5", [&](const Hdf5Writer& file) {
    const Hdf5Handle type(H5Tenum_create(H5T_NATIVE_INT8), H5Tclose);
    std::int8_t value = 0;
    H5Tenum_insert(type.id(), "FALSE", &value);
    value = 1;
    H5Tenum_insert(type.id(), "TRUE", &value);
    const std::array<hsize_t, 2> extents{2, 3};
    const Hdf5Handle space(H5Screate_simple(2, extents.data(), nullptr), H5Sclose);
    const Hdf5Handle made(
        H5Dcreate2(file.id(), "X", type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
        H5Dclose);
    const std::array<std::int8_t, 6> values{1, 0, 0, 1, 1, 0};
    H5Dwrite(made.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  });
  expect_file(world_, path, {2, 3, {1, 0, 0, 1, 1, 0}});
}

TEST_F(Hdf5, ChunksAndFilters) {
  const Whole whole = make_whole(23, 17, entry);
  const std::vector<Stored> kinds = {
      {.chunk = {4, 5}},
      {.chunk = {23, 17}, .gzip = true},
      {.chunk = {1, 17}, .gzip = true, .shuffle = true},
      {.chunk = {7, 1}, .gzip = true, .shuffle = true, .checksum = true},
      {.chunk = {3, 3}, .checksum = true}};
  for (const Stored& stored : kinds) {
    expect_file(world_,
                put("x.h5",
                    [&](const Hdf5Writer& file) {
                      file.numbers("X", {23, 17}, whole.values, H5T_IEEE_F32LE, stored);
                    }),
                whole);
  }
}

TEST_F(Hdf5, RowsLongerThanATile) {
  // A chunk of 64 whole rows would be too many values at a time, and so is a row.
  const auto long_entry = [](Index i, Index j) { return static_cast<double>((i + j) % 97); };
  const Whole wide = make_whole(66, 70001, long_entry);
  const std::string path = put("wide.h5", [&](const Hdf5Writer& file) {
    file.numbers("X", {66, 70001}, wide.values, H5T_STD_U8LE, {.chunk = {64, 1000}, .gzip = true});
  });
  for (const bool transpose : {false, true}) {
    const auto source = open_matrix(world_, path, {.transpose = transpose});
    expect_blocks<float>(world_, *source, plans_for(world_.size()).front(),
                         transpose ? transposed(wide) : wide);
  }
}

/// Keeps the tiles of a part.
struct KeptTiles final : PartSink {
  explicit KeptTiles(const Part& part)
      : columns(part.columns.size()),
        values(static_cast<std::size_t>(part.rows.size() * columns), -1) {}
  void add(std::span<const LocalEntry<double>> /*entries*/) override { FAIL(); }
  void set(Index row, Index column, const Tile& tile) override {
    for (Index i = 0; i < tile.rows; ++i) {
      for (Index j = 0; j < tile.columns; ++j) {
        values[static_cast<std::size_t>((row + i) * columns + column + j)] =
            tile.values[i * tile.row_step + j * tile.column_step];
      }
    }
  }

  Index columns;
  std::vector<double> values;
};

TEST_F(Hdf5, PlacesBeyond32Bits) {
  // 4.9 * 10^9 bytes, nearly all of them never written; the last rows are.
  constexpr Index kExtent = 70'000;
  constexpr Index kLast = kExtent - 3;
  const std::string path = put("large.h5", [&](const Hdf5Writer& file) {
    const std::array<hsize_t, 2> extents{kExtent, kExtent};
    const Hdf5Handle space(H5Screate_simple(2, extents.data(), nullptr), H5Sclose);
    const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_fill_time(creation.id(), H5D_FILL_TIME_NEVER);
    const Hdf5Handle made(H5Dcreate2(file.id(), "X", H5T_STD_U8LE, space.id(), H5P_DEFAULT,
                                     creation.id(), H5P_DEFAULT),
                          H5Dclose);
    const std::array<hsize_t, 2> begin{kLast, kLast};
    const std::array<hsize_t, 2> count{3, 3};
    const std::array<std::uint8_t, 9> values{1, 2, 3, 4, 5, 6, 7, 8, 9};
    const Hdf5Handle memory(H5Screate_simple(2, count.data(), nullptr), H5Sclose);
    H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, begin.data(), nullptr, count.data(), nullptr);
    H5Dwrite(made.id(), H5T_NATIVE_UINT8, memory.id(), space.id(), H5P_DEFAULT, values.data());
  });
  const auto source = open_matrix(world_, path, {.transpose = true});
  EXPECT_EQ(source->shape().stored, kExtent * kExtent);
  const Part part{{kLast, kExtent}, {kLast, kExtent}};
  const Placement placement(std::vector<Part>(static_cast<std::size_t>(world_.size()), part));
  KeptTiles sink(part);
  source->read(world_, placement, sink);
  EXPECT_EQ(sink.values, (std::vector<double>{1, 4, 7, 2, 5, 8, 3, 6, 9}));
}

TEST_F(Hdf5, TheMatrixOfAFileAndOneOfSeveral) {
  const Whole X = make_whole(4, 3, entry);
  const Whole Y = make_whole(3, 4, entry);
  const std::string one = put("one.h5", [&](const Hdf5Writer& file) {
    file.group("deep");
    file.group("deep/er");
    file.numbers("deep/er/X", {4, 3}, X.values);
    file.numbers("weights", {3}, {1, 2, 3});
    file.texts("words", {"a", "b"});
  });
  expect_file(world_, one, X);
  const std::string two = put("two.h5", [&](const Hdf5Writer& file) {
    file.numbers("X", {4, 3}, X.values);
    file.group("g");
    file.numbers("g/Y", {3, 4}, Y.values);
    file.numbers("v", {3}, {1, 2, 3});
    file.texts("words", {"a", "b"});
  });
  expect_file(world_, two, X, {.dataset = "X"});
  expect_file(world_, two, Y, {.dataset = "/g/Y"});
  expect_error(world_, ErrorKind::usage, {"two.h5", "X, g/Y", "--dataset"},
               [&] { (void)open_matrix(world_, two); });
  expect_error(world_, ErrorKind::no_input, {"two.h5", "g/Z", "X, g/Y"},
               [&] { (void)open_matrix(world_, two, {.dataset = "g/Z"}); });
  expect_bad(two, {"group /g", "not a matrix", "X, g/Y"}, {.dataset = "g"});
  expect_bad(two, {"two.h5: v", "1 dimensions"}, {.dataset = "v"});
  expect_bad(two, {"two.h5: words", "text"}, {.dataset = "words"});
  const std::string npy = folder_.put("x.npy", "");
  expect_error(world_, ErrorKind::usage, {"x.npy", "--dataset"},
               [&] { (void)open_matrix(world_, npy, {.dataset = "X"}); });
}

TEST_F(Hdf5, AnnDataSparseAndDense) {
  const Whole whole = make_whole(13, 9, rare_entry);
  const Whole counts = make_whole(13, 9, entry);
  for (const bool by_rows : {true, false}) {
    for (const Stored& stored : {Stored{}, Stored{.chunk = {5}, .gzip = true}}) {
      const std::string path = put("x.h5ad", [&](const Hdf5Writer& file) {
        file.text_attribute("/", "encoding-type", "anndata");
        file.group("X");
        put_arrays(file, "X", arrays_of(by_rows ? whole : transposed(whole)), stored);
        file.text_attribute("X", "encoding-type", by_rows ? "csr_matrix" : "csc_matrix");
        file.whole_attribute("X", "shape", {13, 9});
        file.group("layers");
        file.numbers("layers/counts", {13, 9}, counts.values, H5T_STD_I32LE);
        put_table(file, "obs", named("cell", 13));
        put_table(file, "var", named("gene", 9));
        file.group("obsm");
        file.numbers("obsm/pca", {13, 2}, make_whole(13, 2, entry).values);
      });
      expect_file(world_, path, whole);
      expect_file(world_, path, whole, {.zeros = StatedZeros::observed});
      EXPECT_TRUE(open_matrix(world_, path)->shape().sparse);
      expect_names(path, named("cell", 13), named("gene", 9));
      expect_file(world_, path, counts, {.dataset = "layers/counts"});
      expect_names(path, named("cell", 13), named("gene", 9), {.dataset = "layers/counts"});
      expect_names(path, named("cell", 13), {}, {.dataset = "obsm/pca"});
    }
  }
}

TEST_F(Hdf5, AnnDataBeforeItsEncodings) {
  const Whole whole = make_whole(6, 5, rare_entry);
  const std::string path = put("old.h5ad", [&](const Hdf5Writer& file) {
    file.group("X");
    put_arrays(file, "X", arrays_of(whole));
    file.text_attribute("X", "h5sparse_format", "csr");
    file.whole_attribute("X", "h5sparse_shape", {6, 5});
    // obs: records of a number and a name; var: of names alone.
    for (const bool is_obs : {true, false}) {
      const hsize_t count = is_obs ? 6 : 5;
      const std::size_t width = is_obs ? 12 : 4;
      const Hdf5Handle text(H5Tcopy(H5T_C_S1), H5Tclose);
      H5Tset_size(text.id(), 4);
      const Hdf5Handle record(H5Tcreate(H5T_COMPOUND, width), H5Tclose);
      if (is_obs) H5Tinsert(record.id(), "mass", 0, H5T_NATIVE_DOUBLE);
      H5Tinsert(record.id(), "index", is_obs ? 8 : 0, text.id());
      std::string bytes;
      for (hsize_t i = 0; i < count; ++i) {
        std::string row(width, '\0');
        row.replace(is_obs ? 8 : 0, 2, (is_obs ? "c" : "g") + std::to_string(i));
        bytes += row;
      }
      const Hdf5Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
      const Hdf5Handle made(H5Dcreate2(file.id(), is_obs ? "obs" : "var", record.id(), space.id(),
                                       H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                            H5Dclose);
      H5Dwrite(made.id(), record.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data());
    }
  });
  expect_file(world_, path, whole);
  expect_names(path, named("c", 6), named("g", 5));
}

TEST_F(Hdf5, TenxOfBothVersions) {
  const Whole whole = make_whole(8, 11, rare_entry);
  for (const bool is_old : {false, true}) {
    const std::string group = is_old ? "GRCh38" : "matrix";
    const std::string path = put("filtered.h5", [&](const Hdf5Writer& file) {
      file.group(group);
      put_arrays(file, group, arrays_of(transposed(whole)));
      file.whole(group + "/shape", {8, 11});
      file.texts(group + "/barcodes", named("BC", 11), 18);
      if (!is_old) file.group(group + "/features");
      file.texts(group + (is_old ? "/genes" : "/features/id"), named("ENSG", 8), 15);
      std::vector<std::string> symbols = named("G", 8);
      symbols[3] = symbols[5];  // two genes of one symbol
      symbols[6] = "";
      file.texts(group + (is_old ? "/gene_names" : "/features/name"), symbols, 15);
    });
    expect_file(world_, path, whole);
    std::vector<std::string> names = named("G", 8);
    names[3] = "G5_ENSG3";
    names[5] = "G5_ENSG5";
    names[6] = "ENSG6";
    expect_names(path, names, named("BC", 11));
  }
}

TEST_F(Hdf5, EntriesAtOnePlaceAddUpAndFullOnesAreHeldDense) {
  const std::string path = put("x.h5ad", [&](const Hdf5Writer& file) {
    file.group("X");
    put_arrays(file, "X", {{1, 2, 3, 4}, {1, 1, 0, 1}, {0, 2, 2, 4}});
    file.text_attribute("X", "encoding-type", "csr_matrix");
    file.whole_attribute("X", "shape", {3, 2});
  });
  expect_file(world_, path, {3, 2, {0, 3, 0, 0, 3, 4}});
  EXPECT_FALSE(open_matrix(world_, path)->shape().sparse);
}

TEST_F(Hdf5, ManyLinesWithoutEntries) {
  // More lines than starts are kept of, and entries in few of them.
  constexpr Index kRows = 5'000'000;
  Arrays arrays{{}, {}, std::vector<double>(kRows + 1, 0.0)};
  for (const Index row : {Index{0}, Index{1023}, Index{1024}, Index{3'333'333}, kRows - 1}) {
    arrays.values.push_back(static_cast<double>(row + 1));
    arrays.places.push_back(static_cast<double>(row % 3));
    for (Index i = row + 1; i <= kRows; ++i) ++arrays.starts[static_cast<std::size_t>(i)];
  }
  const std::string path = put("tall.h5ad", [&](const Hdf5Writer& file) {
    file.group("X");
    put_arrays(file, "X", arrays);
    file.text_attribute("X", "encoding-type", "csr_matrix");
    file.whole_attribute("X", "shape", {kRows, 3});
  });
  const auto source = open_matrix(world_, path, {.transpose = true, .chunk_bytes = 7});
  const JobPlan plan{.groups = 1, .grid = {1, world_.size()}};
  const MatrixLayout layout(3, kRows, plan.grid);
  const auto block = read_block<double>(world_, *source, plan, layout);
  const Range mine = layout.block_columns(world_.rank());
  std::vector<double> row(static_cast<std::size_t>(mine.size()));
  double sum = 0;
  for (Index i = 0; i < 3; ++i) {
    block->entries()->copy_row(i, row);
    for (Index j = 0; j < mine.size(); ++j) {
      const double value = row[static_cast<std::size_t>(j)];
      if (value == 0) continue;
      EXPECT_EQ(value, static_cast<double>(mine.begin + j + 1));
      EXPECT_EQ((mine.begin + j) % 3, i);
      sum += value;
    }
  }
  EXPECT_EQ(sum_over(world_, sum), 1 + 1024 + 1025 + 3'333'334 + kRows);
}

TEST_F(Hdf5, LinksInsideAreFollowedAndOutsideAreNot) {
  const Whole whole = make_whole(4, 3, entry);
  put("other.h5", [&](const Hdf5Writer& file) { file.numbers("X", {4, 3}, whole.values); });
  const std::string outside = put("outside.h5", [&](const Hdf5Writer& file) {
    H5Lcreate_external("other.h5", "/X", file.id(), "X", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/X", file.id(), "soft", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("other.h5", "/", file.id(), "group", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/round", file.id(), "round", H5P_DEFAULT, H5P_DEFAULT);
  });
  for (const char* dataset : {"X", "soft", "group/X"}) {
    expect_bad(outside, {"outside.h5", "links to another file, other.h5"}, {.dataset = dataset});
  }
  expect_error(world_, ErrorKind::bad_data, {"outside.h5"},
               [&] { (void)open_matrix(world_, outside, {.dataset = "round"}); });
  const std::string inside = put("inside.h5", [&](const Hdf5Writer& file) {
    file.numbers("X", {4, 3}, whole.values);
    H5Lcreate_soft("/X", file.id(), "soft", H5P_DEFAULT, H5P_DEFAULT);
  });
  expect_file(world_, inside, whole, {.dataset = "soft"});
}

TEST_F(Hdf5, ValuesKeptElsewhereAreRefused) {
  const Whole whole = make_whole(4, 3, entry);
  const std::array<hsize_t, 2> extents{4, 3};
  const auto make = [&](const Hdf5Writer& file, hid_t creation) {
    const Hdf5Handle space(H5Screate_simple(2, extents.data(), nullptr), H5Sclose);
    const Hdf5Handle made(H5Dcreate2(file.id(), "X", H5T_NATIVE_DOUBLE, space.id(), H5P_DEFAULT,
                                     creation, H5P_DEFAULT),
                          H5Dclose);
    EXPECT_TRUE(made.is_open());
  };
  put("other.h5", [&](const Hdf5Writer& file) { file.numbers("X", {4, 3}, whole.values); });
  const std::string virtual_one = put("virtual.h5", [&](const Hdf5Writer& file) {
    const Hdf5Handle space(H5Screate_simple(2, extents.data(), nullptr), H5Sclose);
    const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_virtual(creation.id(), space.id(), "other.h5", "X", space.id());
    make(file, creation.id());
  });
  expect_bad(virtual_one, {"virtual.h5: X", "virtual dataset"});
  const std::string raw = folder_.put("raw", std::string(96, 'x'));
  const std::string external = put("external.h5", [&](const Hdf5Writer& file) {
    const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_external(creation.id(), raw.c_str(), 0, 96);
    make(file, creation.id());
  });
  expect_bad(external, {"external.h5: X", "in another file"});
  const std::string unwritten =
      put("unwritten.h5", [&](const Hdf5Writer& file) { make(file, H5P_DEFAULT); });
  expect_bad(unwritten, {"unwritten.h5: X", "nothing has been written"});
}

TEST_F(Hdf5, OtherFiltersAreNamed) {
  const std::string path = put("x.h5", [&](const Hdf5Writer& file) {
    const std::array<hsize_t, 2> extents{4, 8};
    const Hdf5Handle space(H5Screate_simple(2, extents.data(), nullptr), H5Sclose);
    const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_chunk(creation.id(), 2, extents.data());
    H5Pset_scaleoffset(creation.id(), H5Z_SO_INT, 8);
    const Hdf5Handle made(H5Dcreate2(file.id(), "X", H5T_NATIVE_INT, space.id(), H5P_DEFAULT,
                                     creation.id(), H5P_DEFAULT),
                          H5Dclose);
    const std::vector<int> values(32, 5);
    H5Dwrite(made.id(), H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  });
  expect_bad(path, {"x.h5: X", "scaleoffset", "number 6", "h5repack"});
}

TEST_F(Hdf5, ShapesThatTheFileCannotHold) {
  // Chunks that were never written cost nothing, but would be held in memory.
  const std::string path = put("x.h5", [&](const Hdf5Writer& file) {
    const std::array<hsize_t, 2> extents{1'000'000, 1'000'000};
    const std::array<hsize_t, 2> chunk{10, 10};
    const Hdf5Handle space(H5Screate_simple(2, extents.data(), nullptr), H5Sclose);
    const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_chunk(creation.id(), 2, chunk.data());
    const Hdf5Handle made(H5Dcreate2(file.id(), "X", H5T_NATIVE_INT, space.id(), H5P_DEFAULT,
                                     creation.id(), H5P_DEFAULT),
                          H5Dclose);
    const std::array<hsize_t, 2> one{1, 1};
    const std::array<hsize_t, 2> begin{0, 0};
    H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, begin.data(), nullptr, one.data(), nullptr);
    const Hdf5Handle single(H5Screate_simple(2, one.data(), nullptr), H5Sclose);
    const int value = 1;
    H5Dwrite(made.id(), H5T_NATIVE_INT, single.id(), space.id(), H5P_DEFAULT, &value);
  });
  expect_bad(path, {"x.h5: X", "1000000 x 1000000", "more than the file can hold"});
}

TEST_F(Hdf5, DamagedFiles) {
  const std::string not_hdf5 = folder_.put("x.h5", "1,2\n3,4\n");
  expect_bad(not_hdf5, {"x.h5", "not an HDF5 file"});
  expect_bad(folder_.put("empty.h5", ""), {"empty.h5", "empty"});
  expect_error(world_, ErrorKind::no_input, {"none.h5", "no such file"},
               [&] { (void)open_matrix(world_, folder_.file("none.h5")); });
  const Whole whole = make_whole(60, 50, entry);
  const std::string path = put("whole.h5", [&](const Hdf5Writer& file) {
    file.numbers("X", {60, 50}, whole.values, H5T_IEEE_F32LE,
                 {.chunk = {10, 50}, .gzip = true, .checksum = true});
  });
  const std::string content = content_of(path);
  expect_bad(folder_.put("short.h5", content.substr(0, content.size() / 2)),
             {"short.h5", "truncated"});
  std::string damaged = content;
  for (std::size_t at = damaged.size() - 200; at < damaged.size() - 100; ++at) damaged[at] ^= 0x55;
  const std::string path_of_damaged = folder_.put("damaged.h5", damaged);
  expect_bad(path_of_damaged, {"damaged.h5"});
}

TEST_F(Hdf5, StringsThatAreNotWhereTheFileSays) {
  const std::string path = put("x.h5ad", [&](const Hdf5Writer& file) {
    file.numbers("X", {3, 2}, {1, 2, 3, 4, 5, 6});
    put_table(file, "obs", named("c", 3));
    put_table(file, "var", named("g", 2));
  });
  const std::string content = content_of(path);
  std::size_t heaps = 0;
  for (std::size_t at = content.find("GCOL"); at != content.npos;
       at = content.find("GCOL", at + 1)) {
    ++heaps;
    // Objects of numbers that nobody refers to, an object beyond its heap, a heap beyond the file.
    for (const std::size_t place : {at + 16, at + 16 + 13, at + 8 + 5}) {
      std::string damaged = content;
      damaged[place] = static_cast<char>(damaged[place] ^ 0x70);
      expect_bad(folder_.put("d.h5ad", damaged), {"d.h5ad", "strings are damaged"});
    }
  }
  EXPECT_GE(heaps, 1U);
}

TEST_F(Hdf5, ArraysThatAreNoMatrix) {
  const auto put_with = [&](const Arrays& arrays, std::vector<std::int64_t> shape = {3, 4},
                            const std::string& kind = "csr_matrix") {
    return put("x.h5ad", [&](const Hdf5Writer& file) {
      file.group("X");
      put_arrays(file, "X", arrays);
      if (!kind.empty()) file.text_attribute("X", "encoding-type", kind);
      if (!shape.empty()) file.whole_attribute("X", "shape", shape);
    });
  };
  expect_bad(put_with({{1, 2}, {0}, {0, 1, 1, 2}}), {"x.h5ad: X", "indices has 1 elements", "2"});
  expect_bad(put_with({{1, 2}, {0, 1}, {0, 1, 2}}), {"indptr has 3 elements", "3 rows", "4"});
  expect_bad(put_with({{1, 2}, {0, 1}, {1, 1, 1, 2}}), {"indptr: element 0 is 1"});
  expect_bad(put_with({{1, 2}, {0, 1}, {0, 2, 1, 2}}), {"indptr: element 2 is 1", "less than"});
  expect_bad(put_with({{1, 2}, {0, 1}, {0, 1, 1, 1}}),
             {"indptr", "last element is 1", "2 entries"});
  expect_bad(put_with({{1, 2}, {0, 1}, {0, 1, 9, 9}}), {"indptr: element 2 is 9", "2 entries"});
  expect_bad(put_with({{1, 2}, {0, 4}, {0, 1, 1, 2}}), {"indices: element 1 is 4", "outside 0..3"});
  expect_bad(put_with({{1, 2}, {-1, 3}, {0, 1, 1, 2}}), {"indices: element 0 is -1"});
  expect_bad(put_with({{1, -2}, {0, 3}, {0, 1, 1, 2}}), {"row 2, column 3", "-2", "negative"});
  expect_bad(put_with({{1, 2}, {0, 1}, {0, 1, 1, 2}}, {}), {"x.h5ad: X", "no shape"});
  expect_bad(put_with({{1, 2}, {0, 1}, {0, 1, 1, 2}}, {3}), {"x.h5ad: X", "no shape"});
  expect_bad(put_with({{1, 2}, {0, 1}, {0, 1, 1, 2}}, {0, 4}), {"empty"});
  expect_bad(put_with({{1, 2}, {0, 1}, {0, 1, 1, 2}}, {3, 4}, ""), {"no encoding-type"});
  expect_bad(put_with({{1, 2}, {0, 1}, {0, 1, 1, 2}}, {3, 4}, "array"),
             {"encoding-type \"array\""});
  // The transposed is wrong at the same places of the file.
  expect_bad(put_with({{1, -2}, {0, 3}, {0, 1, 1, 2}}), {"row 2, column 3"}, {.transpose = true});
  const std::string real = put("real.h5ad", [&](const Hdf5Writer& file) {
    file.group("X");
    file.numbers("X/data", {1}, {1});
    file.numbers("X/indices", {1}, {0.5});
    file.whole("X/indptr", {0, 1});
    file.text_attribute("X", "encoding-type", "csr_matrix");
    file.whole_attribute("X", "shape", {1, 1});
  });
  expect_bad(real, {"X/indices", "whole numbers"});
}

TEST_F(Hdf5, NamesThatDoNotFit) {
  const std::string path = put("x.h5ad", [&](const Hdf5Writer& file) {
    file.numbers("X", {3, 2}, {1, 2, 3, 4, 5, 6});
    put_table(file, "obs", named("c", 4));
    put_table(file, "var", named("g", 2));
  });
  expect_bad(path, {"x.h5ad: obs/barcode", "4 names", "3 rows"});
  const std::string rows = folder_.put("rows", "x\ny\nz\n");
  expect_names(path, {"x", "y", "z"}, named("g", 2), {.rows_file = rows});
}

TEST_F(Hdf5, TheFirstRefusedValueIsTold) {
  Whole whole = make_whole(40, 40, [](Index, Index) { return 1.0; });
  whole.values[21 * 40 + 3] = -2;
  whole.values[20 * 40 + 39] = std::numeric_limits<double>::quiet_NaN();
  whole.values[39 * 40 + 0] = -5;
  for (const Stored& stored : {Stored{}, Stored{.chunk = {7, 7}, .gzip = true}}) {
    const std::string path = put("x.h5", [&](const Hdf5Writer& file) {
      file.numbers("X", {40, 40}, whole.values, H5T_NATIVE_DOUBLE, stored);
    });
    for (const JobPlan& plan : plans_for(world_.size())) {
      for (const bool transpose : {false, true}) {
        expect_error(world_, ErrorKind::bad_data, {"x.h5: X", "row 20, column 39", "nan"}, [&] {
          const auto source = open_matrix(world_, path, {.transpose = transpose});
          (void)read_block<double>(world_, *source, plan, MatrixLayout(40, 40, plan.grid));
        });
      }
    }
  }
}

TEST_F(Hdf5, AFileThatChangesWhileItIsRead) {
  const Whole whole = make_whole(4, 3, entry);
  const std::string path = put("x.h5", [&](const Hdf5Writer& file) {
    file.numbers("X", {4, 3}, whole.values);
  });
  const auto source = open_matrix(world_, path);
  wait_for_all(world_);
  if (world_.is_root()) std::filesystem::resize_file(path, 2000);
  wait_for_all(world_);
  expect_error(world_, ErrorKind::bad_data, {"x.h5"}, [&] {
    const JobPlan plan{.groups = 1, .grid = {world_.size(), 1}};
    (void)read_block<double>(world_, *source, plan, MatrixLayout(4, 3, plan.grid));
  });
}

}  // namespace
}  // namespace partita::testing
