#include "select/choice/rank_choice.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "select/choice/gain_rule.hpp"
#include "select/choice/rank_rules.hpp"
#include "select/choice/sentence_numbers.hpp"

namespace partita {

namespace {

void check_order(std::span<const RankEvidence> evidence, const ChoiceOptions& options) {
  if (evidence.empty() || evidence.front().k != 1 || evidence.back().k < options.least) {
    throw Error(ErrorKind::internal, "choice of k: evidence is to begin with k = 1 and to reach " +
                                         std::to_string(options.least));
  }
  const auto descends = [](Index one, Index next) { return one >= next; };
  if (std::ranges::adjacent_find(evidence, descends, &RankEvidence::k) != evidence.end()) {
    throw Error(ErrorKind::internal, "choice of k: evidence is to be in ascending order of k");
  }
}

bool has_held_out(std::span<const RankEvidence> evidence) {
  return std::ranges::any_of(evidence,
                             [](const RankEvidence& one) { return !one.held_out.empty(); });
}

RankCase case_of(std::span<const RankEvidence> evidence, const ChoiceOptions& options) {
  check_order(evidence, options);
  RankCase at{evidence, options, mean_curve(evidence, options.exact_error)};
  if (has_held_out(evidence)) {
    const std::vector<double> shares = gain_shares(at.curve);
    at.weak = smallest_within(at.curve, shares, options.weak_share, options.least);
    at.strong = smallest_within(at.curve, shares, options.strong_share, options.least);
  } else if (rank_rule(options.rule).needs_held_out) {
    throw Error(ErrorKind::internal, "choice of k: this rule needs held-out errors");
  }
  return at;
}

std::string error_at(const RankCase& at, std::size_t position) {
  return "m(" + std::to_string(at.curve.k[position]) +
         ") = " + short_number(std::ldexp(at.curve.error[position], 4 * at.options.unit));
}

void caution_strong(const RankCase& at, std::vector<std::string>& cautions) {
  if (at.weak == at.strong) return;
  cautions.push_back(
      "strong k = " + std::to_string(at.curve.k[at.strong]) +
      " and weak k = " + std::to_string(at.curve.k[at.weak]) +
      " differ: the components between are small or resemble others (held-out error " +
      error_at(at, 0) + ", " + error_at(at, at.strong) + ", " + error_at(at, at.weak) + ")");
}

/// Whether 1 alone lies below the range, and the held-out errors speak against it.
bool only_one_is_below(const RankCase& at) {
  return at.options.least == 2 && has_held_out(at.evidence) &&
         gain_shares(at.curve).front() > at.options.weak_share;
}

void caution_end(const RankCase& at, std::size_t chosen, std::vector<std::string>& cautions) {
  const Index k = at.evidence[chosen].k;
  const std::string end = "the chosen k = " + std::to_string(k) + " is the ";
  if (chosen + 1 == at.evidence.size()) {
    cautions.push_back(end + "largest of the range: a larger range may give a larger k");
  } else if (k > 1 && k == at.options.least && !only_one_is_below(at)) {
    cautions.push_back(end + "least of the range: one that begins below it may give a smaller k");
  }
}

void caution_masks(const RankCase& at, std::vector<std::string>& cautions) {
  const auto [weak, strong] = ranks_of_masks(at.evidence, at.options);
  if (!disagree({weak, strong})) return;
  cautions.push_back(at.options.parts + " disagree: each alone gives weak k = " + listed(weak) +
                     " and strong k = " + listed(strong));
}

}  // namespace

RanksOfMasks ranks_of_masks(std::span<const RankEvidence> evidence, const ChoiceOptions& options) {
  RanksOfMasks ranks;
  for (const ErrorCurve& curve : mask_curves(evidence, options.exact_error)) {
    const std::vector<double> shares = gain_shares(curve);
    const auto k_within = [&](double tau) {
      return curve.k[smallest_within(curve, shares, tau, options.least)];
    };
    ranks.weak.push_back(k_within(options.weak_share));
    ranks.strong.push_back(k_within(options.strong_share));
  }
  return ranks;
}

bool disagree(const RanksOfMasks& ranks) {
  const auto agree = [](const std::vector<Index>& all) {
    return std::ranges::adjacent_find(all, std::not_equal_to<>()) == all.end();
  };
  return !(agree(ranks.weak) && agree(ranks.strong));
}

std::vector<Index> stability_wanted(std::span<const RankEvidence> evidence,
                                    const ChoiceOptions& options) {
  const RankRuleRow& rule = rank_rule(options.rule);
  std::vector<Index> wanted;
  for (const std::size_t position : rule.prefer(case_of(evidence, options)).candidates) {
    const RankEvidence& candidate = evidence[position];
    if (!candidate.stability) {
      wanted.push_back(candidate.k);
    } else if (rule.stable_enough(*candidate.stability, options)) {
      break;
    }
  }
  std::ranges::sort(wanted);
  return wanted;
}

RankChoice choose_rank(std::span<const RankEvidence> evidence, const ChoiceOptions& options) {
  const RankRuleRow& rule = rank_rule(options.rule);
  const RankCase at = case_of(evidence, options);
  const RankPreference preference = rule.prefer(at);
  const auto is_stable = [&](std::size_t position) {
    if (!evidence[position].stability) {
      throw Error(ErrorKind::internal, "choice of k: the stability of k = " +
                                           std::to_string(evidence[position].k) + " is missing");
    }
    return rule.stable_enough(*evidence[position].stability, options);
  };
  const auto stable = std::ranges::find_if(preference.candidates, is_stable);
  const bool found = stable != preference.candidates.end();
  const std::size_t chosen = found ? *stable : preference.otherwise;

  RankChoice choice{evidence[chosen].k, 0, 0, found ? preference.stable : preference.why, {}};
  if (has_held_out(evidence)) {
    choice.weak = evidence[at.weak].k;
    choice.strong = evidence[at.strong].k;
    caution_strong(at, choice.cautions);
  }
  caution_end(at, chosen, choice.cautions);
  if (has_held_out(evidence)) caution_masks(at, choice.cautions);
  return choice;
}

}  // namespace partita
