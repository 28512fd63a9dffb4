#include "io/formats/table_names.hpp"

#include <algorithm>
#include <span>

#include "io/formats/name_evidence.hpp"

namespace partita {

namespace {

using Rows = std::span<const HeadRow>;

/// Rows whose first fields decide whether words name the rows.
constexpr std::size_t kRowsForWords = 3;

/// "", "a", "b": the first row and column are names, as data frames are written.
bool has_empty_corner(Rows rows) {
  const HeadRow& first = rows[0];
  if (rows.size() > 1 && rows[1].first.empty()) return false;  // an empty first column
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

/// A name of the column of labels.
bool is_corner(const std::string& name) {
  return names_identifiers(name) || names_things(name);
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
  const bool long_row = numbers.size() >= kLongProgression;
  const bool certain = (numbers.size() > 2 && steps && (far || others.mostly_fractions())) ||
                       (long_row && far && are_ascending(numbers)) || (long_row && steps && rare) ||
                       (numbers.size() > 1 && far && is_corner(rows[0].first));
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
  if (has_empty_corner(all)) return {.found = true, .doubt = ""};
  if (first.fields == 1 && is_list_of_numbers(first.first)) return {};
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
  if (has_empty_corner(all) || (has_header && lacks_corner(all))) {
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
