#include "json_file.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <utility>

#include "shared_text.hpp"

namespace partita::app {

namespace {

using nlohmann::ordered_json;

/// Far more than any report has.
constexpr Index kMostBytes = Index{1} << 24;
constexpr int kMostDepth = 64;
constexpr std::size_t kMostShown = 40;

std::string shown(const ordered_json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  const std::string text = value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  return text.size() <= kMostShown ? text : text.substr(0, kMostShown) + "...";
}

constexpr std::string_view kHexDigits = "0123456789abcdef";

/// Bytes of the character that begins at `at`; 0 when there is none. RFC 3629: no surrogates,
/// nothing longer than need be, nothing beyond U+10FFFF.
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return 1;
  const std::size_t length = first < 0xc2   ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = at + 1; i < at + length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return 0;
  }
  const unsigned char second = byte(at + 1);
  const bool wrong = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                     (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
  return wrong ? 0 : length;
}

/// Whether \xHH stands at `at`.
bool is_escape(std::string_view text, std::size_t at) {
  return text.substr(at, 2) == "\\x" && at + 4 <= text.size() &&
         kHexDigits.find(text[at + 2]) != std::string_view::npos &&
         kHexDigits.find(text[at + 3]) != std::string_view::npos;
}

void append_escape(std::string& text, char byte) {
  const auto value = static_cast<unsigned char>(byte);
  text += "\\x";
  text += kHexDigits[value >> 4U];
  text += kHexDigits[value & 0xfU];
}

}  // namespace

ordered_json read_json(const std::string& path) {
  const std::string text = regular_text_of(path, kMostBytes);
  const auto limit_depth = [&](int depth, ordered_json::parse_event_t, const ordered_json&) {
    if (depth <= kMostDepth) return true;
    throw Error(ErrorKind::bad_data, path + ": is no report of partita: its values are nested " +
                                         std::to_string(kMostDepth) + " deep and more");
  };
  try {
    return ordered_json::parse(text, limit_depth);
  } catch (const nlohmann::json::parse_error& error) {
    throw Error(ErrorKind::bad_data, path + ": is damaged: it is not JSON from byte " +
                                         std::to_string(error.byte) + " on");
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorKind::bad_data, path + ": is damaged: a number in it is out of range");
  }
}

JsonFields::JsonFields(std::string path, const ordered_json& json, std::string within)
    : path_(std::move(path)), json_(json), within_(std::move(within)) {
  if (json_.is_object()) return;
  throw Error(ErrorKind::bad_data, path_ + ": must hold an object, not " + shown(json_));
}

Error JsonFields::wrong(const std::string& name, const std::string& must_be) const {
  const std::string field = path_ + ": '" + within_ + name + "' ";
  const auto found = json_.find(name);
  if (found == json_.end()) return {ErrorKind::bad_data, field + "is missing"};
  return {ErrorKind::bad_data, field + "must be " + must_be + ", not " + shown(*found)};
}

const ordered_json& JsonFields::at(const std::string& name) const {
  static const ordered_json missing;
  const auto found = json_.find(name);
  return found == json_.end() ? missing : *found;
}

std::string JsonFields::text(const std::string& name) const {
  const ordered_json& value = at(name);
  if (!value.is_string()) throw wrong(name, "a text");
  return value.get<std::string>();
}

Index JsonFields::count(const std::string& name) const {
  const ordered_json& value = at(name);
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<Index>::max());
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kMost) {
    throw wrong(name, "a whole number from 0");
  }
  return value.get<Index>();
}

double JsonFields::number(const std::string& name) const {
  const ordered_json& value = at(name);
  if (!value.is_number()) throw wrong(name, "a number");
  return value.get<double>();
}

bool JsonFields::boolean(const std::string& name) const {
  const ordered_json& value = at(name);
  if (!value.is_boolean()) throw wrong(name, "true or false");
  return value.get<bool>();
}

const ordered_json& JsonFields::array(const std::string& name) const {
  const ordered_json& value = at(name);
  if (!value.is_array()) throw wrong(name, "a list");
  return value;
}

JsonFields JsonFields::object(const std::string& name) const {
  const ordered_json& value = at(name);
  if (!value.is_object()) throw wrong(name, "an object");
  return {path_, value, within_ + name + "."};
}

std::string to_utf8(const std::string& bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = is_escape(bytes, at) ? 0 : character_length(bytes, at);
    if (length == 0) append_escape(text, bytes[at]);
    text.append(bytes, at, length);
    at += length == 0 ? 1 : length;
  }
  return text;
}

std::string from_utf8(const std::string& text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size();) {
    const bool escaped = is_escape(text, at);
    const auto digit = [&](std::size_t i) { return kHexDigits.find(text[at + i]); };
    bytes += escaped ? static_cast<char>(16 * digit(2) + digit(3)) : text[at];
    at += escaped ? 4 : 1;
  }
  return bytes;
}

}  // namespace partita::app
