#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/formats/formats.hpp"
#include "io/formats/held_sparse.hpp"
#include "io/formats/market_header.hpp"
#include "io/formats/text_output.hpp"
#include "io/spread/entry_router.hpp"
#include "io/text/number_text.hpp"
#include "io/text/text_rounds.hpp"

namespace partita {

namespace {

std::string counted(const MarketHeader& header, const std::string& found) {
  return "the header declares " + std::to_string(header.entries) +
         (header.coordinate ? " entries" : " values") + " but the file " + found;
}

const char* skip_blanks(const char* at, const char* end) {
  while (at != end && (*at == ' ' || *at == '\t')) ++at;
  return at;
}

class MarketSource final : public MatrixSource {
 public:
  MarketSource(const Communicator& world, const std::string& path, const ReadOptions& options)
      : options_(options) {
    text_ = open_text(world, path,
                      [&](LineReader& reader) { header_ = read_market_header(path, reader); });
    std::array<Index, 6> facts = header_.packed();
    broadcast(world, std::span<Index>(facts), 0);
    header_ = MarketHeader::unpacked(facts);
    check_size();
    describe();
  }

  [[nodiscard]] const MatrixShape& shape() const override { return shape_; }
  [[nodiscard]] const Labels& labels() const override { return labels_; }
  [[nodiscard]] const Reading& reading() const override { return reading_; }
  [[nodiscard]] Index entries() const override { return entries_; }
  void read(const Communicator& world, const Placement& placement, PartSink& sink) override;

 private:
  void check_size() const;
  void describe();
  void parse_coordinates(const TextRounds& rounds, EntryRouter& router) const;
  void parse_coordinate(std::string_view line, Index number, EntryRouter& router) const;
  void parse_array(const TextRounds& rounds, EntryRouter& router) const;
  [[nodiscard]] std::pair<Index, Index> array_position(Index ordinal) const;
  void put(Index row, Index column, double value, EntryRouter& router) const;
  /// Whether a block that is held dense, zeros to begin with, needs to hear of a value.
  [[nodiscard]] bool is_told(double value) const {
    return value != 0 || options_.zeros == StatedZeros::observed;
  }
  void check_value(double value, Index number, Index row, Index column) const;
  [[nodiscard]] const char* parse_position(std::string_view line, Index number, const char* at,
                                           Index extent, const char* what, Index& value) const;
  [[nodiscard]] Error bad_fields(std::string_view line, Index number) const;

  ReadOptions options_;
  TextFile text_;
  MarketHeader header_;
  MatrixShape shape_;
  Labels labels_;
  Reading reading_;
  Index entries_ = 0;
};

/// Refuses what cannot be complete before any memory is set aside for it.
void MarketSource::check_size() const {
  const Index shortest_line = header_.coordinate ? (header_.pattern ? 4 : 6) : 2;
  const Index most = text_.largest_body() / shortest_line + 1;  // the last line may lack its end
  if (header_.entries <= most) return;
  throw bad_file(text_.path, counted(header_, "holds at most " + std::to_string(most) +
                                                  " in the bytes that follow: it is truncated"));
}

void MarketSource::describe() {
  shape_.rows = options_.transpose ? header_.columns : header_.rows;
  shape_.columns = options_.transpose ? header_.rows : header_.columns;
  const Index all = header_.rows * header_.columns;
  const Index stored = header_.entries * (header_.symmetric ? 2 : 1);
  shape_.sparse =
      header_.coordinate && is_held_sparse(stored, header_.rows, header_.columns, options_.zeros);
  shape_.stored = shape_.sparse ? stored : all;
}

void MarketSource::read(const Communicator& world, const Placement& placement, PartSink& sink) {
  EntryRouter router(world, placement, sink);
  TextRounds rounds(
      world, text_,
      {.comment = kMarketComment,
       .chunk_bytes = bounded_chunk(options_.chunk_bytes, world.size(), placement.copies())});
  while (rounds.next()) {
    together(world, [&] {
      router.rethrow_failure();
      header_.coordinate ? parse_coordinates(rounds, router) : parse_array(rounds, router);
    });
    router.deliver();
  }
  together(world, [&] { router.rethrow_failure(); });
  if (rounds.records() != header_.entries) {
    throw bad_file(text_.path,
                   counted(header_, "holds " + std::to_string(rounds.records()) +
                                        (rounds.records() < header_.entries
                                             ? ": it is truncated or its header is wrong"
                                             : ": its header is wrong")));
  }
  entries_ = header_.coordinate ? sum_over(world, router.entries()) : shape_.stored;
}

void MarketSource::parse_coordinates(const TextRounds& rounds, EntryRouter& router) const {
  for_each_record(
      rounds.chunk(), rounds.first_line(), kMarketComment,
      [&](std::string_view line, Index number) { parse_coordinate(line, number, router); });
}

void MarketSource::parse_coordinate(std::string_view line, Index number,
                                    EntryRouter& router) const {
  const char* const end = line.data() + line.size();
  Index row = 0;
  Index column = 0;
  double value = 1;
  const char* at = parse_position(line, number, line.data(), header_.rows, "row", row);
  at = parse_position(line, number, at, header_.columns, "column", column);
  if (!header_.pattern) {
    const char* const field = skip_blanks(at, end);
    at = parse_double(field, end, value);
    if (at == nullptr || (at != end && *at != ' ' && *at != '\t')) {
      throw bad_fields(line, number);
    }
  }
  if (skip_blanks(at, end) != end) throw bad_fields(line, number);
  check_value(value, number, row, column);
  if (header_.symmetric && row < column) {
    throw bad_line(text_.path, number,
                   "row " + std::to_string(row) + ", column " + std::to_string(column) +
                       " is above the diagonal of a symmetric matrix, which "
                       "stores only the lower triangle");
  }
  if (shape_.sparse || is_told(value)) put(row - 1, column - 1, value, router);
}

/// Reads a row or column number, 1 .. extent.
const char* MarketSource::parse_position(std::string_view line, Index number, const char* at,
                                         Index extent, const char* what, Index& value) const {
  const char* const end = line.data() + line.size();
  const char* const field = skip_blanks(at, end);
  const char* const next = parse_index(field, end, value);
  if (next != nullptr && value >= 1 && value <= extent &&
      (next == end || *next == ' ' || *next == '\t')) {
    return next;
  }
  const char* const field_end =
      std::find_if(field, end, [](char c) { return c == ' ' || c == '\t'; });
  const std::string_view word(field, static_cast<std::size_t>(field_end - field));
  if (word.empty()) throw bad_fields(line, number);
  if (parse_whole(word, value) && value >= 1 && value <= extent) return field_end;
  double real = 0;
  if (!parse_field(word, real)) {
    throw bad_line(text_.path, number,
                   std::string(what) + " " + shown(word) + " is not a number: " + shown(line));
  }
  const std::string found = std::string(what) + " " + std::string(word);
  if (real != std::floor(real)) {  // also what is NaN
    throw bad_line(text_.path, number, found + " is not a whole number: " + shown(line));
  }
  throw bad_line(text_.path, number, found + " is outside 1.." + std::to_string(extent));
}

/// Why a line is not "row column value".
Error MarketSource::bad_fields(std::string_view line, Index number) const {
  const std::vector<std::string> words = words_of(line);
  const std::size_t expected = header_.pattern ? 2 : 3;
  double value = 0;
  if (words.size() == expected && !parse_field(words.back(), value)) {
    return bad_line(text_.path, number,
                    "value " + shown(words.back()) + " is not a number: " + shown(line));
  }
  return bad_line(text_.path, number,
                  std::string(header_.pattern ? "\"row column\"" : "\"row column value\"") +
                      " expected, found " + std::to_string(words.size()) +
                      " fields: " + shown(line));
}

void MarketSource::check_value(double value, Index number, Index row, Index column) const {
  if (is_allowed(value, options_.values)) return;
  throw bad_line(
      text_.path, number,
      "row " + std::to_string(row) + ", column " + std::to_string(column) + ": " + refusal(value));
}

void MarketSource::put(Index row, Index column, double value, EntryRouter& router) const {
  if (options_.transpose) std::swap(row, column);
  router.put(row, column, value);
  if (header_.symmetric && row != column) router.put(column, row, value);
}

void MarketSource::parse_array(const TextRounds& rounds, EntryRouter& router) const {
  Index ordinal = rounds.first_record();
  const std::pair<Index, Index> first = array_position(ordinal);
  Index row = first.first;
  Index column = first.second;
  for_each_record(rounds.chunk(), rounds.first_line(), kMarketComment,
                  [&](std::string_view line, Index number) {
                    double value = 0;
                    if (!parse_field(line, value)) {
                      throw bad_line(text_.path, number,
                                     "value " + shown(trimmed(line)) + " is not a number");
                    }
                    check_value(value, number, row + 1, column + 1);
                    // Values beyond the declared ones are only counted.
                    const bool declared = ordinal < header_.entries;
                    if (declared && is_told(value)) put(row, column, value, router);
                    ++ordinal;
                    if (++row == header_.rows) {
                      ++column;
                      row = header_.symmetric ? column : 0;
                    }
                  });
}

/// Row and column of a value of an array file, which goes column by column.
std::pair<Index, Index> MarketSource::array_position(Index ordinal) const {
  const Index n = header_.rows;
  if (!header_.symmetric) return {ordinal % n, ordinal / n};
  // Column j of the lower triangle starts at j n - j (j - 1) / 2.
  const auto start = [n](Index j) { return j * n - j * (j - 1) / 2; };
  Index low = 0;
  Index high = n;
  while (high - low > 1) {
    const Index middle = low + (high - low) / 2;
    (start(middle) <= ordinal ? low : high) = middle;
  }
  return {low + ordinal - start(low), low};
}

}  // namespace

std::unique_ptr<MatrixSource> open_matrix_market(const Communicator& world, const std::string& path,
                                                 const ReadOptions& options) {
  return std::make_unique<MarketSource>(world, path, options);
}

void write_matrix_market(const Communicator& comm, const std::string& path, Range my_rows,
                         const MatrixRows& matrix) {
  Index entries = 0;
  const auto write_rows = [&](TextOutput& output) {
    entries = 0;
    for_each_sparse_run(matrix, my_rows, [&](std::span<const MatrixEntry> run) {
      entries += static_cast<Index>(run.size());
      for (const MatrixEntry& entry : run) {
        append_number(output.text(), entry.row.value + 1);
        output.text() += ' ';
        append_number(output.text(), entry.column.value + 1);
        output.text() += ' ';
        append_number(output.text(), entry.value);
        output.text() += '\n';
        output.flush_if_large();
      }
    });
    output.flush();
  };
  AtomicFile file(comm, path);
  TextOutput counter;
  together(comm, [&] { write_rows(counter); });
  const Index all_entries = sum_over(comm, entries);
  const PlaceInOrder place = place_in_order(comm, my_rows, counter.written());
  const std::string header = "%%MatrixMarket matrix coordinate real general\n" +
                             std::to_string(matrix.rows) + " " + std::to_string(matrix.columns) +
                             " " + std::to_string(all_entries) + "\n";
  together(comm, [&] {
    if (comm.is_root()) file.write(0, header);
    TextOutput output(file, static_cast<Index>(header.size()) + place.before);
    write_rows(output);
  });
  file.commit();
}

}  // namespace partita
