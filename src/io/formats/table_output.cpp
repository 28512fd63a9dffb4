// Tables of numbers as they are written: separated by commas or tabs, with names where there are
// any.
#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/formats/formats.hpp"
#include "io/formats/text_output.hpp"
#include "io/text/number_text.hpp"

namespace partita {

namespace {

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

void write_table(const Communicator& comm, const std::string& path, Range my_rows,
                 const MatrixRows& matrix, char separator) {
  AtomicFile file(comm, path);
  const std::vector<std::string> labels = scatter_labels(comm, matrix.labels.rows, my_rows);
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
  const std::string header = header_line(matrix.labels.columns, has_labels, separator);
  together(comm, [&] {
    if (comm.is_root()) file.write(0, header);
    TextOutput output(file, static_cast<Index>(header.size()) + place.before);
    write_rows(output);
  });
  file.commit();
}

}  // namespace

void write_csv(const Communicator& comm, const std::string& path, Range my_rows,
               const MatrixRows& matrix) {
  write_table(comm, path, my_rows, matrix, ',');
}

void write_tsv(const Communicator& comm, const std::string& path, Range my_rows,
               const MatrixRows& matrix) {
  write_table(comm, path, my_rows, matrix, '\t');
}

}  // namespace partita
