#include "io/files/checkpoint_file.hpp"

#include "partita/base/error.hpp"
#include "partita/layout/block_distribution.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include <xxhash.h>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/files/atomic_file.hpp"
#include "io/files/input_file.hpp"

// The file, in little-endian 64-bit words unless said otherwise:
//   head    magic, length of the text, number of matrices, checksum of all that follows it up to
//   the
//           first matrix, checksum of the four words before
//   text    padded with zeros to a multiple of 8
//   table   for each matrix: rows, bytes of a row, checksum
//   rows    of the first matrix, then of the second, ...; nothing between and nothing after
// The checksum of a matrix is the sum of one XXH3 a row, seeded with the row's number, so that each
// process adds up its own rows.

namespace partita {

namespace {

static_assert(std::endian::native == std::endian::little, "checkpoints are little-endian");

constexpr std::uint64_t kMagic = 0x34544B5041545250U;  // "PRTAPKT4"
constexpr Index kWord = 8;
constexpr Index kHeadWords = 5;
constexpr Index kHeadBytes = kHeadWords * kWord;
constexpr Index kTableWords = 3;
/// Rows are read for checking in pieces of about this size.
constexpr Index kPieceBytes = Index{1} << 22;
using Word = std::uint64_t;

Index padded(Index bytes) {
  return (bytes + kWord - 1) / kWord * kWord;
}

Word rows_checksum(const void* data, Index row_bytes, Range rows) {
  Word sum = 0;
  const auto* bytes = static_cast<const char*>(data);
  for (Index i = 0; i < rows.size(); ++i) {
    sum += XXH3_64bits_withSeed(bytes + i * row_bytes, static_cast<std::size_t>(row_bytes),
                                static_cast<Word>(rows.begin + i));
  }
  return sum;
}

/// Head, text and table as they stand at the front of the file.
std::string front_of(const std::string& text, std::span<const StoredRows> matrices,
                     std::span<const Word> checksums) {
  std::string rest = text;
  rest.resize(static_cast<std::size_t>(padded(static_cast<Index>(text.size()))), '\0');
  for (std::size_t i = 0; i < matrices.size(); ++i) {
    const std::array<Word, kTableWords> row{static_cast<Word>(matrices[i].rows),
                                            static_cast<Word>(matrices[i].row_bytes), checksums[i]};
    rest.append(reinterpret_cast<const char*>(row.data()), sizeof row);
  }
  std::array<Word, kHeadWords> head{kMagic, text.size(), matrices.size(),
                                    XXH3_64bits(rest.data(), rest.size()), 0};
  head.back() = XXH3_64bits(head.data(), sizeof head - sizeof(Word));
  return std::string(reinterpret_cast<const char*>(head.data()), sizeof head) + rest;
}

std::span<const char> bytes_of(const StoredRows& matrix) {
  return {static_cast<const char*>(matrix.data),
          static_cast<std::size_t>(matrix.mine.size() * matrix.row_bytes)};
}

}  // namespace

void write_checkpoint(const Communicator& comm, const std::string& path, const std::string& text,
                      std::span<const StoredRows> matrices) {
  AtomicFile file(comm, path);
  std::vector<Word> checksums;
  for (const StoredRows& matrix : matrices) {
    checksums.push_back(rows_checksum(matrix.data, matrix.row_bytes, matrix.mine));
  }
  sum_over(comm, std::span<Word>(checksums));
  std::string shared_text = text;
  broadcast(comm, shared_text, 0);
  const std::string front = front_of(shared_text, matrices, checksums);
  together(comm, [&] {
    if (comm.is_root()) file.write(0, front);
    auto offset = static_cast<Index>(front.size());
    for (const StoredRows& matrix : matrices) {
      file.write(offset + matrix.mine.begin * matrix.row_bytes, bytes_of(matrix));
      offset += matrix.rows * matrix.row_bytes;
    }
  });
  file.commit(path + kPreviousCheckpoint);
}

struct CheckpointFile::Content {
  struct Matrix {
    Index rows;
    Index row_bytes;
    Word checksum;
    Index offset;
  };

  std::string path;
  InputFile file;
  std::string text;
  std::vector<Matrix> matrices;

  [[noreturn]] void damaged(const std::string& what) const {
    throw bad_file(path, "damaged checkpoint: " + what);
  }

  /// Everything but the rows; afterwards sizes and offsets can be trusted.
  void read_front() {
    std::array<Word, kHeadWords> head{};
    if (file.size() < kHeadBytes) damaged("it is too short");
    file.read(0, {reinterpret_cast<char*>(head.data()), sizeof head});
    if (head[0] != kMagic) damaged("it does not begin like one");
    if (head.back() != XXH3_64bits(head.data(), sizeof head - sizeof(Word))) {
      damaged("the checksum of its head is wrong");
    }
    // The head is what was written, but the file may be cut short, or made up.
    const auto bytes = static_cast<Word>(file.size());
    if (head[1] > bytes || head[2] > bytes / (kTableWords * kWord)) damaged("it is cut short");
    const Index text_bytes = static_cast<Index>(head[1]);
    const Index table_bytes = static_cast<Index>(head[2]) * kTableWords * kWord;
    std::string rest(static_cast<std::size_t>(padded(text_bytes) + table_bytes), '\0');
    if (file.read_some(kHeadBytes, rest) != static_cast<Index>(rest.size())) {
      damaged("it is cut short");
    }
    if (head[3] != XXH3_64bits(rest.data(), rest.size())) {
      damaged("the checksum of its text is wrong");
    }
    text = rest.substr(0, head[1]);
    Index offset = kHeadBytes + static_cast<Index>(rest.size());
    for (Word i = 0; i < head[2]; ++i) {
      std::array<Word, kTableWords> row{};
      std::memcpy(row.data(), rest.data() + padded(text_bytes) + static_cast<Index>(i * sizeof row),
                  sizeof row);
      matrices.push_back({static_cast<Index>(row[0]), static_cast<Index>(row[1]), row[2], offset});
      const Matrix& matrix = matrices.back();
      Index end = 0;
      if (matrix.rows < 0 || matrix.row_bytes < 0 ||
          __builtin_mul_overflow(matrix.rows, matrix.row_bytes, &end) ||
          __builtin_add_overflow(end, offset, &offset) || offset > file.size()) {
        damaged("matrix " + std::to_string(i) + " is larger than the file");
      }
    }
    if (file.size() != offset) {
      damaged("it has " + std::to_string(file.size()) + " bytes instead of " +
              std::to_string(offset));
    }
  }

  /// My share's checksum of one matrix.
  [[nodiscard]] Word part_of_checksum(const Matrix& matrix, Range mine) const {
    Word sum = 0;
    const Index step = std::max<Index>(1, kPieceBytes / std::max<Index>(1, matrix.row_bytes));
    std::vector<char> bytes(
        static_cast<std::size_t>(std::min(step, mine.size()) * matrix.row_bytes));
    for (Index begin = mine.begin; begin < mine.end; begin += step) {
      const Range rows{begin, std::min(begin + step, mine.end)};
      const std::span<char> part(bytes.data(),
                                 static_cast<std::size_t>(rows.size() * matrix.row_bytes));
      file.read(matrix.offset + begin * matrix.row_bytes, part);
      sum += rows_checksum(part.data(), matrix.row_bytes, rows);
    }
    return sum;
  }
};

CheckpointFile::CheckpointFile(const Communicator& comm, const std::string& path)
    : content_(std::make_unique<Content>()) {
  Content& content = *content_;
  content.path = path;
  content.file = open_everywhere(comm, path);
  together(comm, [&] { content.read_front(); });
  std::vector<Word> sums;
  together(comm, [&] {
    for (const auto& matrix : content.matrices) {
      const Range mine = BlockDistribution(matrix.rows, comm.size()).range(comm.rank());
      sums.push_back(content.part_of_checksum(matrix, mine));
    }
  });
  sum_over(comm, std::span<Word>(sums));
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (sums[i] == content.matrices[i].checksum) continue;
    content.damaged("the checksum of matrix " + std::to_string(i) + " is wrong");
  }
}

CheckpointFile::CheckpointFile(CheckpointFile&&) noexcept = default;
CheckpointFile& CheckpointFile::operator=(CheckpointFile&&) noexcept = default;
CheckpointFile::~CheckpointFile() = default;

const std::string& CheckpointFile::text() const {
  return content_->text;
}

Index CheckpointFile::matrices() const {
  return static_cast<Index>(content_->matrices.size());
}

Index CheckpointFile::rows(Index matrix) const {
  return content_->matrices[static_cast<std::size_t>(matrix)].rows;
}

Index CheckpointFile::row_bytes(Index matrix) const {
  return content_->matrices[static_cast<std::size_t>(matrix)].row_bytes;
}

void CheckpointFile::read_rows(Index matrix, Range mine, std::span<std::byte> out) const {
  const auto& stored = content_->matrices.at(static_cast<std::size_t>(matrix));
  const auto bytes = static_cast<std::size_t>(mine.size() * stored.row_bytes);
  if (mine.begin < 0 || mine.end > stored.rows || out.size() != bytes) {
    throw Error(ErrorKind::internal, content_->path + ": rows asked for do not fit the matrix");
  }
  content_->file.read(stored.offset + mine.begin * stored.row_bytes,
                      {reinterpret_cast<char*>(out.data()), bytes});
}

}  // namespace partita
