#pragma once

#include <string>
#include <vector>

namespace partita::app {

/// Pieces of a text between separators.
[[nodiscard]] inline std::vector<std::string> pieces(const std::string& text, char separator) {
  std::vector<std::string> found;
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
    end = text.find(separator, begin);
    found.push_back(text.substr(begin, end - begin));
  }
  return found;
}

/// The words that may be written for a value that help calls "zero|missing" or "decay|NUMBER";
/// none for "FILE".
[[nodiscard]] inline std::vector<std::string> words_of(const std::string& argument) {
  std::vector<std::string> words;
  if (argument.find('|') == std::string::npos) return words;
  for (const std::string& piece : pieces(argument, '|')) {
    const bool is_placeholder =
        piece.find_first_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos;
    if (!is_placeholder) words.push_back(piece);
  }
  return words;
}

}  // namespace partita::app
