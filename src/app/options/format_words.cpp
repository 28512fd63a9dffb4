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
    names.push_back(format.name);
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
    if (format.extensions.empty()) continue;
    text += (text.empty() ? "" : " ") + format.extensions.front();
  }
  return text;
}

Choices<std::string> factor_formats() {
  Choices<std::string> names;
  for (const MatrixFormat& format : matrix_formats()) {
    if (format.write_factor != nullptr) names.emplace_back(format.name, format.name);
  }
  return names;
}

std::string listed_factor_formats() {
  std::vector<std::string> names;
  for (const auto& [name, format] : factor_formats()) names.push_back(name);
  return listed(names);
}

std::string default_factor_formats() {
  return factor_format("", false).name + ", " + factor_format("", true).name +
         " for labelled input";
}

}  // namespace partita::app
