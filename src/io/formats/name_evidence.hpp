#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>

#include "io/formats/table_head.hpp"

// What speaks for numbers that are names rather than data.
namespace partita {

using Values = std::span<const double>;

/// Numbers from which on equal steps, or a rising order, are no accident.
inline constexpr std::size_t kLongProgression = 5;

[[nodiscard]] inline bool is_number(const HeadField& field) {
  return field.form == FieldForm::number;
}
[[nodiscard]] inline bool is_word(const HeadField& field) {
  return field.form == FieldForm::word || field.form == FieldForm::missing;
}
[[nodiscard]] bool is_whole(double value);

/// Whole numbers in equal steps.
[[nodiscard]] bool is_progression(Values values);
/// A progression that is hardly an accident.
[[nodiscard]] bool counts(Values values);
/// Whole numbers, all different.
[[nodiscard]] bool are_unique(Values values);
[[nodiscard]] bool are_ascending(Values values);

/// What the other numbers of the head are like.
struct Others {
  double largest = -std::numeric_limits<double>::infinity();
  std::size_t numbers = 0;
  std::size_t fractions = 0;

  void see(const HeadField& field);
  [[nodiscard]] bool mostly_fractions() const { return 2 * fractions > numbers; }
  /// Whether values lie far above all the others.
  [[nodiscard]] bool far_below(Values values) const;
};

/// "sample1" and "sample2" are names of one kind; a corner is no name of a row.
[[nodiscard]] bool alike(const std::string& one, const std::string& other);
/// Whether a field is several numbers between separators that the table does not have.
[[nodiscard]] bool is_list_of_numbers(std::string_view text);

/// What a column of identifiers is called.
[[nodiscard]] bool names_identifiers(const std::string& name);
/// What the things are called that have a row each.
[[nodiscard]] bool names_things(const std::string& name);

}  // namespace partita
