#pragma once

#include "partita/base/index.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/choices.hpp"
#include "select/choice/rank_choice.hpp"

namespace partita {

/// What a rule looks at. Positions are those of the evidence.
struct RankCase {
  std::span<const RankEvidence> evidence;
  const ChoiceOptions& options;
  ErrorCurve
      curve;  ///< means over masks; weak and strong are of it, where there are held-out errors
  std::size_t weak = 0;
  std::size_t strong = 0;
};

/// What a rule would choose: the first of some candidates that is stable enough, or else another.
struct RankPreference {
  std::vector<std::size_t> candidates;
  std::string stable;  ///< why, in words, if one of the candidates is
  std::size_t otherwise = 0;
  std::string why;  ///< and if none is
};

/// A row of the table of rules that choose k.
struct RankRuleRow {
  std::string name;  ///< as users write it
  RankRule rule;
  std::string what;     ///< words for the help
  bool needs_held_out;  ///< else stability alone is enough
  RankPreference (*prefer)(const RankCase&);
  bool (*stable_enough)(const Stability&, const ChoiceOptions&);
};

[[nodiscard]] std::span<const RankRuleRow> rank_rules();
/// @throws Error (internal) when there is no such rule.
[[nodiscard]] const RankRuleRow& rank_rule(RankRule rule);
/// The names that users write.
[[nodiscard]] Choices<RankRule> rank_rule_names();

}  // namespace partita
