#pragma once

#include <string>
#include <vector>

#include "io/formats/table_head.hpp"

namespace partita {

/// Whether the first row, or the first column, holds names.
struct Names {
  bool found = false;
  std::string doubt;  ///< where they look like names but are taken as data: a warning
};

/// Words are names; so are numbers that cannot be data: in quotes where data have none, or whole
/// numbers in steps or far from all others beside a word at the corner. Numbers that only look like
/// names stay data, with a doubt.
/// @param rows  of the head, not empty.
[[nodiscard]] Names find_header(const std::vector<HeadRow>& rows);

/// The same for the first column. Besides words, a column of unique whole numbers is taken where
/// its name says what it is.
/// @param has_header  whether the first row is one.
[[nodiscard]] Names find_row_labels(const std::vector<HeadRow>& rows, bool has_header);

/// Whether all fields but the first are words, as in a header. @param all  the first one too.
[[nodiscard]] bool are_words(const HeadRow& row, bool all);

}  // namespace partita
