#include "io/files/checkpoint_file.hpp"

#include "partita/layout/block_distribution.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <unistd.h>

#include <xxhash.h>

#include "comm/agreement.hpp"
#include "io/io_support.hpp"

namespace partita::testing {
namespace {

constexpr Index kRows = 7;
constexpr Index kWidth = 3;
const std::string kText = "a text of some bytes";

/// Row i of the matrix as rank r holds it.
std::vector<double> rows_of(Range mine) {
  std::vector<double> values(static_cast<std::size_t>(mine.size() * kWidth));
  std::iota(values.begin(), values.end(), static_cast<double>(mine.begin * kWidth));
  return values;
}

/// Rows dealt to the processes in order, or backwards.
Range share(const Communicator& world, bool backwards) {
  const BlockDistribution rows(kRows, world.size());
  return rows.range(backwards ? world.size() - 1 - world.rank() : world.rank());
}

void write(const Communicator& world, const std::string& path, bool backwards = false) {
  const Range mine = share(world, backwards);
  const std::vector<double> values = rows_of(mine);
  const std::vector<std::int32_t> numbers(static_cast<std::size_t>(mine.size()), 5);
  const std::vector<StoredRows> matrices{
      {values.data(), kWidth * static_cast<Index>(sizeof(double)), mine, kRows},
      {numbers.data(), static_cast<Index>(sizeof(std::int32_t)), mine, kRows}};
  write_checkpoint(world, path, kText, matrices);
}

TEST(CheckpointFile, GivesBackWhatWasWrittenToAnybody) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string path = folder.file("x");
  write(world, path);
  const CheckpointFile file(world, path);
  EXPECT_EQ(file.text(), kText);
  ASSERT_EQ(file.matrices(), 2);
  EXPECT_EQ(file.rows(0), kRows);
  EXPECT_EQ(file.row_bytes(0), kWidth * static_cast<Index>(sizeof(double)));
  for (Index begin = 0; begin < kRows; ++begin) {
    for (Index end = begin; end <= kRows; ++end) {
      std::vector<double> values(static_cast<std::size_t>((end - begin) * kWidth));
      file.read_rows(0, {begin, end}, std::as_writable_bytes(std::span(values)));
      EXPECT_EQ(values, rows_of({begin, end}));
    }
  }
  std::vector<std::int32_t> numbers(kRows);
  file.read_rows(1, {0, kRows}, std::as_writable_bytes(std::span(numbers)));
  EXPECT_EQ(numbers, std::vector<std::int32_t>(kRows, 5));
}

TEST(CheckpointFile, DoesNotDependOnWhoHeldTheRows) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  write(world, folder.file("x"));
  write(world, folder.file("y"), true);
  EXPECT_EQ(content_of(folder.file("x")), content_of(folder.file("y")));
}

TEST(CheckpointFile, KeepsTheOneBefore) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string path = folder.file("x");
  write(world, path);
  const std::string first = content_of(path);
  write_checkpoint(world, path, "another", {});
  EXPECT_EQ(content_of(path + kPreviousCheckpoint), first);
  EXPECT_EQ(CheckpointFile(world, path).text(), "another");
  write(world, path);
  EXPECT_EQ(CheckpointFile(world, path + kPreviousCheckpoint).text(), "another");
  EXPECT_EQ(folder.names().size(), 2U);
}

TEST(CheckpointFile, NoFlippedBitIsOverlooked) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  write(world, folder.file("sound"));
  const std::string sound = content_of(folder.file("sound"));
  for (std::size_t i = 0; i < sound.size(); ++i) {
    std::string flipped = sound;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
    const std::string path = folder.put("flipped", flipped);
    SCOPED_TRACE("byte " + std::to_string(i));
    expect_error(world, ErrorKind::bad_data, {path, "damaged checkpoint"},
                 [&] { const CheckpointFile file(world, path); });
  }
}

TEST(CheckpointFile, NoCutIsOverlooked) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  write(world, folder.file("sound"));
  const std::string sound = content_of(folder.file("sound"));
  for (std::size_t length = 0; length < sound.size(); ++length) {
    const std::string path = folder.put("cut", sound.substr(0, length));
    expect_error(world, ErrorKind::bad_data, {path, "damaged checkpoint"},
                 [&] { const CheckpointFile file(world, path); });
  }
  const std::string path = folder.put("longer", sound + '\0');
  expect_error(world, ErrorKind::bad_data, {path, "damaged checkpoint"},
               [&] { const CheckpointFile file(world, path); });
}

/// A head whose checksum is right, whatever it says.
std::string made_up_head(const std::array<std::uint64_t, 4>& words) {
  std::string head(reinterpret_cast<const char*>(words.data()), sizeof words);
  const std::uint64_t checksum = XXH3_64bits(head.data(), head.size());
  return head + std::string(reinterpret_cast<const char*>(&checksum), sizeof checksum);
}

TEST(CheckpointFile, LengthsThatCannotBeAreRefused) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  write(world, folder.file("sound"));
  std::uint64_t magic = 0;
  std::memcpy(&magic, content_of(folder.file("sound")).data(), sizeof magic);
  constexpr std::uint64_t kHuge = std::uint64_t{1} << 62;
  const std::array<std::uint64_t, 3> row{kHuge, 4, 0};
  const std::string table(reinterpret_cast<const char*>(row.data()), sizeof row);
  for (const std::string& content :
       {made_up_head({magic, kHuge, 0, 0}), made_up_head({magic, 0, kHuge, 0}),
        made_up_head({magic, ~std::uint64_t{0}, ~std::uint64_t{0}, 0}),
        made_up_head({magic, 0, 1, XXH3_64bits(table.data(), table.size())}) + table}) {
    const std::string path = folder.put("made-up", content);
    expect_error(world, ErrorKind::bad_data, {path, "damaged checkpoint"},
                 [&] { const CheckpointFile file(world, path); });
  }
}

TEST(CheckpointFile, AFailedWriteLeavesBothFilesAlone) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string path = folder.file("x");
  write(world, path);
  write_checkpoint(world, path, "newest", {});
  {
    const FullDisk full(64);
    const auto error = error_of(world, [&] { write(world, path); });
    ASSERT_TRUE(error.has_value());
  }
  EXPECT_EQ(CheckpointFile(world, path).text(), "newest");
  EXPECT_EQ(CheckpointFile(world, path + kPreviousCheckpoint).text(), kText);
  EXPECT_EQ(folder.names().size(), 2U);
}

}  // namespace
}  // namespace partita::testing
