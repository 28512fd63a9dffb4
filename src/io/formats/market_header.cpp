// Matrix Market exchange format: Boisvert, Pozo & Remington, NISTIR 5935, 1996.
#include "io/formats/market_header.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "io/text/number_text.hpp"

namespace partita {

namespace {

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return text;
}

/// Names of fields of numbers. "double" is old, "unsigned-integer" is what SciPy writes.
bool holds_numbers(const std::string& field) {
  return field == "real" || field == "double" || field == "integer" || field == "unsigned-integer";
}

/// The banner "%%MatrixMarket matrix coordinate|array real|integer|pattern general|symmetric".
void parse_banner(const std::string& path, const std::string& line, MarketHeader& header) {
  std::vector<std::string> words = words_of(line);
  if (words.empty() || lower(words[0]) != "%%matrixmarket") {
    throw bad_line(
        path, 1,
        "not a Matrix Market file: it starts with " + shown(line) + ", not with %%MatrixMarket");
  }
  std::ranges::transform(words, words.begin(), lower);
  if (words.size() != 5 || words[1] != "matrix") {
    throw bad_line(
        path, 1,
        "the banner " + shown(line) + " is not \"%%MatrixMarket matrix FORMAT FIELD SYMMETRY\"");
  }
  if (words[2] != "coordinate" && words[2] != "array") {
    throw bad_line(path, 1, "format " + shown(words[2]) + " is neither coordinate nor array");
  }
  if (words[3] == "complex") {
    throw bad_line(path, 1, "complex matrices cannot be factored into non-negative factors");
  }
  if (!holds_numbers(words[3]) && words[3] != "pattern") {
    throw bad_line(
        path, 1, "field " + shown(words[3]) + " is not real, integer, unsigned-integer or pattern");
  }
  if (words[4] != "general" && words[4] != "symmetric") {
    throw bad_line(path, 1,
                   "symmetry " + shown(words[4]) + " is not supported; general and symmetric are");
  }
  header.coordinate = words[2] == "coordinate";
  header.pattern = words[3] == "pattern";
  header.symmetric = words[4] == "symmetric";
  if (header.pattern && !header.coordinate) {
    throw bad_line(path, 1, "a pattern has no array format");
  }
}

/// Values of an array file: all, or the lower triangle with the diagonal.
std::optional<Index> array_entries(const MarketHeader& header) {
  const Index most = std::numeric_limits<Index>::max();
  if (header.columns > most / header.rows / 2) return std::nullopt;
  if (!header.symmetric) return header.rows * header.columns;
  return header.rows * (header.rows + 1) / 2;
}

/// The size line "rows columns [entries]".
void parse_sizes(const std::string& path, Index number, const std::string& line,
                 MarketHeader& header) {
  const std::vector<std::string> words = words_of(line);
  const std::size_t expected = header.coordinate ? 3 : 2;
  std::array<Index, 3> sizes{};
  bool good = words.size() == expected;
  for (std::size_t w = 0; good && w < expected; ++w) {
    good = parse_whole(words[w], sizes[w]);
  }
  if (!good) {
    throw bad_line(path, number,
                   "the size line " + shown(line) + " is not \"rows columns" +
                       (header.coordinate ? " entries\"" : "\""));
  }
  header.rows = sizes[0];
  header.columns = sizes[1];
  if (header.rows < 1 || header.columns < 1) {
    throw bad_line(path, number, "the matrix is empty: " + shown(line));
  }
  if (header.symmetric && header.rows != header.columns) {
    throw bad_line(path, number, "a symmetric matrix is square, not " + shown(line));
  }
  const std::optional<Index> values = array_entries(header);
  if (!values) throw bad_line(path, number, "the sizes " + shown(line) + " are too large");
  header.entries = header.coordinate ? sizes[2] : *values;
}

}  // namespace

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (std::size_t at = 0; (at = line.find_first_not_of(" \t\r", at)) != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(" \t\r", at), line.size());
    words.emplace_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

MarketHeader read_market_header(const std::string& path, LineReader& reader) {
  MarketHeader header;
  std::string line;
  if (!reader.next(line)) throw bad_file(path, "the file is empty");
  parse_banner(path, line, header);
  while (reader.next(line)) {
    const std::string_view text = trimmed(line);
    if (text.empty() || text.front() == kMarketComment) continue;
    parse_sizes(path, reader.lines(), line, header);
    return header;
  }
  throw bad_file(path, "truncated: it ends before the line with the sizes");
}

}  // namespace partita
