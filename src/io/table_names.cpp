#include "io/table_names.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>

namespace partita {

namespace {

using Rows = std::span<const HeadRow>;
using Values = std::span<const double>;

/// Rows whose first fields decide whether words name the rows.
constexpr std::size_t kRowsForWords = 3;
/// Numbers from which on equal steps are no accident.
constexpr std::size_t kLongProgression = 5;

bool is_number(const HeadField& field) {
  return field.form == FieldForm::number;
}
bool is_word(const HeadField& field) {
  return field.form == FieldForm::word || field.form == FieldForm::missing;
}
bool is_whole(double value) {
  return std::abs(value) < 1e15 && value == std::floor(value);
}

/// "", "a", "b": the first row and column are names, as data frames are written.
bool has_empty_corner(const HeadRow& first) {
  const auto empty = [](const HeadField& field) { return field.form == FieldForm::empty; };
  return first.fields > 1 && empty(first.known[0]) &&
         std::none_of(first.known.begin() + 1, first.known.end(), empty);
}

/// A header that does not name the column of labels: one field fewer than the data.
bool lacks_corner(Rows rows) {
  const auto data = rows.subspan(1);
  return !data.empty() && std::ranges::all_of(data, [&](const HeadRow& row) {
    return row.fields == rows[0].fields + 1;
  });
}

/// The numbers of a row from a field on; nothing when one of them is no number.
std::vector<double> numbers_of(const HeadRow& row, std::size_t from) {
  std::vector<double> numbers;
  for (std::size_t f = from; f < row.known.size(); ++f) {
    if (!is_number(row.known[f])) return {};
    numbers.push_back(row.known[f].value);
  }
  return numbers;
}

/// The numbers of a column; nothing when one of them is no number.
std::vector<double> column_of(Rows rows, std::size_t field) {
  std::vector<double> numbers;
  for (const HeadRow& row : rows) {
    if (field >= row.known.size() || !is_number(row.known[field])) return {};
    numbers.push_back(row.known[field].value);
  }
  return numbers;
}

/// Whole numbers in equal steps.
bool is_progression(Values values) {
  if (values.size() < 2 || !std::ranges::all_of(values, is_whole)) return false;
  const double step = values[1] - values[0];
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i] - values[i - 1] != step) return false;
  }
  return step != 0;
}

/// A progression that is hardly an accident.
bool counts(Values values) {
  return is_progression(values) &&
         (std::abs(values[1] - values[0]) == 1 || values.size() >= kLongProgression);
}

bool are_unique(Values values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  return std::ranges::all_of(values, is_whole) &&
         std::ranges::adjacent_find(sorted) == sorted.end();
}

bool are_ascending(Values values) {
  return std::ranges::adjacent_find(values, std::greater_equal<>()) == values.end();
}

/// What the other numbers of the head are like.
struct Others {
  double largest = -std::numeric_limits<double>::infinity();
  std::size_t numbers = 0;
  std::size_t fractions = 0;

  void see(const HeadField& field) {
    if (!is_number(field) || !std::isfinite(field.value)) return;
    largest = std::max(largest, field.value);
    ++numbers;
    fractions += is_whole(field.value) ? 0 : 1;
  }
  [[nodiscard]] bool mostly_fractions() const { return 2 * fractions > numbers; }
  /// Whether values lie far above all the others.
  [[nodiscard]] bool far_below(Values values) const {
    return numbers > 0 && std::ranges::min(values) > 2 * std::max(largest, 1.0);
  }
};

/// Of the fields from `field` on in the given rows.
Others others_in(Rows rows, std::size_t field) {
  Others others;
  for (const HeadRow& row : rows) {
    for (std::size_t f = field; f < row.known.size(); ++f) others.see(row.known[f]);
  }
  return others;
}

/// Rows, of the given ones, that are progressions as well.
std::size_t progressions(Rows rows, std::size_t from) {
  return static_cast<std::size_t>(std::ranges::count_if(
      rows, [&](const HeadRow& row) { return is_progression(numbers_of(row, from)); }));
}

/// "sample1" and "sample2" are names of one kind; a corner is no name of a row.
bool alike(const std::string& one, const std::string& other) {
  const auto stem = [](const std::string& text) {
    return std::string_view(text).substr(0, text.find_last_not_of("0123456789") + 1);
  };
  const bool numbered = stem(one).size() < one.size() && stem(other).size() < other.size();
  return one == other || (numbered && stem(one) == stem(other));
}

/// Whole numbers in quotes above numbers without.
bool only_first_quoted(Rows rows) {
  const auto any_quoted = [](const HeadRow& row) {
    return std::any_of(row.known.begin() + 1, row.known.end(), [](auto& f) { return f.quoted; });
  };
  const auto all_quoted = [](const HeadRow& row) {
    return std::all_of(row.known.begin() + 1, row.known.end(),
                       [](auto& f) { return f.quoted && is_number(f) && is_whole(f.value); });
  };
  return rows[0].fields > 1 && all_quoted(rows[0]) &&
         std::ranges::none_of(rows.subspan(1), any_quoted);
}

std::string listed(Values values) {
  constexpr std::size_t kShown = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(values.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + number_text(values[i]);
  }
  return text + (values.size() > kShown ? ", ..." : "");
}

std::string header_doubt(const HeadRow& first, Values numbers) {
  const std::string corner = is_number(first.known[0]) ? "" : shown(first.first) + ": ";
  return "the first row (" + corner + listed(numbers) +
         ") is read as data but looks like names: say --header yes if it holds names, --header no "
         "if not";
}

/// A first row of a word and whole numbers.
Names judge_named_row(Rows rows, Values numbers) {
  const auto data = rows.subspan(1);
  const Others others = others_in(data, 1);
  const bool steps = is_progression(numbers);
  const bool far = are_unique(numbers) && others.far_below(numbers);
  const bool labelled =
      std::ranges::all_of(data.first(std::min(data.size(), kRowsForWords - 1)),
                          [](const HeadRow& row) { return is_word(row.known[0]); });
  if (!labelled) return {.found = numbers.size() > 1 && (steps || far), .doubt = ""};
  if (!steps && !far) return {};
  const std::string doubt = header_doubt(rows[0], numbers);
  const bool row_like = std::ranges::any_of(
      data, [&](const HeadRow& row) { return alike(rows[0].first, row.first); });
  const bool rare = 4 * progressions(data, 1) <= data.size();
  if (row_like) return {.found = false, .doubt = far ? doubt : ""};
  const bool certain = (numbers.size() > 2 && steps && (far || others.mostly_fractions())) ||
                       (numbers.size() > 2 && far && are_ascending(numbers)) ||
                       (numbers.size() >= kLongProgression && steps && rare);
  return {.found = certain, .doubt = certain || !(far || rare) ? "" : doubt};
}

/// A first row of numbers only: it stays data.
Names judge_plain_row(Rows rows, Values numbers) {
  const auto data = rows.subspan(1);
  const Others others = others_in(data, 0);
  const bool steps = is_progression(numbers);
  const bool far = are_unique(numbers) && others.far_below(numbers);
  const bool rare = 4 * progressions(data, 0) <= data.size();
  const bool suspect = numbers.size() > 2
                           ? far || (counts(numbers) && rare)
                           : numbers.size() == 2 && steps && (far || others.mostly_fractions());
  return {.found = false, .doubt = suspect ? header_doubt(rows[0], numbers) : ""};
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return text;
}

/// What a column of identifiers is called.
bool names_identifiers(const std::string& name) {
  const std::string text = lower(name);
  constexpr std::array<std::string_view, 6> kNames = {"id",  "index",   "idx",
                                                      "key", "rowname", "rownames"};
  return std::ranges::find(kNames, text) != kNames.end() || text.ends_with("_id") ||
         text.ends_with(" id") || text.ends_with(".id") || text.starts_with("unnamed: 0") ||
         (name.size() > 2 && name.ends_with("Id")) || (name.size() > 2 && name.ends_with("ID"));
}

/// What the things are called that have a row each.
bool names_things(const std::string& name) {
  constexpr std::array<std::string_view, 16> kNames = {
      "user",    "item",    "movie",   "customer", "sample",      "row",  "gene",   "cell",
      "patient", "subject", "product", "document", "observation", "case", "object", "record"};
  return std::ranges::find(kNames, lower(name)) != kNames.end();
}

bool any_other_column(Rows data, bool (*is_so)(Values)) {
  for (std::size_t f = 1; f < data[0].known.size(); ++f) {
    const std::vector<double> column = column_of(data, f);
    if (!column.empty() && is_so(column)) return true;
  }
  return false;
}

/// A first column of whole numbers, all different.
Names judge_numbered_column(Rows data, Values numbers, const std::string* name) {
  const bool far = others_in(data, 1).far_below(numbers);
  const bool steps = counts(numbers) && !any_other_column(data, is_progression);
  if (name != nullptr && (names_identifiers(*name) || (names_things(*name) && (far || steps)))) {
    return {.found = true, .doubt = ""};
  }
  const bool only_unique = name != nullptr && !any_other_column(data, are_unique);
  if (!far && !steps && !only_unique) return {};
  const std::string called = name == nullptr ? "" : shown(*name) + ": ";
  return {.found = false,
          .doubt = "the first column (" + called + listed(numbers) +
                   ") is read as data but looks like names: say --row-labels yes if it names the "
                   "rows, --row-labels no if not"};
}

}  // namespace

bool are_words(const HeadRow& row, bool all) {
  const auto named = std::span(row.known).subspan(all ? 0 : 1);
  return std::ranges::all_of(named, is_word) &&
         (named.empty() || std::ranges::any_of(named, [](const HeadField& field) {
            return field.form == FieldForm::word;
          }));
}

Names find_header(const std::vector<HeadRow>& rows) {
  if (rows.size() < 2) return {};
  const HeadRow& first = rows[0];
  const Rows all = rows;
  if (has_empty_corner(first)) return {.found = true, .doubt = ""};
  const bool without_corner = lacks_corner(all);
  if (are_words(first, first.fields == 1 || without_corner) || only_first_quoted(all)) {
    return {.found = true, .doubt = ""};
  }
  const std::vector<double> numbers = numbers_of(first, 0);
  if (without_corner) {
    return {.found = numbers.size() > 1 && are_unique(numbers), .doubt = ""};
  }
  if (!numbers.empty()) return judge_plain_row(all, numbers);
  const std::vector<double> named = numbers_of(first, 1);
  if (!is_word(first.known[0]) || named.empty()) return {};
  return judge_named_row(all, named);
}

Names find_row_labels(const std::vector<HeadRow>& rows, bool has_header) {
  const Rows all = rows;
  const HeadRow& first = rows[0];
  if (has_empty_corner(first) || (has_header && lacks_corner(all))) {
    return {.found = true, .doubt = ""};
  }
  const Rows data = all.subspan(has_header ? 1 : 0);
  const Rows looked_at = data.first(std::min(data.size(), kRowsForWords - (has_header ? 1 : 0)));
  const auto all_first = [](Rows some, auto is_so) {
    return std::ranges::all_of(
        some, [&](const HeadRow& row) { return row.fields > 1 && is_so(row.known[0]); });
  };
  if (all_first(looked_at, is_word)) return {.found = true, .doubt = ""};
  const bool quoted = all_first(data, [](const HeadField& field) { return field.quoted; }) &&
                      std::ranges::none_of(data, [](const HeadRow& row) {
                        return std::any_of(row.known.begin() + 1, row.known.end(),
                                           [](const HeadField& field) { return field.quoted; });
                      });
  if (quoted && data.size() > 1) return {.found = true, .doubt = ""};
  const std::vector<double> numbers = column_of(data, 0);
  if (data[0].fields < 2 || numbers.size() < 3 || !are_unique(numbers)) return {};
  return judge_numbered_column(data, numbers, has_header ? &first.first : nullptr);
}

}  // namespace partita
