#include "io/formats/name_evidence.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string_view>
#include <vector>

namespace partita {

namespace {

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return text;
}

}  // namespace

bool is_whole(double value) {
  return std::abs(value) < 1e15 && value == std::floor(value);
}

bool is_progression(Values values) {
  if (values.size() < 2 || !std::ranges::all_of(values, is_whole)) return false;
  const double step = values[1] - values[0];
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i] - values[i - 1] != step) return false;
  }
  return step != 0;
}

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

void Others::see(const HeadField& field) {
  if (!is_number(field) || !std::isfinite(field.value)) return;
  largest = std::max(largest, field.value);
  ++numbers;
  fractions += is_whole(field.value) ? 0 : 1;
}

bool Others::far_below(Values values) const {
  return numbers > 0 && std::ranges::min(values) > 2 * std::max(largest, 1.0);
}

bool alike(const std::string& one, const std::string& other) {
  const auto stem = [](const std::string& text) {
    return std::string_view(text).substr(0, text.find_last_not_of("0123456789") + 1);
  };
  const bool numbered = stem(one).size() < one.size() && stem(other).size() < other.size();
  return one == other || (numbered && stem(one) == stem(other));
}

bool is_list_of_numbers(std::string_view text) {
  constexpr std::string_view kSeparators = " ;,|\t";
  return std::ranges::any_of(kSeparators, [&](char separator) {
    FieldReader reader(text, {.separator = separator});
    Index fields = 0;
    for (std::string_view field; reader.next(field); ++fields) {
      const FieldForm form = field_of(field, kDetected).form;
      if (form != FieldForm::number && form != FieldForm::comma_number) return false;
    }
    return fields > 1;
  });
}

bool names_identifiers(const std::string& name) {
  const std::string text = lower(name);
  constexpr std::array<std::string_view, 6> kNames = {"id",  "index",   "idx",
                                                      "key", "rowname", "rownames"};
  return std::ranges::find(kNames, text) != kNames.end() || text.ends_with("_id") ||
         text.ends_with(" id") || text.ends_with(".id") || text.starts_with("unnamed: 0") ||
         (name.size() > 2 && name.ends_with("Id")) || (name.size() > 2 && name.ends_with("ID"));
}

bool names_things(const std::string& name) {
  constexpr std::array<std::string_view, 24> kNames = {
      "user",    "item",    "movie",   "customer", "sample",      "row",     "gene",    "cell",
      "patient", "subject", "product", "document", "observation", "case",    "object",  "record",
      "name",    "country", "region",  "state",    "city",        "station", "species", "student"};
  return std::ranges::find(kNames, lower(name)) != kNames.end();
}

}  // namespace partita
