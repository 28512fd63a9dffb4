// Tables of numbers separated by commas, tabs or other signs (RFC 4180), with or without names.
#include <algorithm>
#include <array>
#include <utility>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/formats/formats.hpp"
#include "io/formats/table_head.hpp"
#include "io/formats/table_layout.hpp"
#include "io/formats/text_output.hpp"
#include "io/spread/entry_router.hpp"
#include "io/text/fields.hpp"
#include "io/text/number_text.hpp"
#include "io/text/text_rounds.hpp"

namespace partita {

namespace {

constexpr char kComma = ',';
constexpr char kTab = '\t';

constexpr const char* kDecimalHint = "; if the comma is the decimal mark, say so with --decimal ,";

class TableSource final : public MatrixSource {
 public:
  TableSource(const Communicator& world, const std::string& path, const ReadOptions& options,
              char usual_separator);

  [[nodiscard]] const MatrixShape& shape() const override { return shape_; }
  [[nodiscard]] const Labels& labels() const override { return labels_; }
  [[nodiscard]] const Reading& reading() const override { return layout_.reading; }
  [[nodiscard]] Index entries() const override { return shape_.stored; }
  void read(const Communicator& world, const Placement& placement, PartSink& sink) override;

 private:
  [[nodiscard]] Index count_rows(const Communicator& world) const;
  /// Parses this process's lines of the round; appends their labels to `labels`.
  void parse_round(const TextRounds& rounds, EntryRouter& router,
                   std::vector<std::string>& labels) const;
  void parse_line(std::string_view line, Index number, Index row, EntryRouter& router) const;
  double parse_value(FieldReader& fields, std::string_view line, Index number, Index field) const;
  [[nodiscard]] std::string hint_for(std::string_view text, std::string_view line, Index number,
                                     Index field) const;
  [[nodiscard]] Index count_fields(std::string_view line, Index number) const;
  void set_labels(const Communicator& world, std::vector<std::string> row_labels);
  [[nodiscard]] Error bad_width(std::string_view line, Index number) const;
  [[nodiscard]] Error bad_value(Index number, Index field, const std::string& what) const;

  ReadOptions options_;
  TextFile text_;
  TableLayout layout_;  ///< column labels and what is said of it on process 0 only
  MatrixShape shape_;
  Labels labels_;
};

TableSource::TableSource(const Communicator& world, const std::string& path,
                         const ReadOptions& options, char usual_separator)
    : options_(options) {
  const InputFile file = open_everywhere(world, path);
  std::array<Index, 5> facts{};
  together(world, [&] {
    if (!world.is_root()) return;
    layout_ = find_layout(path, *open_stream(file, path), usual_separator, options);
    facts = layout_.packed();
  });
  broadcast(world, std::span<Index>(facts), 0);
  layout_.unpack(facts);
  text_ = open_text(world, path, [&](LineReader& reader) { skip_header(reader, layout_); });
  const Index rows = count_rows(world);
  const Index columns = layout_.fields - (layout_.has_row_labels ? 1 : 0);
  shape_ = {.rows = rows,
            .columns = columns,
            .stored = rows * columns,
            .has_row_labels = layout_.has_row_labels,
            .has_column_labels = layout_.has_header};
  if (!options.transpose) return;
  std::swap(shape_.rows, shape_.columns);
  std::swap(shape_.has_row_labels, shape_.has_column_labels);
}

Index TableSource::count_rows(const Communicator& world) const {
  TextRounds rounds(world, text_,
                    {.chunk_bytes = bounded_chunk(options_.chunk_bytes, world.size(), 1)});
  while (rounds.next()) {
  }
  return rounds.records();
}

void TableSource::read(const Communicator& world, const Placement& placement, PartSink& sink) {
  EntryRouter router(world, placement, sink);
  TextRounds rounds(
      world, text_,
      {.chunk_bytes = bounded_chunk(options_.chunk_bytes, world.size(), placement.copies())});
  std::vector<std::string> row_labels;
  while (rounds.next()) {
    std::vector<std::string> my_labels;
    together(world, [&] {
      router.rethrow_failure();
      parse_round(rounds, router, my_labels);
    });
    router.deliver();
    if (layout_.has_row_labels) gather_labels(world, my_labels, row_labels);
  }
  together(world, [&] { router.rethrow_failure(); });
  set_labels(world, std::move(row_labels));
}

void TableSource::parse_round(const TextRounds& rounds, EntryRouter& router,
                              std::vector<std::string>& labels) const {
  Index row = rounds.first_record();
  for_each_record(rounds.chunk(), rounds.first_line(), kNoComment,
                  [&](std::string_view line, Index number) {
                    if (layout_.has_row_labels) {
                      FieldReader fields(line, layout_.dialect);
                      std::string_view label;
                      fields.next(label);
                      labels.emplace_back(label);
                    }
                    parse_line(line, number, row++, router);
                  });
}

void TableSource::parse_line(std::string_view line, Index number, Index row,
                             EntryRouter& router) const {
  FieldReader fields(line, layout_.dialect);
  const Index labels = layout_.has_row_labels ? 1 : 0;
  if (labels == 1) {
    std::string_view label;
    fields.next(label);
    if (fields.fault() != nullptr) throw bad_line(text_.path, number, fields.fault());
  }
  for (Index field = labels; field < layout_.fields; ++field) {
    double value = 0;
    if (!fields.next_number(value)) {
      // A short line or an odd field: find out which, the number of fields first.
      if (count_fields(line, number) != layout_.fields) throw bad_width(line, number);
      value = parse_value(fields, line, number, field);
    }
    if (!is_allowed(value, options_.values)) throw bad_value(number, field, refusal(value));
    if (value == 0 && options_.zeros == StatedZeros::like_unstored) continue;
    const Index column = field - labels;
    options_.transpose ? router.put(column, row, value) : router.put(row, column, value);
  }
  std::string_view more;
  if (fields.next(more)) throw bad_width(line, number);
}

double TableSource::parse_value(FieldReader& fields, std::string_view line, Index number,
                                Index field) const {
  std::string_view text;
  double value = 0;
  fields.next(text);
  if (text.empty()) {
    throw bad_value(number, field, "the field is empty; fill in or remove missing values");
  }
  if (parse_field(text, value, layout_.dialect.decimal)) return value;
  throw bad_value(
      number, field,
      "value " + shown(text) + " is not a number" + hint_for(text, line, number, field));
}

/// What may be meant by a field that is no number.
std::string TableSource::hint_for(std::string_view text, std::string_view line, Index number,
                                  Index field) const {
  std::string hint;
  if (trimmed(line).front() == kTableComment) {
    hint = kCommentHint;
  } else if (options_.decimal == kDetected && is_comma_number(text)) {
    hint = kDecimalHint;
  } else if (double value = 0; layout_.dialect.decimal != kPoint && parse_field(text, value)) {
    hint = ": its decimal mark is not the comma of the others";
  } else if (field_of(text, kPoint).form == FieldForm::other_number) {
    hint = "; write thousands without signs between them";
  } else if (text.find('\r') != text.npos) {
    hint = "; its lines seem to end with CR: end them with LF";
  } else if (layout_.fields == 1 && text.find_first_of("|:/& \t;,") != text.npos) {
    hint = "; if something separates fields in it, say so with --separator";
  } else if (number == text_.body_line + 1 && !layout_.has_header) {
    hint = "; if the first row holds names, say so with --header yes";
  } else if (field == 0) {
    hint = "; if the first column holds names, say so with --row-labels yes";
  }
  return hint;
}

Index TableSource::count_fields(std::string_view line, Index number) const {
  return static_cast<Index>(split_fields(text_.path, number, line, layout_.dialect).size());
}

Error TableSource::bad_value(Index number, Index field, const std::string& what) const {
  return bad_line(text_.path, number, "field " + std::to_string(field + 1) + ": " + what);
}

Error TableSource::bad_width(std::string_view line, Index number) const {
  const Index found = count_fields(line, number);
  std::string hint;
  if (trimmed(line).front() == kTableComment) {
    hint = kCommentHint;
  } else if (options_.decimal == kDetected && layout_.dialect.separator == kComma &&
             std::max(found, layout_.fields) == 2) {
    hint = kDecimalHint;
  }
  return bad_line(text_.path, number,
                  "expected " + std::to_string(layout_.fields) +
                      " fields, as in the first row of data, found " + std::to_string(found) +
                      hint);
}

void TableSource::set_labels(const Communicator& world, std::vector<std::string> row_labels) {
  labels_.rows = std::move(row_labels);
  labels_.columns = layout_.column_labels;
  if (options_.transpose) std::swap(labels_.rows, labels_.columns);
  broadcast_labels(world, labels_.columns);
  if (!world.is_root()) labels_.rows.clear();
}

}  // namespace

std::unique_ptr<MatrixSource> open_csv(const Communicator& world, const std::string& path,
                                       const ReadOptions& options) {
  return std::make_unique<TableSource>(world, path, options, kComma);
}

std::unique_ptr<MatrixSource> open_tsv(const Communicator& world, const std::string& path,
                                       const ReadOptions& options) {
  return std::make_unique<TableSource>(world, path, options, kTab);
}

}  // namespace partita
