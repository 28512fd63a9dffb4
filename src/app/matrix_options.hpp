#pragma once

#include "partita/io/matrix_source.hpp"

#include <cstddef>
#include <string>

#include "options.hpp"
#include "text_values.hpp"

namespace partita::app {

/// A matrix file and how to read it.
struct MatrixInput {
  std::string file;
  std::string format;  ///< name of a format; empty: by the file's extension
  ReadOptions read;
};

/// --format, --transpose, --header, --row-labels, --unstored, --nan. The group fills `input`, which
/// must outlive it.
[[nodiscard]] OptionGroup matrix_options(MatrixInput& input);

/// Takes the operand FILE; borrows `input`.
[[nodiscard]] inline auto file_operand(MatrixInput& input) {
  return [&input](std::size_t /*position*/, const std::string& text) { input.file = text; };
}

/// Options that belong to the contract but not to this version: they show in --help and are refused
/// with a message that says so.
[[nodiscard]] Option unavailable(const std::string& name, const std::string& argument,
                                 const std::string& help);
[[noreturn]] void refuse_unavailable(const std::string& what);

/// Takes a value into a place.
template <class Value, class Parse>
[[nodiscard]] auto into(Value& place, Parse parse) {
  return [&place, parse](const std::string& option, const std::string& text) {
    place = parse(option, text);
  };
}
[[nodiscard]] inline auto into(std::string& place) {
  return [&place](const std::string& /*option*/, const std::string& text) { place = text; };
}
[[nodiscard]] inline auto into(bool& place) {
  return [&place](const std::string& /*option*/, const std::string& /*text*/) { place = true; };
}
[[nodiscard]] inline auto into_count(Index& place, Index least) {
  return into(place, [least](const std::string& option, const std::string& text) {
    return parse_count(option, text, least);
  });
}
[[nodiscard]] inline auto into_number(double& place, double least) {
  return into(place, [least](const std::string& option, const std::string& text) {
    return parse_number(option, text, least);
  });
}
template <class Value>
[[nodiscard]] auto into_choice(Value& place, const Choices<Value>& choices) {
  return into(place, [&choices](const std::string& option, const std::string& text) {
    return parse_choice(option, text, choices);
  });
}

}  // namespace partita::app
