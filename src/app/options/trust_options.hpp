#pragma once

#include "partita/factorize/options.hpp"

#include <optional>

#include "base/choices.hpp"
#include "options.hpp"
#include "select/bootstrap/resampling.hpp"

namespace partita::app {

struct FitOptions;

/// What a fit is to say of how sure its components are.
struct TrustChoices {
  bool consensus = false;  ///< components that many restarts agree on
  double density_threshold = 0.5;
  Index bootstrap = 0;                  ///< replicates; 0 for none
  std::optional<Resampling> kind = {};  ///< how X is drawn anew; nothing: by what X holds
  double level = 0.95;                  ///< of the intervals

  [[nodiscard]] bool any() const { return consensus || bootstrap > 0; }
};

/// How X is drawn anew, by the names of --bootstrap-kind.
extern const Choices<std::optional<Resampling>> kResamplings;

/// Those of the consensus alone, which other commands have too.
[[nodiscard]] std::vector<Option> consensus_options(TrustChoices& trust);
[[nodiscard]] OptionGroup trust_options(TrustChoices& trust);

/// What does not go with these, refused by name; all else is settled. @throws Error (usage).
void check_trust(const FitOptions& options, const StatedOptions& stated);

}  // namespace partita::app
