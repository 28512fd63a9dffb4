#include "io/formats/text_output.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>

#include "base/interruption.hpp"
#include "comm/agreement.hpp"
#include "comm/collectives.hpp"

namespace partita {

namespace {

/// Values that a producer makes at a time.
constexpr Index kRunValues = Index{1} << 17;
constexpr Index kSparseRunRows = 64;

template <class Visit>
void for_each_run(Range rows, Index run, Visit visit) {
  for (Index begin = rows.begin; begin < rows.end; begin += run) {
    check_interrupted();
    visit(Range{begin, std::min(begin + run, rows.end)});
  }
}

Index dense_run(const MatrixRows& matrix) {
  return std::max<Index>(1, kRunValues / std::max<Index>(matrix.columns, 1));
}

void fill(const MatrixRows& matrix, Range run, std::vector<MatrixEntry>& entries,
          std::span<double> values) {
  if (matrix.fill) {
    matrix.fill(run, values);
    return;
  }
  std::ranges::fill(values, 0.0);
  entries.clear();
  matrix.list(run, entries);
  for (const MatrixEntry& entry : entries) {
    const Index at = (entry.row.value - run.begin) * matrix.columns + entry.column.value;
    values[static_cast<std::size_t>(at)] = entry.value;
  }
}

/// Labels as one text, each ended by a NUL (and cut at one inside it).
std::string joined(std::span<const std::string> labels) {
  std::string text;
  for (const std::string& label : labels) {
    text += std::string_view(label).substr(0, label.find('\0'));
    text += '\0';
  }
  return text;
}

void split_onto(std::vector<std::string>& labels, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\0');
    labels.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
}

}  // namespace

void TextOutput::flush() {
  if (file_ != nullptr) file_->write(offset_ + written_, text_);
  written_ += static_cast<Index>(text_.size());
  text_.clear();
}

PlaceInOrder place_in_order(const Communicator& comm, Range mine, Index length) {
  const std::array<Index, 2> my_facts{mine.begin, mine.empty() ? 0 : length};
  const auto processes = static_cast<std::size_t>(comm.size());
  std::vector<Index> all(2 * processes);
  const std::vector<Index> counts(processes, 2);
  all_gather<Index>(comm, my_facts, all, counts);
  PlaceInOrder place;
  for (std::size_t p = 0; p < processes; ++p) {
    if (all[2 * p] < mine.begin) place.before += all[2 * p + 1];
    place.total += all[2 * p + 1];
  }
  return place;
}

void for_each_dense_run(const MatrixRows& matrix, Range rows,
                        const std::function<void(Range, std::span<const double>)>& visit) {
  std::vector<double> values;
  std::vector<MatrixEntry> entries;
  for_each_run(rows, dense_run(matrix), [&](Range run) {
    values.resize(static_cast<std::size_t>(run.size() * matrix.columns));
    fill(matrix, run, entries, values);
    visit(run, values);
  });
}

void for_each_sparse_run(const MatrixRows& matrix, Range rows,
                         const std::function<void(std::span<const MatrixEntry>)>& visit) {
  std::vector<MatrixEntry> entries;
  if (matrix.list) {
    for_each_run(rows, kSparseRunRows, [&](Range run) {
      entries.clear();
      matrix.list(run, entries);
      visit(entries);
    });
    return;
  }
  for_each_dense_run(matrix, rows, [&](Range run, std::span<const double> values) {
    entries.clear();
    std::size_t at = 0;
    for (Index i = run.begin; i < run.end; ++i) {
      for (Index j = 0; j < matrix.columns; ++j, ++at) {
        if (values[at] != 0) entries.push_back({{i}, {j}, values[at]});
      }
    }
    visit(entries);
  });
}

void check_rows(const Communicator& comm, Range mine, Index total) {
  const PlaceInOrder place = place_in_order(comm, mine, mine.size());
  const bool fits = place.total == total && (mine.empty() || place.before == mine.begin);
  together(comm, [&] {
    if (!fits) throw Error(ErrorKind::internal, "the processes' rows are not all rows, once");
  });
}

void append_field(std::string& text, std::string_view field, char separator) {
  const bool plain = field.find_first_of("\"\n\r") == std::string_view::npos &&
                     field.find(separator) == std::string_view::npos &&
                     !field.starts_with('#') &&  // else the line might be a comment
                     (field.empty() || (field.front() != ' ' && field.back() != ' '));
  if (plain) {
    text += field;
    return;
  }
  text += '"';
  for (const char c : field) {
    if (c == '"') text += '"';
    text += c == '\n' || c == '\r' ? ' ' : c;  // a label has one line
  }
  text += '"';
}

std::vector<std::string> scatter_labels(const Communicator& comm,
                                        const std::vector<std::string>& labels, Range mine) {
  const auto have = max_over(comm, comm.is_root() && !labels.empty() ? 1 : 0);
  std::vector<std::string> my_labels;
  if (have == 0) return my_labels;
  const std::array<Index, 2> my_ends{mine.begin, mine.end};
  const auto ends = gather<Index>(comm, my_ends, 0);
  std::vector<std::vector<char>> outgoing(static_cast<std::size_t>(comm.size()));
  together(comm, [&] {
    Index bytes = 0;
    for (std::size_t p = 0; p < ends.size(); ++p) {
      const Range range{ends[p][0], ends[p][1]};
      if (range.empty()) continue;
      if (range.end > static_cast<Index>(labels.size())) {
        throw Error(ErrorKind::internal, "fewer labels than rows");
      }
      const std::string text = joined(std::span(labels).subspan(
          static_cast<std::size_t>(range.begin), static_cast<std::size_t>(range.size())));
      outgoing[p].assign(text.begin(), text.end());
      bytes += static_cast<Index>(text.size());
    }
    if (bytes > INT_MAX) {
      throw Error(ErrorKind::internal, "row labels of more than 2^31 bytes cannot be written");
    }
  });
  const std::vector<char> arrived = partita::exchange(comm, outgoing);
  split_onto(my_labels, {arrived.data(), arrived.size()});
  return my_labels;
}

void broadcast_labels(const Communicator& comm, std::vector<std::string>& labels) {
  std::string text = comm.is_root() ? joined(labels) : std::string();
  broadcast(comm, text, 0);
  labels.clear();
  split_onto(labels, text);
}

void gather_labels(const Communicator& comm, const std::vector<std::string>& mine,
                   std::vector<std::string>& labels) {
  const std::string text = joined(mine);
  for (const auto& part : gather<char>(comm, std::span<const char>(text), 0)) {
    split_onto(labels, {part.data(), part.size()});
  }
}

}  // namespace partita
