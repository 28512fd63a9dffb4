#include "select_report.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>

#include <nlohmann/json.hpp>

#include "io/formats/text_output.hpp"
#include "io/text/number_text.hpp"
#include "json_file.hpp"
#include "select/choice/rank_rules.hpp"
#include "text_values.hpp"

namespace partita::app {

namespace {

using nlohmann::ordered_json;

/// Of one k, by the names of select.csv; NaN for what was not measured.
using RowNumbers = std::vector<std::pair<std::string, double>>;

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

RowNumbers numbers_of(const RankRow& row) {
  const RankEvidence& evidence = row.evidence;
  const bool judged = !evidence.held_out.empty();
  const auto of_stability = [&](double Stability::*number) {
    return evidence.stability ? (*evidence.stability).*number : kNotMeasured;
  };
  RowNumbers numbers = {
      {"held_out_error", judged ? held_out_mean(evidence) : kNotMeasured},
      {"held_out_standard_error", judged ? held_out_standard_error(evidence) : kNotMeasured},
      {"training_error", evidence.training_error},
      {"gain_share", judged ? row.gain_share : kNotMeasured},
      {"silhouette_mean", of_stability(&Stability::silhouette_mean)},
      {"silhouette_minimum", of_stability(&Stability::silhouette_least)},
      {"cophenetic_correlation", of_stability(&Stability::cophenetic)},
      {"dispersion", of_stability(&Stability::dispersion)}};
  if (!row.folds.empty()) numbers.emplace_back("bcv_error", mean_of(row.folds));
  return numbers;
}

/// JSON knows neither NaN nor infinity.
ordered_json json_of(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr);
}

std::string cell(double value, int width) {
  std::array<char, 32> text{};
  if (std::isnan(value)) {
    std::snprintf(text.data(), text.size(), "%*s", width, "-");
  } else {
    std::snprintf(text.data(), text.size(), "%*.4g", width, value);
  }
  return text.data();
}

}  // namespace

std::string select_csv(const Selection& selection) {
  std::string text = "k";
  for (const auto& [name, value] : numbers_of(selection.rows.front())) text += "," + name;
  text += "\n";
  for (const RankRow& row : selection.rows) {
    text += std::to_string(row.evidence.k);
    for (const auto& [name, value] : numbers_of(row)) {
      text += "," + (std::isnan(value) ? std::string() : shortest(value));
    }
    text += "\n";
  }
  return text;
}

std::string select_json(const Selection& selection, const SelectFacts& facts) {
  const RankChoice& choice = selection.choice;
  const SelectOptions& options = facts.options;
  const auto or_null = [](Index k) { return k > 0 ? ordered_json(k) : ordered_json(nullptr); };
  ordered_json json = {
      {"partita", PARTITA_VERSION},
      {"chosen_k", choice.chosen},
      {"weak", or_null(choice.weak)},
      {"strong", or_null(choice.strong)},
      {"decided_by", choice.decided_by},
      {"cautions", choice.cautions},
      {"method", name_in(kSelectMethods, facts.method)},
      {"rule",
       rank_rule(facts.method == SelectMethod::stability ? RankRule::sigprofiler : options.rule)
           .name},
      {"k", {options.range.least, options.range.most, options.range.step}},
      {"masks", options.masks},
      {"most_masks", options.most_masks},
      {"hold_out", options.pool.share},
      {"stability_restarts", options.pool.restarts},
      {"seed", options.pool.fit.seed},
      {"matrix", to_utf8(facts.file)},
      {"processes", facts.processes},
      {"fits", selection.fits},
      {"seconds", facts.seconds}};
  ordered_json& rows = json["evidence"] = ordered_json::array();
  for (const RankRow& row : selection.rows) {
    ordered_json entry = {{"k", row.evidence.k}};
    for (const auto& [name, value] : numbers_of(row)) entry[name] = json_of(value);
    entry["held_out_errors"] = ordered_json::array();
    for (const double error : row.evidence.held_out) {
      entry["held_out_errors"].push_back(json_of(error));
    }
    rows.push_back(std::move(entry));
  }
  return json.dump(2) + "\n";
}

std::string consensus_csv(const TallMatrix<double>& consensus,
                          const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += ',';
    append_field(text, name, ',');
  }
  text += '\n';
  for (Index i = 0; i < consensus.rows(); ++i) {
    append_field(text, names[static_cast<std::size_t>(i)], ',');
    for (Index j = 0; j < consensus.width(); ++j) {
      text += ',';
      append_number(text, consensus(i, j));
    }
    text += '\n';
  }
  return text;
}

std::string select_table(const Selection& selection) {
  std::string text = "    k  held-out error          +-  gain share  silhouette\n";
  for (const RankRow& row : selection.rows) {
    const RowNumbers numbers = numbers_of(row);
    const bool chosen = row.evidence.k == selection.choice.chosen;
    std::array<char, 16> head{};
    std::snprintf(head.data(), head.size(), "%5lld", static_cast<long long>(row.evidence.k));
    text += std::string(head.data()) + cell(numbers[0].second, 16) + cell(numbers[1].second, 12) +
            cell(numbers[3].second, 12) + cell(numbers[4].second, 12) +
            (chosen ? "  <- chosen" : "") + "\n";
  }
  return text;
}

}  // namespace partita::app
