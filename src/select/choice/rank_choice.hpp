#pragma once

#include "partita/base/index.hpp"

#include <span>
#include <string>
#include <vector>

#include "select/choice/rank_evidence.hpp"

namespace partita {

/// How k is chosen; the table of rank_rules.hpp has their names and words.
enum class RankRule { gain, argmin, one_standard_error, sigprofiler };

/// τ of weak where errors are held out by speckled masks, and where by bi-cross-validation.
inline constexpr double kWeakShareOfMasks = 0.05;
inline constexpr double kWeakShareOfFolds = 0.1;

struct ChoiceOptions {
  RankRule rule = RankRule::gain;
  Index least = 1;  ///< of the range that a choice may be from; evidence may begin below
  double weak_share = kWeakShareOfMasks;  ///< τ of weak
  double strong_share = 1.0 / 3;          ///< τ of strong
  double sharp_share = 0.25;  ///< what may be gained past a sharp k, of what its last step gained
  double recurring_silhouette = 0.75;   ///< mean silhouette from which components recur
  double stable_silhouette_mean = 0.8;  ///< SigProfiler's thresholds
  double stable_silhouette_least = 0.2;
  double exact_error = 1e-6;    ///< training error up to which a fit is exact
  int unit = 0;                 ///< errors are 16^-unit of what sentences call them
  std::string parts = "masks";  ///< what a held-out error is of, for sentences: masks, folds
};

struct RankChoice {
  Index chosen = 0;
  Index weak = 0;    ///< K(weak_share); 0 without held-out errors
  Index strong = 0;  ///< K(strong_share)
  std::string
      decided_by;  ///< what led to the choice, in words: "clear elbow", "sharp", "strong", ...
  std::vector<std::string> cautions;  ///< sentences with their numbers
};

/// weak and strong by the errors of each mask alone.
struct RanksOfMasks {
  std::vector<Index> weak;
  std::vector<Index> strong;
};
/// @throws Error (diverged) if by one mask no k of the range has a finite error.
[[nodiscard]] RanksOfMasks ranks_of_masks(std::span<const RankEvidence> evidence,
                                          const ChoiceOptions& options);
/// Whether they are not all the same.
[[nodiscard]] bool disagree(const RanksOfMasks& ranks);

/// The k whose stability is to be measured before choose_rank can decide, ascending; empty if it
/// can. Evidence that has the stability of some of them already is not asked for again; measuring
/// the largest first may spare the others.
/// @throws Error as choose_rank does
[[nodiscard]] std::vector<Index> stability_wanted(std::span<const RankEvidence> evidence,
                                                  const ChoiceOptions& options);

/// The k that the rule names, from evidence in ascending order that begins with k = 1. Cautions:
/// strong != weak, a choice at the end of the range, masks that disagree. The gain rule, of the
/// mean held-out errors m(k), weak = K(weak_share) and strong = K(strong_share) (gain_rule.hpp):
/// 1. equal: that k, "clear elbow";
/// 2. else, if two more k were measured past weak, and what the best of those past weak gains on it
/// is at most
///    sharp_share of what weak gained on the k before it: weak, "sharp";
/// 3. else the largest k in (strong, weak] whose components recur over unmasked restarts,
/// "recurring components";
/// 4. if none, strong, "strong".
/// @throws Error (diverged) if no k of the range has a finite held-out error; (internal) if
/// evidence is missing.
[[nodiscard]] RankChoice choose_rank(std::span<const RankEvidence> evidence,
                                     const ChoiceOptions& options);

}  // namespace partita
