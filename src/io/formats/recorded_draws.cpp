#include "io/formats/recorded_draws.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/text/byte_stream.hpp"
#include "io/text/fields.hpp"
#include "io/text/number_text.hpp"

namespace partita {

namespace {

const std::vector<std::string> kPlain = {"iteration", "column", "row"};
const std::vector<std::string> kInner = {"iteration", "column", "row", "inner_row", "inner_column"};

/// The file as it is, line by line; on one process.
class DrawsFile {
 public:
  DrawsFile(std::string path, Index rows, Index columns)
      : path_(std::move(path)), limits_{columns, rows, rows, columns} {}

  std::vector<RecordedDraw> read() {
    const InputFile file(path_);
    const auto stream = open_stream(file, path_);
    LineReader reader(*stream, path_);
    std::string line;
    read_names(reader.next(line) ? line : "");
    while (reader.next(line)) {
      if (!trimmed(line).empty()) add(line, reader.lines());
    }
    if (draws_.empty()) throw bad_file(path_, "there are no draws in it");
    return std::move(draws_);
  }

 private:
  void read_names(const std::string& line) {
    const std::vector<std::string> names = split_fields(path_, 1, line, {});
    inner_ = names == kInner;
    if (inner_ || names == kPlain) return;
    throw bad_line(path_, 1,
                   "the columns must be iteration,column,row or "
                   "iteration,column,row,inner_row,inner_column, not " +
                       shown(line));
  }

  void add(const std::string& line, Index number) {
    const std::vector<std::string> fields = split_fields(path_, number, line, {});
    const auto& names = inner_ ? kInner : kPlain;
    if (fields.size() != names.size()) {
      throw bad_line(path_, number,
                     "expected " + std::to_string(names.size()) + " fields, found " +
                         std::to_string(fields.size()));
    }
    const Index iteration = whole_number(fields[0], names[0], number);
    std::array<Index, 4> drawn{};
    for (std::size_t f = 1; f < fields.size(); ++f) {
      drawn[f - 1] = whole_number(fields[f], names[f], number);
      if (drawn[f - 1] >= limits_[f - 1]) {
        throw bad_line(
            path_, number,
            names[f] + " " + fields[f] + " is outside 0.." + std::to_string(limits_[f - 1] - 1));
      }
    }
    place(iteration, drawn, number);
  }

  /// Iterations count from 1; lines of one iteration, which follow each other, share column and
  /// row.
  void place(Index iteration, const std::array<Index, 4>& drawn, Index number) {
    const auto count = static_cast<Index>(draws_.size());
    const bool more = inner_ && iteration == count && count > 0;
    if (!more && iteration != count + 1) {
      throw bad_line(
          path_, number,
          "iteration " + std::to_string(iteration) + " follows " + std::to_string(count));
    }
    if (!more) draws_.push_back({drawn[0], drawn[1], {}, {}});
    RecordedDraw& draw = draws_.back();
    if (draw.column != drawn[0] || draw.row != drawn[1]) {
      throw bad_line(path_, number, "column or row differ from those of the same iteration above");
    }
    if (!inner_) return;
    draw.inner_rows.push_back(drawn[2]);
    draw.inner_columns.push_back(drawn[3]);
  }

  [[nodiscard]] Index whole_number(const std::string& field, const std::string& name,
                                   Index number) const {
    Index value = 0;
    const char* const end = field.data() + field.size();
    if (parse_index(field.data(), end, value) != end) {
      throw bad_line(path_, number, name + " " + shown(field) + " is not a whole number");
    }
    return value;
  }

  std::string path_;
  std::array<Index, 4> limits_;
  bool inner_ = false;
  std::vector<RecordedDraw> draws_;
};

/// Draws as numbers: column, row, count, inner rows, inner columns.
std::vector<Index> packed(const std::vector<RecordedDraw>& draws) {
  std::vector<Index> numbers;
  for (const RecordedDraw& draw : draws) {
    numbers.insert(numbers.end(),
                   {draw.column, draw.row, static_cast<Index>(draw.inner_rows.size())});
    numbers.insert(numbers.end(), draw.inner_rows.begin(), draw.inner_rows.end());
    numbers.insert(numbers.end(), draw.inner_columns.begin(), draw.inner_columns.end());
  }
  return numbers;
}

std::vector<RecordedDraw> unpacked(std::span<const Index> numbers) {
  std::vector<RecordedDraw> draws;
  while (!numbers.empty()) {
    const auto count = static_cast<std::size_t>(numbers[2]);
    const auto rows = numbers.subspan(3, count);
    const auto columns = numbers.subspan(3 + count, count);
    draws.push_back(
        {numbers[0], numbers[1], {rows.begin(), rows.end()}, {columns.begin(), columns.end()}});
    numbers = numbers.subspan(3 + 2 * count);
  }
  return draws;
}

}  // namespace

std::vector<RecordedDraw> read_recorded_draws(const Communicator& comm, const std::string& path,
                                              Index rows, Index columns) {
  std::vector<Index> numbers;
  together(comm, [&] {
    if (comm.is_root()) numbers = packed(DrawsFile(path, rows, columns).read());
  });
  auto count = static_cast<Index>(numbers.size());
  broadcast(comm, std::span<Index>(&count, 1), 0);
  numbers.resize(static_cast<std::size_t>(count));
  broadcast(comm, std::span<Index>(numbers), 0);
  return unpacked(numbers);
}

}  // namespace partita
