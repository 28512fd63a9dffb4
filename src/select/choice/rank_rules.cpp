#include "select/choice/rank_rules.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace partita {

namespace {

/// The position of the smallest k of the range whose error is at most `most`; of the last k if none
/// is.
std::size_t first_at_most(const RankCase& at, double most) {
  const ErrorCurve& curve = at.curve;
  for (std::size_t position = 0; position < curve.k.size(); ++position) {
    if (curve.k[position] >= at.options.least && curve.error[position] <= most) return position;
  }
  return curve.k.size() - 1;
}

double least_error(const RankCase& at, Index from) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t position = 0; position < at.curve.k.size(); ++position) {
    if (at.curve.k[position] >= from) least = std::min(least, at.curve.error[position]);
  }
  return least;
}

bool is_sharp(const RankCase& at) {
  constexpr std::size_t kPast = 2;  // so many k past weak, for its edge to be seen
  const std::vector<double>& m = at.curve.error;
  if (at.weak == 0 || at.weak + kPast >= m.size()) return false;
  const double gained_past = m[at.weak] - least_error(at, at.curve.k[at.weak] + 1);
  return gained_past <= at.options.sharp_share * (m[at.weak - 1] - m[at.weak]);
}

RankPreference prefer_by_gain(const RankCase& at) {
  if (at.weak == at.strong) return {{}, "", at.weak, "clear elbow"};
  if (is_sharp(at)) return {{}, "", at.weak, "sharp"};
  RankPreference preference{{}, "recurring components", at.strong, "strong"};
  for (std::size_t position = at.weak; position > at.strong; --position) {
    preference.candidates.push_back(position);
  }
  return preference;
}

bool components_recur(const Stability& stability, const ChoiceOptions& options) {
  return stability.silhouette_mean >= options.recurring_silhouette;
}

RankPreference prefer_argmin(const RankCase& at) {
  return {{}, "", first_at_most(at, least_error(at, at.options.least)), "argmin"};
}

RankPreference prefer_one_standard_error(const RankCase& at) {
  const RankEvidence& best = at.evidence[first_at_most(at, least_error(at, at.options.least))];
  const double most = held_out_mean(best) + held_out_standard_error(best);
  return {{}, "", first_at_most(at, most), "one standard error"};
}

RankPreference prefer_stable(const RankCase& at) {
  RankPreference preference{{}, "stable", 0, "none is stable: the least k"};
  for (std::size_t position = at.evidence.size(); position-- > 0;) {
    if (at.evidence[position].k < at.options.least) break;
    preference.candidates.push_back(position);
    preference.otherwise = position;
  }
  return preference;
}

bool signatures_are_stable(const Stability& stability, const ChoiceOptions& options) {
  return stability.silhouette_mean >= options.stable_silhouette_mean &&
         stability.silhouette_least >= options.stable_silhouette_least;
}

bool any(const Stability& /*stability*/, const ChoiceOptions& /*options*/) {
  return true;
}

const std::vector<RankRuleRow>& table() {
  static const std::vector<RankRuleRow> rows = {
      {"gain", RankRule::gain, "gains of the held-out error, and recurring components in doubt",
       true, &prefer_by_gain, &components_recur},
      {"argmin", RankRule::argmin, "the least held-out error", true, &prefer_argmin, &any},
      {"one-standard-error", RankRule::one_standard_error,
       "the smallest k whose held-out error is within one standard error of the least", true,
       &prefer_one_standard_error, &any},
      {"sigprofiler", RankRule::sigprofiler,
       "the largest k whose silhouettes reach 0.8 in the mean and 0.2 at least", false,
       &prefer_stable, &signatures_are_stable},
  };
  return rows;
}

}  // namespace

std::span<const RankRuleRow> rank_rules() {
  return table();
}

const RankRuleRow& rank_rule(RankRule rule) {
  const auto found = std::ranges::find(table(), rule, &RankRuleRow::rule);
  if (found == table().end()) throw Error(ErrorKind::internal, "there is no such rule for k");
  return *found;
}

Choices<RankRule> rank_rule_names() {
  Choices<RankRule> names;
  for (const RankRuleRow& row : table()) names.emplace_back(row.name, row.rule);
  return names;
}

}  // namespace partita
