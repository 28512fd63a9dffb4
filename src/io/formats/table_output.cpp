// Tables of numbers as they are written: separated by commas or tabs, with names where there are
// any.
#include <algorithm>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/formats/formats.hpp"
#include "io/formats/text_output.hpp"
#include "io/text/number_text.hpp"

namespace partita {

namespace {

constexpr char kComma = ',';
constexpr char kTab = '\t';

void append_line(std::string& text, const std::string* label, std::span<const double> values,
                 char separator) {
  if (label != nullptr) append_field(text, *label, separator);
  for (std::size_t j = 0; j < values.size(); ++j) {
    if (j > 0 || label != nullptr) text += separator;
    append_number(text, values[j]);
  }
  text += '\n';
}

/// The header row; its first field is empty when the rows have labels.
std::string header_line(const std::vector<std::string>& names, bool has_row_labels,
                        char separator) {
  std::string line;
  for (std::size_t j = 0; j < names.size(); ++j) {
    if (j > 0 || has_row_labels) line += separator;
    append_field(line, names[j], separator);
  }
  return names.empty() ? line : line + "\n";
}

/// Names of a table: of all rows on process 0, of columns on every process.
struct TableNames {
  const std::vector<std::string>& rows;
  const std::vector<std::string>& columns;
};

void write_table(const Communicator& comm, const std::string& path, Range my_rows,
                 const MatrixRows& matrix, const TableNames& names, char separator) {
  AtomicFile file(comm, path);
  const std::vector<std::string> labels = scatter_labels(comm, names.rows, my_rows);
  const bool has_labels = max_over(comm, labels.empty() ? 0 : 1) != 0;
  const auto write_rows = [&](TextOutput& output) {
    for_each_dense_run(matrix, my_rows, [&](Range run, std::span<const double> values) {
      const auto columns = static_cast<std::size_t>(matrix.columns);
      for (Index i = run.begin; i < run.end; ++i) {
        const auto* label =
            has_labels ? &labels[static_cast<std::size_t>(i - my_rows.begin)] : nullptr;
        append_line(output.text(), label,
                    values.subspan(static_cast<std::size_t>(i - run.begin) * columns, columns),
                    separator);
        output.flush_if_large();
      }
    });
    output.flush();
  };
  TextOutput counter;
  together(comm, [&] { write_rows(counter); });
  const PlaceInOrder place = place_in_order(comm, my_rows, counter.written());
  const std::string header = header_line(names.columns, has_labels, separator);
  together(comm, [&] {
    if (comm.is_root()) file.write(0, header);
    TextOutput output(file, static_cast<Index>(header.size()) + place.before);
    write_rows(output);
  });
  file.commit();
}

std::string component_name(Index component) {
  return "component_" + std::to_string(component + 1);
}

/// A is a table like others, whose columns are the components.
void write_A(const Communicator& comm, const std::string& path, const FactorShare& share,
             Index components, const Labels& labels) {
  MatrixRows A;
  A.rows = share.total;
  A.columns = components;
  A.fill = [&share](Range rows, std::span<double> values) {
    const Index width = share.values.width();
    const auto from = static_cast<std::size_t>((rows.begin - share.range.begin) * width);
    std::ranges::copy(share.values.values().subspan(from, values.size()), values.begin());
  };
  std::vector<std::string> names;
  for (Index c = 0; c < components; ++c) names.push_back(component_name(c));
  write_table(comm, path, share.range, A, {labels.rows, names}, kComma);
}

/// This process's part of component c's line of S; the process with the first column starts it.
std::string part_of_line(const FactorShare& share, Index c) {
  std::string text;
  if (share.range.empty()) return text;
  if (share.range.begin == 0) text += component_name(c);
  for (Index j = 0; j < share.values.rows(); ++j) {
    text += kComma;
    append_number(text, share.values(j, c));
  }
  if (share.range.end == share.total) text += '\n';
  return text;
}

void write_S(const Communicator& comm, const std::string& path, const FactorShare& share,
             Index components, const Labels& labels) {
  AtomicFile file(comm, path);
  std::string header;
  for (const std::string& name : labels.columns) {
    header += kComma;
    append_field(header, name, kComma);
  }
  if (!header.empty()) header += '\n';
  together(comm, [&] {
    if (comm.is_root()) file.write(0, header);
  });
  auto line_begin = static_cast<Index>(header.size());
  for (Index c = 0; c < components; ++c) {
    const std::string text = part_of_line(share, c);
    const PlaceInOrder place = place_in_order(comm, share.range, static_cast<Index>(text.size()));
    together(comm, [&] { file.write(line_begin + place.before, text); });
    line_begin += place.total;
  }
  file.commit();
}

}  // namespace

void write_csv(const Communicator& comm, const std::string& path, Range my_rows,
               const MatrixRows& matrix) {
  write_table(comm, path, my_rows, matrix, {matrix.labels.rows, matrix.labels.columns}, kComma);
}

void write_csv_factor(const Communicator& comm, const std::string& path, const FactorShare& share,
                      Index components, const Labels& labels) {
  if (share.side == Side::A) {
    write_A(comm, path, share, components, labels);
  } else {
    write_S(comm, path, share, components, labels);
  }
}

void write_tsv(const Communicator& comm, const std::string& path, Range my_rows,
               const MatrixRows& matrix) {
  write_table(comm, path, my_rows, matrix, {matrix.labels.rows, matrix.labels.columns}, kTab);
}

}  // namespace partita
