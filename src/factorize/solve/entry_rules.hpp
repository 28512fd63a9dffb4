#pragma once

#include "partita/factorize/options.hpp"

#include <memory>

#include "update/panel_rule.hpp"

namespace partita {

/// The rules by which rows of A and of Sᵀ are improved from the entries of X.
template <class Real>
struct EntryRules {
  std::unique_ptr<PanelRule<Real>> for_A;
  std::unique_ptr<PanelRule<Real>> for_S;
  bool nonnegative = true;
};

/// The kind of rule that the options choose: unless they state it, the row's own Gram matrix for
/// few components and for whatever is not hals, else the row's residuals.
[[nodiscard]] EntryRuleKind entry_rule(const FactorizeOptions& options);

template <class Real>
[[nodiscard]] EntryRules<Real> make_entry_rules(const FactorizeOptions& options);

}  // namespace partita
