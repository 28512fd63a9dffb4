// .npz files of SciPy: written here byte by byte, stored and packed.
#include <cstring>
#include <zlib.h>

#include "io/files/zip_file.hpp"
#include "io/io_support.hpp"

namespace partita::testing {
namespace {

double rare_entry(Index i, Index j) {
  return i != 2 && j != 1 && (3 * i + 5 * j) % 7 == 0 ? static_cast<double>(i + 2 * j + 1) : 0.0;
}

template <class Item>
std::string bytes_of(const std::vector<double>& values) {
  std::string bytes;
  for (const double value : values) {
    const auto item = static_cast<Item>(value);
    std::string raw(sizeof(Item), '\0');
    std::memcpy(raw.data(), &item, sizeof(Item));
    bytes += raw;
  }
  return bytes;
}

std::string array(const std::string& type, const std::string& shape, const std::string& data) {
  return npy(1, "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }",
             data);
}

template <class Item>
std::string vector_of(const std::string& type, const std::vector<double>& values) {
  return array(type, "(" + std::to_string(values.size()) + ",)", bytes_of<Item>(values));
}

std::string little_endian(std::size_t number, int bytes) {
  std::string result;
  for (int b = 0; b < bytes; ++b) result += static_cast<char>(number >> (8 * b) & 0xff);
  return result;
}

std::string deflated(const std::string& bytes) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  std::string input = bytes;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

struct Member {
  std::string name;
  std::string bytes;
};

/// A zip archive.
std::string zipped(const std::vector<Member>& members, bool pack, int method = -1) {
  std::string archive;
  std::string directory;
  for (const Member& member : members) {
    const std::string stored = pack ? deflated(member.bytes) : member.bytes;
    const auto checksum = crc32(0, reinterpret_cast<const Bytef*>(member.bytes.data()),
                                static_cast<uInt>(member.bytes.size()));
    const int how = method >= 0 ? method : pack ? 8 : 0;
    const std::string common = little_endian(20, 2) + little_endian(0, 2) +
                               little_endian(static_cast<std::size_t>(how), 2) +
                               little_endian(0, 4) + little_endian(checksum, 4) +
                               little_endian(stored.size(), 4) +
                               little_endian(member.bytes.size(), 4) +
                               little_endian(member.name.size(), 2) + little_endian(0, 2);
    directory.append("PK\1\2").append(little_endian(20, 2)).append(common);
    directory.append(std::string(10, '\0')).append(little_endian(archive.size(), 4));
    directory.append(member.name);
    archive.append("PK\3\4").append(common).append(member.name).append(stored);
  }
  return archive + directory + "PK\5\6" + little_endian(0, 4) + little_endian(members.size(), 2) +
         little_endian(members.size(), 2) + little_endian(directory.size(), 4) +
         little_endian(archive.size(), 4) + little_endian(0, 2);
}

/// The arrays of a matrix.
struct Arrays {
  std::vector<double> values;
  std::vector<double> rows;
  std::vector<double> columns;
  std::vector<double> starts{0};
};

/// By rows; those of the transposed are by columns.
Arrays arrays_of(const Whole& whole) {
  Arrays arrays;
  for (Index i = 0; i < whole.rows; ++i) {
    for (Index j = 0; j < whole.columns; ++j) {
      const double value = whole.values[static_cast<std::size_t>(i * whole.columns + j)];
      if (value == 0) continue;
      arrays.values.push_back(value);
      arrays.rows.push_back(static_cast<double>(i));
      arrays.columns.push_back(static_cast<double>(j));
    }
    arrays.starts.push_back(static_cast<double>(arrays.values.size()));
  }
  return arrays;
}

std::vector<Member> compressed_members(const std::string& format, Index rows, Index columns,
                                       const Arrays& arrays) {
  return {{"indices.npy", vector_of<std::int32_t>("<i4", arrays.columns)},
          {"indptr.npy", vector_of<std::int32_t>("<i4", arrays.starts)},
          {"format.npy", array("|S3", "()", format)},
          {"shape.npy", vector_of<std::int64_t>(
                            "<i8", {static_cast<double>(rows), static_cast<double>(columns)})},
          {"data.npy", vector_of<float>("<f4", arrays.values)}};
}

class Npz : public ::testing::Test {
 protected:
  void expect_bad(const std::string& content, const std::vector<std::string>& parts) {
    const std::string path = folder_.put("x.npz", content);
    std::vector<std::string> all = parts;
    all.emplace_back("x.npz: ");
    for (const Index bytes : {Index{1} << 22, Index{7}}) {  // also met by others than process 0
      expect_error(world_, ErrorKind::bad_data, all,
                   [&] { (void)read_simply(world_, path, {.chunk_bytes = bytes}); });
    }
  }
  Communicator world_ = Communicator::world();
  Folder folder_{world_};
};

TEST_F(Npz, EveryOrderStoredAndPacked) {
  const Whole whole = make_whole(13, 9, rare_entry);
  const Arrays rows = arrays_of(whole);
  const Arrays columns = arrays_of(transposed(whole));
  for (const bool pack : {false, true}) {
    expect_file(world_, folder_.put("x.npz", zipped(compressed_members("csr", 13, 9, rows), pack)),
                whole);
    expect_file(world_,
                folder_.put("x.npz", zipped(compressed_members("csc", 13, 9, columns), pack)),
                whole);
    const std::vector<Member> coo = {
        {"row.npy", vector_of<std::int32_t>("<i4", rows.rows)},
        {"col.npy", vector_of<std::uint16_t>("<u2", rows.columns)},
        {"format.npy", array("<U3", "()", std::string("c\0\0\0o\0\0\0o\0\0\0", 12))},
        {"shape.npy", vector_of<std::int64_t>("<i8", {13, 9})},
        {"data.npy", vector_of<double>("<f8", rows.values)}};
    const std::string path = folder_.put("x.npz", zipped(coo, pack));
    expect_file(world_, path, whole);
    expect_file(world_, path, whole, {.zeros = StatedZeros::observed});
    EXPECT_TRUE(open_matrix(world_, path)->shape().sparse);
  }
}

TEST_F(Npz, ManyLinesInAStream) {
  // More lines than starts are kept of, and slices that end inside lines.
  constexpr Index kRows = 30'000;
  const auto entry = [](Index i, Index j) {
    return i % 11 == 0 && (i + j) % 2 == 0 ? static_cast<double>(i % 97 + j + 1) : 0.0;
  };
  const Whole whole = make_whole(kRows, 5, entry);
  const std::string path =
      folder_.put("x.npz", zipped(compressed_members("csr", kRows, 5, arrays_of(whole)), true));
  const auto source = open_matrix(world_, path, {.chunk_bytes = Index{16} * 37});
  for (const JobPlan& plan : plans_for(world_.size())) expect_blocks(world_, *source, plan, whole);
}

TEST_F(Npz, TypesOfValues) {
  const auto with = [&](const std::string& data) {
    std::vector<Member> members =
        compressed_members("csr", 2, 30, {{5, 1}, {}, {3, 29}, {0, 1, 2}});
    members.back().bytes = data;
    return folder_.put("x.npz", zipped(members, true));
  };
  const Whole whole = make_whole(2, 30, [](Index i, Index j) {
    return i == 0 && j == 3 ? 5.0 : i == 1 && j == 29 ? 1.0 : 0.0;
  });
  expect_file(world_, with(vector_of<std::uint8_t>("|u1", {5, 1})), whole);
  expect_file(world_, with(vector_of<std::int64_t>("<i8", {5, 1})), whole);
  expect_file(world_, with(array(">f4", "(2,)", std::string("\x40\xa0\0\0\x3f\x80\0\0", 8))),
              whole);
}

TEST_F(Npz, IsWrittenTheSameByAnyProcesses) {
  const Whole whole = make_whole(37, 11, rare_entry);
  MatrixRows matrix{.rows = 37, .columns = 11, .fill = {}, .list = {}, .labels = {}};
  matrix.list = [](Range rows, std::vector<MatrixEntry>& entries) {
    for (Index i = rows.begin; i < rows.end; ++i) {
      for (Index j = 0; j < 11; ++j) {
        if (rare_entry(i, j) != 0) entries.push_back({{i}, {j}, rare_entry(i, j)});
      }
    }
  };
  // In the order of ranks, against it, and all on the last process.
  const BlockDistribution shares(37, world_.size());
  const bool is_last = world_.rank() == world_.size() - 1;
  const std::vector<Range> ways = {shares.range(world_.rank()),
                                   shares.range(world_.size() - 1 - world_.rank()),
                                   is_last ? Range{0, 37} : Range{}};
  std::string first;
  for (const Range mine : ways) {
    write_matrix(world_, folder_.file("y.npz"), mine, matrix);
    expect_file(world_, folder_.file("y.npz"), whole);
    const std::string content = content_of(folder_.file("y.npz"));
    if (first.empty()) first = content;
    EXPECT_EQ(content, first);
    wait_for_all(world_);
  }
  // Each member is what its checksum says.
  const ZipFile archive(folder_.file("y.npz"));
  ASSERT_EQ(archive.members().size(), 5U);
  for (const ZipMember& member : archive.members()) {
    std::string bytes(static_cast<std::size_t>(member.size), '\0');
    ZipReader(archive, member).read(0, bytes);
    EXPECT_EQ(
        crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())),
        member.checksum)
        << member.name;
  }
}

TEST_F(Npz, ArchivesThatAreNone) {
  expect_bad("", {"empty"});
  expect_bad("PK", {"not a zip archive"});
  const std::string good =
      zipped(compressed_members("csr", 13, 9, arrays_of(make_whole(13, 9, rare_entry))), true);
  expect_bad(good.substr(0, good.size() - 30), {"zip"});
  expect_bad(good.substr(40), {"damaged"});
  expect_bad(good.substr(0, 60) + std::string(20, 'x') + good.substr(80),
             {"indices.npy", "damaged"});
  expect_bad(zipped({{"data.npy", "12345"}}, false, 12), {"data.npy", "method 12"});
  // A member that says of itself that it is larger than the file can hold.
  std::string liar = zipped({{"data.npy", "12345"}}, true);
  const std::size_t entry = liar.rfind("PK\1\2");
  liar.replace(entry + 24, 4, "\xff\xff\xff\x7f");
  expect_bad(liar, {"data.npy", "more than the file can hold"});
  for (std::size_t cut = 0; cut < good.size(); cut += 29) {
    const std::string path = folder_.put("cut.npz", good.substr(0, cut));
    expect_error(world_, ErrorKind::bad_data, {"cut.npz"},
                 [&] { (void)read_simply(world_, path); });
  }
}

TEST_F(Npz, ArraysThatAreNoMatrix) {
  expect_bad(zipped({{"arr_0.npy", vector_of<double>("<f8", {1})}}, false),
             {"not a sparse matrix of SciPy", "format.npy", "arr_0.npy"});
  const auto bad = [&](const std::string& format, const Arrays& arrays,
                       const std::vector<std::string>& parts) {
    for (const bool pack : {false, true}) {
      expect_bad(zipped(compressed_members(format, 3, 4, arrays), pack), parts);
    }
  };
  bad("bsr", {{1}, {}, {0}, {0, 1, 1, 1}}, {"format is \"bsr\"", "tocsr"});
  bad("csr", {{1, 2}, {}, {0}, {0, 1, 1, 2}}, {"indices has 1 elements"});
  bad("csr", {{1, 2}, {}, {0, 1}, {0, 1, 2}}, {"indptr has 3 elements", "3 rows"});
  bad("csc", {{1, 2}, {}, {0, 1}, {0, 1, 2, 2}}, {"indptr has 4 elements", "4 columns"});
  bad("csr", {{1, 2}, {}, {0, 1}, {0, 2, 1, 2}}, {"indptr: element 2 is 1"});
  bad("csr", {{1, 2}, {}, {0, 4}, {0, 1, 1, 2}}, {"indices: element 1 is 4", "outside 0..3"});
  bad("csc", {{1, 2}, {}, {0, 3}, {0, 1, 1, 1, 2}}, {"indices: element 1 is 3", "outside 0..2"});
  bad("csr", {{1, -2}, {}, {0, 3}, {0, 1, 1, 2}}, {"row 2, column 3", "negative"});
  bad("csc", {{1, -2}, {}, {0, 2}, {0, 1, 1, 1, 2}}, {"row 2, column 3", "negative"});
  std::vector<Member> members = compressed_members("csr", 3, 4, {{1}, {}, {0}, {0, 1, 1, 1}});
  members[0].bytes = vector_of<double>("<f8", {0});
  expect_bad(zipped(members, false), {"indices.npy", "whole numbers"});
  members[0].bytes = array("<i4", "(7,)", bytes_of<std::int32_t>({0}));
  expect_bad(zipped(members, false), {"indices.npy", "4 bytes", "asks for 7"});
  members[0].bytes = array("<i4", "(1, 1)", bytes_of<std::int32_t>({0}));
  expect_bad(zipped(members, false), {"indices.npy", "2 dimensions"});
}

}  // namespace
}  // namespace partita::testing
