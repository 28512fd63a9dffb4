// The .npy format: numpy.lib.format, versions 1 to 3.
#include "io/formats/npy_header.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <string_view>
#include <vector>

#include "io/text/number_text.hpp"

namespace partita {

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr Index kLongestHeader = Index{1} << 20;
constexpr std::size_t kAlignment = 64;

/// The value of a key in the header's Python dictionary: what follows "'key':", blanks skipped.
std::string_view value_of(const std::string& path, std::string_view dictionary,
                          std::string_view key) {
  for (const char quote : {'\'', '"'}) {
    const std::string quoted = quote + std::string(key) + quote;
    std::size_t at = dictionary.find(quoted);
    if (at == std::string_view::npos) continue;
    at = dictionary.find_first_not_of(" \t", at + quoted.size());
    if (at == std::string_view::npos || dictionary[at] != ':') continue;
    at = dictionary.find_first_not_of(" \t", at + 1);
    if (at != std::string_view::npos) return dictionary.substr(at);
  }
  throw bad_file(
      path, "damaged .npy header: no '" + std::string(key) + "' in " + shown(trimmed(dictionary)));
}

/// The type between its quotes.
std::string unquoted_type(const std::string& path, std::string_view text) {
  const char quote = text.front();
  const std::size_t end = quote == '\'' || quote == '"' ? text.find(quote, 1) : text.npos;
  if (end == text.npos) {
    throw bad_file(path, "element type " + shown(text) + " is not supported; use real or integer");
  }
  return std::string(text.substr(1, end - 1));
}

/// The numbers of a tuple "(3, 4)".
std::vector<Index> parse_shape(const std::string& path, std::string_view text) {
  const std::size_t close = text.find(')');
  const Error damaged = bad_file(path, "damaged .npy header: the shape is " + shown(text));
  if (text.front() != '(' || close == text.npos) throw damaged;
  std::vector<Index> shape;
  std::string_view rest = trimmed(text.substr(1, close - 1));
  while (!rest.empty()) {
    Index extent = 0;
    const char* const next = parse_index(rest.data(), rest.data() + rest.size(), extent);
    if (next == nullptr) throw damaged;
    shape.push_back(extent);
    rest = trimmed(rest.substr(static_cast<std::size_t>(next - rest.data())));
    if (rest.starts_with('L')) rest.remove_prefix(1);  // Python 2 wrote long integers so
    if (!rest.empty() && rest.front() != ',') throw damaged;
    if (!rest.empty()) rest = trimmed(rest.substr(1));
  }
  return shape;
}

std::string shape_text(const std::vector<Index>& shape) {
  std::string text;
  for (const Index extent : shape) text += (text.empty() ? "" : ", ") + std::to_string(extent);
  return "(" + text + (shape.size() == 1 ? ",)" : ")");
}

void set_shape(const std::string& path, const std::vector<Index>& shape, NpyHeader& header) {
  const std::string written = shape_text(shape);
  if (shape.size() != 2) {
    throw bad_file(path, "the array has shape " + written + ", that is " +
                             std::to_string(shape.size()) + " dimensions; a matrix has 2");
  }
  if (shape[0] < 1 || shape[1] < 1) throw bad_file(path, "the matrix is empty: shape " + written);
  const Index most = std::numeric_limits<Index>::max() / 64;
  if (shape[1] > most / shape[0]) throw bad_file(path, "the shape " + written + " is too large");
  header.rows = shape[0];
  header.columns = shape[1];
}

void check_file_size(const InputFile& file, const std::string& path, const NpyHeader& header) {
  const Index expected = header.data_offset + header.rows * header.columns * header.item_bytes;
  if (file.size() == expected) return;
  const std::string sizes =
      std::to_string(file.size()) + " bytes where its header asks for " + std::to_string(expected);
  throw bad_file(path,
                 (file.size() < expected ? "truncated: it has " : "too long: it has ") + sizes);
}

}  // namespace

void set_npy_type(const std::string& path, std::string_view type, NpyHeader& header) {
  const bool has_order = type.find_first_of("<>=|") == 0;
  const char order = has_order ? type.front() : '=';
  const std::string_view name = type.substr(has_order ? 1 : 0);
  if (!name.empty() && name.front() == 'c') {
    throw bad_file(path, "element type '" + std::string(type) +
                             "' is complex, which has no non-negative factors");
  }
  constexpr std::array<std::string_view, 12> kTypes = {"f2", "f4", "f8", "i1", "i2", "i4",
                                                       "i8", "u1", "u2", "u4", "u8", "b1"};
  if (std::ranges::find(kTypes, name) == kTypes.end()) {
    throw bad_file(path, "element type '" + std::string(type) +
                             "' is not supported; f2, f4, f8, integers and bool are");
  }
  const bool native_little = std::endian::native == std::endian::little;
  header.kind = name[0];
  header.item_bytes = name[1] - '0';
  header.swapped = (order == '<' && !native_little) || (order == '>' && native_little);
}

NpyArray read_npy_array(const ReadBytes& read, Index size, const std::string& path) {
  std::array<char, 12> start{};
  const Index got = std::min<Index>(size, start.size());
  if (got == 0) throw bad_file(path, "the file is empty");
  read(0, std::span(start).first(static_cast<std::size_t>(got)));
  const std::string_view magic(start.data(),
                               std::min<std::size_t>(static_cast<std::size_t>(got), kMagic.size()));
  if (magic != kMagic) {
    throw bad_file(path, "not a .npy file: it does not start with the magic \\x93NUMPY");
  }
  const int version = static_cast<unsigned char>(start[6]);
  const Index prefix = version == 1 ? 10 : 12;
  if (got < prefix) throw bad_file(path, "truncated inside its .npy header");
  if (version < 1 || version > 3) {
    throw bad_file(path, ".npy version " + std::to_string(version) + " is unknown; 1, 2 and 3 are");
  }
  Index length = 0;
  for (Index b = prefix - 1; b >= 8; --b) {
    length = length * 256 + static_cast<unsigned char>(start[static_cast<std::size_t>(b)]);
  }
  if (prefix + length > size || length > kLongestHeader) {
    throw bad_file(path,
                   "truncated inside its .npy header of " + std::to_string(length) + " bytes");
  }
  std::string dictionary(static_cast<std::size_t>(length), '\0');
  read(prefix, dictionary);
  NpyArray array;
  array.data_offset = prefix + length;
  array.type = unquoted_type(path, value_of(path, dictionary, "descr"));
  const std::string_view order = value_of(path, dictionary, "fortran_order");
  array.fortran_order = order.starts_with("True");
  if (!array.fortran_order && !order.starts_with("False")) {
    throw bad_file(path, "damaged .npy header: fortran_order is " + shown(order));
  }
  array.shape = parse_shape(path, value_of(path, dictionary, "shape"));
  return array;
}

NpyHeader read_npy_header(const InputFile& file, const std::string& path) {
  const NpyArray array = read_npy_array(
      [&](Index offset, std::span<char> out) { file.read(offset, out); }, file.size(), path);
  NpyHeader header;
  header.data_offset = array.data_offset;
  header.fortran_order = array.fortran_order;
  set_npy_type(path, array.type, header);
  set_shape(path, array.shape, header);
  check_file_size(file, path, header);
  return header;
}

std::string npy_type(char kind, int bytes) {
  return (std::endian::native == std::endian::little ? "<" : ">") + std::string(1, kind) +
         std::to_string(bytes);
}

std::string make_npy_header(Index rows, Index columns, bool fortran_order) {
  return make_npy_header(npy_type('f', 8), shape_text({rows, columns}), fortran_order);
}

std::string make_npy_header(std::string_view type, std::string_view shape, bool fortran_order) {
  std::string dictionary = "{'descr': '" + std::string(type) +
                           "', 'fortran_order': " + (fortran_order ? "True" : "False") +
                           ", 'shape': " + std::string(shape) + ", }";
  constexpr std::size_t kPrefix = 10;
  while ((kPrefix + dictionary.size() + 1) % kAlignment != 0) dictionary += ' ';
  dictionary += '\n';
  std::string header(kMagic);
  header += '\x01';
  header += '\0';
  header += static_cast<char>(dictionary.size() & 0xff);
  header += static_cast<char>(dictionary.size() >> 8);
  return header + dictionary;
}

}  // namespace partita
