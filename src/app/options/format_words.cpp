#include "options/format_words.hpp"

#include "partita/io/formats/factor_files.hpp"
#include "partita/io/formats/matrix_format.hpp"

#include <vector>

namespace partita::app {

namespace {

/// "a, b or c".
std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t w = 0; w < words.size(); ++w) {
    if (w > 0) text += w + 1 == words.size() ? " or " : ", ";
    text += words[w];
  }
  return text;
}

}  // namespace

std::string readable_formats() {
  std::vector<std::string> names;
  for (const MatrixFormat& format : matrix_formats()) {
    if (format.open != nullptr) names.push_back(format.name);
  }
  return listed(names);
}

std::string writable_formats() {
  std::vector<std::string> names;
  for (const MatrixFormat& format : matrix_formats()) {
    if (format.write != nullptr) names.push_back(format.name);
  }
  return listed(names);
}

std::string usual_extensions() {
  std::string text;
  for (const MatrixFormat& format : matrix_formats()) {
    if (format.open == nullptr || format.extensions.empty()) continue;
    text += (text.empty() ? "" : " ") + format.extensions.front();
  }
  return text;
}

Choices<bool> factor_formats() {
  Choices<bool> names;
  for (const MatrixFormat& format : matrix_formats()) {
    const bool is_built = format.open != nullptr;
    if (format.write_factor != nullptr || !is_built) names.emplace_back(format.name, is_built);
  }
  return names;
}

std::string built_factor_formats() {
  std::vector<std::string> names;
  for (const auto& [name, is_built] : factor_formats()) {
    if (is_built) names.push_back(name);
  }
  return listed(names);
}

std::string default_factor_formats() {
  return factor_format("", false).name + ", " + factor_format("", true).name +
         " for labelled input";
}

}  // namespace partita::app
