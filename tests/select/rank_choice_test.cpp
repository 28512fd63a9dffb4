// The choice of k from evidence made by hand, and K(tau) against its definition taken literally.
#include "select/choice/rank_choice.hpp"

#include "partita/base/error.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "select/choice/gain_rule.hpp"
#include "select/choice/rank_rules.hpp"

namespace partita {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// k = 1, 2, ... with these errors, a single mask.
std::vector<RankEvidence> evidence_of(const std::vector<double>& errors) {
  std::vector<RankEvidence> evidence;
  evidence.reserve(errors.size());
  for (const double error : errors) {
    evidence.push_back({static_cast<Index>(evidence.size()) + 1, {error}, kNaN, std::nullopt});
  }
  return evidence;
}

void set_silhouette(std::vector<RankEvidence>& evidence, Index k, double mean, double least = 0) {
  evidence[static_cast<std::size_t>(k - 1)].stability = Stability{mean, least, 1, 1};
}

bool has_caution(const RankChoice& choice, const std::string& part) {
  for (const std::string& caution : choice.cautions) {
    if (caution.find(part) != std::string::npos) return true;
  }
  return false;
}

/// Falls by 100 to k = 4, then by 1 a component: a clear elbow.
const std::vector<double> kElbow{400, 300, 200, 100, 99, 98, 97};

TEST(GainRule, EqualsItsDefinitionOnRandomCurves) {
  for (int trial = 0; trial < 500; ++trial) {
    const RandomField field(7, Purpose::hold_out, trial);
    ErrorCurve curve;
    double m = 1;
    for (Index position = 0; position < 9; ++position) {
      curve.k.push_back(1 + position * (1 + trial % 3));
      curve.error.push_back(m);
      m *= 0.2 + 0.85 * field.uniform(position, 0);
    }
    const std::vector<double> shares = gain_shares(curve);
    std::size_t last = curve.k.size();
    for (const double tau : {0.02, 0.05, 0.1, 1.0 / 3, 0.9}) {
      std::size_t expected = 0;
      const auto is_beaten = [&](std::size_t k) {
        for (std::size_t q = k + 1; q < curve.k.size(); ++q) {
          const auto steps = static_cast<double>(curve.k[q] - curve.k[k]);
          const auto all_steps = static_cast<double>(curve.k[q] - 1);
          const double gain = (curve.error[k] - curve.error[q]) / steps;
          if (gain > tau * (curve.error[0] - curve.error[q]) / all_steps && gain > 0) return true;
        }
        return false;
      };
      while (is_beaten(expected)) ++expected;
      const std::size_t found = smallest_within(curve, shares, tau, 1);
      EXPECT_EQ(found, expected) << "trial " << trial << ", tau " << tau;
      EXPECT_LE(found, last) << "K rises with tau";
      last = found;
    }
  }
}

TEST(GainRule, SharesOfAHandMadeCurve) {
  const std::vector<double> shares = gain_shares({{1, 2, 3}, {10, 4, 3}});
  ASSERT_EQ(shares.size(), 3U);
  EXPECT_DOUBLE_EQ(shares[0], 1);
  EXPECT_DOUBLE_EQ(shares[1], 1 / 3.5);
  EXPECT_DOUBLE_EQ(shares[2], 0);
}

TEST(GainRule, ErrorsThatNeverFallOrAreNotFinite) {
  EXPECT_EQ(gain_shares({{1, 2, 3}, {5, 5, 5}}), (std::vector<double>{0, 0, 0}));
  EXPECT_EQ(gain_shares({{1, 2, 3}, {5, 6, 7}}), (std::vector<double>{0, 0, 0}));
  EXPECT_EQ(gain_shares({{1, 2, 3}, {0, 0, 0}}), (std::vector<double>{0, 0, 0}));
  // better than k = 2 and yet worse than k = 1
  EXPECT_EQ(gain_shares({{1, 2, 3}, {5, 7, 6}}), (std::vector<double>{0, kInfinity, 0}));
  // the first that is finite stands for k = 1
  EXPECT_EQ(gain_shares({{1, 2, 3}, {kInfinity, 7, 6}}), (std::vector<double>{kInfinity, 1, 0}));
}

TEST(RankChoice, ClearElbow) {
  const RankChoice choice = choose_rank(evidence_of(kElbow), {});
  EXPECT_EQ(choice.chosen, 4);
  EXPECT_EQ(choice.weak, 4);
  EXPECT_EQ(choice.strong, 4);
  EXPECT_EQ(choice.decided_by, "clear elbow");
  EXPECT_TRUE(choice.cautions.empty());
  EXPECT_TRUE(stability_wanted(evidence_of(kElbow), {}).empty());
}

/// strong 3, as the step to 4 has a fifth of the mean gain; weak 4.
std::vector<double> small_fourth(double beyond) {
  return {300, 200, 100, 80, 80 - beyond, 80 - 2 * beyond, 80 - 3 * beyond};
}

TEST(RankChoice, SharpWhereLittleIsGainedBeyondWeak) {
  const std::vector<RankEvidence> evidence = evidence_of(small_fourth(1));
  const RankChoice choice = choose_rank(evidence, {});
  EXPECT_EQ(choice.weak, 4);
  EXPECT_EQ(choice.strong, 3);
  EXPECT_EQ(choice.chosen, 4);
  EXPECT_EQ(choice.decided_by, "sharp");
  EXPECT_TRUE(has_caution(choice, "strong k = 3 and weak k = 4 differ"));
  EXPECT_TRUE(has_caution(choice, "m(3) = 100, m(4) = 80"));
  EXPECT_TRUE(stability_wanted(evidence, {}).empty());
}

TEST(RankChoice, RecurringComponentsWhereItIsNotSharp) {
  // beyond weak 5.4 are gained, more than a quarter of 20; two k beyond weak are needed for sharp
  for (const std::vector<double>& errors :
       {small_fourth(1.8), std::vector<double>{300, 200, 100, 80, 80}}) {
    std::vector<RankEvidence> evidence = evidence_of(errors);
    EXPECT_EQ(stability_wanted(evidence, {}), (std::vector<Index>{4}));
    EXPECT_THROW((void)choose_rank(evidence, {}), Error);

    set_silhouette(evidence, 4, 0.75);
    EXPECT_TRUE(stability_wanted(evidence, {}).empty());
    EXPECT_EQ(choose_rank(evidence, {}).chosen, 4);
    EXPECT_EQ(choose_rank(evidence, {}).decided_by, "recurring components");

    set_silhouette(evidence, 4, 0.7499);
    EXPECT_TRUE(stability_wanted(evidence, {}).empty());
    EXPECT_EQ(choose_rank(evidence, {}).chosen, 3);
    EXPECT_EQ(choose_rank(evidence, {}).decided_by, "strong");
  }
}

TEST(RankChoice, TheLargestKWhoseComponentsRecur) {
  // 3 to 6 lie between strong and weak
  std::vector<RankEvidence> evidence = evidence_of({400, 200, 170, 140, 110, 80, 80});
  const ErrorCurve curve = mean_curve(evidence, 0);
  ASSERT_EQ(curve.k[smallest_within(curve, gain_shares(curve), 0.05, 1)], 6);
  ChoiceOptions options;
  options.strong_share = 0.5;
  EXPECT_EQ(stability_wanted(evidence, options), (std::vector<Index>{3, 4, 5, 6}));
  set_silhouette(evidence, 5, 0.8);
  EXPECT_EQ(stability_wanted(evidence, options), (std::vector<Index>{6}));
  set_silhouette(evidence, 6, 0.2);
  EXPECT_TRUE(stability_wanted(evidence, options).empty());
  const RankChoice choice = choose_rank(evidence, options);
  EXPECT_EQ(choice.chosen, 5);
  EXPECT_EQ(choice.strong, 2);
  EXPECT_EQ(choice.weak, 6);
}

TEST(RankChoice, KeepsToItsRange) {
  ChoiceOptions options;
  options.least = 6;
  const RankChoice choice = choose_rank(evidence_of(kElbow), options);
  EXPECT_EQ(choice.chosen, 6);
  EXPECT_TRUE(has_caution(choice, "k = 6 is the least of the range"));
  options.least = 8;
  EXPECT_THROW((void)choose_rank(evidence_of(kElbow), options), Error);
}

TEST(RankChoice, OneBelowTheRangeIsComparedWith) {
  ChoiceOptions options;
  options.least = 2;
  const RankChoice two = choose_rank(evidence_of({400, 100, 99, 98, 97}), options);
  EXPECT_EQ(two.chosen, 2);
  EXPECT_TRUE(two.cautions.empty());
  const RankChoice one = choose_rank(evidence_of({100, 100, 100, 100}), options);
  EXPECT_EQ(one.chosen, 2);
  EXPECT_TRUE(has_caution(one, "k = 2 is the least of the range"));
}

TEST(RankChoice, RangesWithSteps) {
  std::vector<RankEvidence> evidence = evidence_of({300, 200, 100, 80, 79, 78});
  for (RankEvidence& one : evidence) one.k = 5 * one.k - 4;  // 1, 6, 11, ...
  const RankChoice choice = choose_rank(evidence, {});
  EXPECT_EQ(choice.chosen, 16);
  EXPECT_EQ(choice.decided_by, "sharp");
}

TEST(RankChoice, EndOfTheRange) {
  const RankChoice choice = choose_rank(evidence_of({400, 300, 200, 100}), {});
  EXPECT_EQ(choice.chosen, 4);
  EXPECT_TRUE(has_caution(choice, "k = 4 is the largest of the range"));
}

TEST(RankChoice, MasksThatDisagreeAreNamed) {
  std::vector<RankEvidence> evidence = evidence_of(kElbow);
  const std::vector<double> other{400, 300, 200, 120, 20, 19, 18};
  for (std::size_t position = 0; position < evidence.size(); ++position) {
    evidence[position].held_out = {kElbow[position], kElbow[position], other[position]};
  }
  set_silhouette(evidence, 5, 0);
  EXPECT_TRUE(
      has_caution(choose_rank(evidence, {}),
                  "masks disagree: each alone gives weak k = 4, 4, 5 and strong k = 4, 4, 5"));
  for (RankEvidence& one : evidence) one.held_out.pop_back();
  EXPECT_TRUE(choose_rank(evidence, {}).cautions.empty());
}

TEST(RankChoice, FailedAndEqualFits) {
  EXPECT_EQ(choose_rank(evidence_of({5, 5, 5, 5}), {}).chosen, 1);
  EXPECT_EQ(choose_rank(evidence_of({0, 0, 0, 0}), {}).chosen, 1);
  EXPECT_EQ(choose_rank(evidence_of({400, kNaN, 200, 100, 99, kInfinity, 97}), {}).chosen, 4);
  // A k whose fit failed is not chosen, even as the last one.
  EXPECT_EQ(choose_rank(evidence_of({400, 300, 200, kNaN}), {}).chosen, 3);
  EXPECT_EQ(choose_rank(evidence_of({kNaN, 300, 200, 199, 198}), {}).chosen, 3);
  try {
    (void)choose_rank(evidence_of({kNaN, kNaN}), {});
    FAIL() << "no error is finite";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::diverged);
  }
}

TEST(RankChoice, AnExactFitLeavesNothingToGain) {
  std::vector<RankEvidence> evidence = evidence_of({3e-28, 2e-29, 2e-29, 2e-29});
  EXPECT_EQ(choose_rank(evidence, {}).chosen, 2);
  for (RankEvidence& one : evidence) one.training_error = 1e-15;
  EXPECT_EQ(choose_rank(evidence, {}).chosen, 1);
}

TEST(RankChoice, EvidenceOutOfOrderIsAFault) {
  std::vector<RankEvidence> evidence = evidence_of(kElbow);
  std::swap(evidence[2], evidence[3]);
  EXPECT_THROW((void)choose_rank(evidence, {}), Error);
  evidence = evidence_of(kElbow);
  evidence.erase(evidence.begin());
  EXPECT_THROW((void)choose_rank(evidence, {}), Error);
  EXPECT_THROW((void)choose_rank({}, {}), Error);
}

TEST(RankRules, ArgminAndOneStandardError) {
  std::vector<RankEvidence> evidence = evidence_of({10, 5, 4.2, 4, 4.1});
  for (RankEvidence& one : evidence) {
    const double m = one.held_out[0];
    one.held_out = {m - 0.5, m, m + 0.5};  // standard error 0.5 / sqrt(3) = 0.289
  }
  EXPECT_NEAR(held_out_mean(evidence[3]), 4, 1e-15);
  EXPECT_NEAR(held_out_standard_error(evidence[3]), 0.5 / std::sqrt(3.0), 1e-15);
  ChoiceOptions options;
  options.rule = RankRule::argmin;
  EXPECT_EQ(choose_rank(evidence, options).chosen, 4);
  EXPECT_EQ(choose_rank(evidence, options).decided_by, "argmin");
  options.rule = RankRule::one_standard_error;
  EXPECT_EQ(choose_rank(evidence, options).chosen, 3);
  EXPECT_TRUE(stability_wanted(evidence, options).empty());
  options.least = 5;
  EXPECT_EQ(choose_rank(evidence, options).chosen, 5);
}

TEST(RankRules, SigProfilerNeedsStabilityAlone) {
  std::vector<RankEvidence> evidence = evidence_of({1, 1, 1, 1});
  for (RankEvidence& one : evidence) one.held_out.clear();
  EXPECT_THROW((void)choose_rank(evidence, {}), Error);
  ChoiceOptions options;
  options.rule = RankRule::sigprofiler;
  options.least = 2;
  EXPECT_EQ(stability_wanted(evidence, options), (std::vector<Index>{2, 3, 4}));
  set_silhouette(evidence, 2, 0.95, 0.9);
  set_silhouette(evidence, 3, 0.8, 0.2);
  set_silhouette(evidence, 4, 0.9, 0.1);
  const RankChoice choice = choose_rank(evidence, options);
  EXPECT_EQ(choice.chosen, 3);
  EXPECT_EQ(choice.decided_by, "stable");
  EXPECT_EQ(choice.weak, 0);
  set_silhouette(evidence, 3, 0.79, 0.2);
  set_silhouette(evidence, 2, 0.95, 0.19);
  EXPECT_EQ(choose_rank(evidence, options).chosen, 2);
  EXPECT_EQ(choose_rank(evidence, options).decided_by, "none is stable: the least k");
  EXPECT_TRUE(has_caution(choose_rank(evidence, options), "least of the range"));
}

TEST(RankRules, EveryRuleHasARow) {
  for (const RankRule rule :
       {RankRule::gain, RankRule::argmin, RankRule::one_standard_error, RankRule::sigprofiler}) {
    EXPECT_EQ(rank_rule(rule).rule, rule);
  }
  EXPECT_EQ(rank_rule_names().size(), 4U);
}

}  // namespace
}  // namespace partita
