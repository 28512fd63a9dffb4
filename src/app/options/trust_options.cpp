#include "trust_options.hpp"

#include "partita/base/error.hpp"

#include <string>

#include "fit_options.hpp"
#include "options/rows.hpp"

namespace partita::app {

const Choices<std::optional<Resampling>> kResamplings = {{"auto", {}},
                                                         {"poisson", Resampling::poisson},
                                                         {"multinomial", Resampling::multinomial},
                                                         {"rows", Resampling::rows}};

namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorKind::usage, message);
}

void check_consensus(const FitOptions& options) {
  const FactorizeOptions& fit = options.factorize;
  const std::string needs = "--consensus needs all restarts, and ";
  if (options.restart_range) refuse(needs + "--restart-range makes a share of them");
  if (fit.race) refuse(needs + "--race drops most of them");
  if (fit.restarts < 2) {
    refuse("--consensus needs at least two --restarts to agree, better 20 to 100; here is " +
           std::to_string(fit.restarts));
  }
}

/// What neither of them goes with.
void check_common(const FitOptions& options, const std::string& option) {
  const FactorizeOptions& fit = options.factorize;
  const auto refuse_with = [&](bool stated, const std::string& other) {
    if (stated) refuse(option + " does not go with " + other);
  };
  refuse_with(fit.bias, "--bias");
  refuse_with(options.weighted(), "weights of entries (--weights, --uncertainties, --confidence)");
  refuse_with(!counts_all_alike(fit), "missing entries (--unstored, --nan missing)");
  refuse_with(is_unconstrained(fit), "factors of either sign (--constraint none, --nnls none)");
  refuse_with(!options.fix_A.empty() || !options.fix_S.empty(),
              "fixed components (--fix-A, --fix-S)");
  if (options.plan.groups.value_or(1) != 1) {
    refuse(option + " works on all processes together: --groups must be 1");
  }
}

void check_bootstrap(const FitOptions& options) {
  if (options.restart_range) {
    refuse("--bootstrap needs the best of all restarts, and --restart-range makes a share of them");
  }
  if (!options.draws.empty()) refuse("--bootstrap does not go with --draws, which are of one fit");
  if (!(options.trust.level > 0 && options.trust.level < 1)) {
    refuse("--level: the share is between 0 and 1, as 0.95");
  }
  if (options.trust.kind == Resampling::rows && options.factorize.penalties.l1_A > 0) {
    refuse("--bootstrap-kind rows does not go with --l1-A: a row that is drawn twice counts twice");
  }
  if (options.trust.kind != Resampling::multinomial || !options.plan.grid) return;
  if (options.plan.grid->columns != 1) {
    refuse("--bootstrap-kind multinomial needs whole rows on a process: --grid PRx1");
  }
}

}  // namespace

std::vector<Option> consensus_options(TrustChoices& trust) {
  const auto where = [&trust](SettingValue value) {
    return trust.consensus ? std::move(value) : SettingValue();
  };
  return {
      told(switch_option("consensus", trust.consensus,
                         "also find the components that many restarts agree on: clusters of "
                         "all their components, outliers dropped (take 20 --restarts or more)"),
           Told::where_it_has_effect, [where] { return where(true); }),
      told(number_option("density-threshold", "DISTANCE", trust.density_threshold, 0,
                         "components whose mean distance to their nearest neighbours is not "
                         "below this are dropped as outliers; 2 keeps all"),
           Told::where_it_has_effect, [&trust, where] { return where(trust.density_threshold); })};
}

OptionGroup trust_options(TrustChoices& trust) {
  const auto where = [&trust](SettingValue value) {
    return trust.bootstrap > 0 ? std::move(value) : SettingValue();
  };
  const std::vector<Option> bootstrap = {
      told({"bootstrap", 0, "B", "none",
            "then fit the matrix drawn anew B times (100 or more), for intervals of every entry of "
            "A and S and the stability of each component",
            into_count(trust.bootstrap, 1)},
           Told::where_it_has_effect, [&trust, where] { return where(trust.bootstrap); }),
      told(choice_option("bootstrap-kind", trust.kind, kResamplings,
                         "counts by Poisson's distribution or, row by row, the multinomial one; or "
                         "whole rows; auto: poisson for whole numbers, else rows"),
           Told::where_it_has_effect,
           [&trust, where] { return where(name_in(kResamplings, trust.kind)); }),
      told(number_option("level", "SHARE", trust.level, 0,
                         "of the replicates, so much lies within the intervals"),
           Told::where_it_has_effect, [&trust, where] { return where(trust.level); })};
  return {"How sure", joined(consensus_options(trust), bootstrap)};
}

void check_trust(const FitOptions& options, const StatedOptions& stated) {
  const TrustChoices& trust = options.trust;
  if (stated.has("density-threshold") && !trust.consensus) {
    refuse("--density-threshold goes with --consensus");
  }
  for (const std::string option : {"bootstrap-kind", "level"}) {
    if (stated.has(option) && trust.bootstrap == 0)
      refuse("--" + option + " goes with --bootstrap");
  }
  if (trust.consensus) {
    check_common(options, "--consensus");
    check_consensus(options);
  }
  if (trust.bootstrap > 0) {
    check_common(options, "--bootstrap");
    check_bootstrap(options);
  }
}

}  // namespace partita::app
