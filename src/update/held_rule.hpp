#pragma once

#include <memory>

#include "update/panel_rule.hpp"
#include "update/row_rule.hpp"

namespace partita {

/// A rule that leaves the first `held` components of every row as they are and improves the others
/// by `rule`, which sees what those are to explain: c' = c - w_held G_held,free and G_free,free.
/// `rule` itself where none is held.
template <class Real>
[[nodiscard]] std::unique_ptr<RowRule<Real>> hold_components(std::unique_ptr<RowRule<Real>> rule,
                                                             Index held);

/// A rule for entries that leaves the first `held` components as they are, also of rows that have
/// no entries. @param rule  sees them all, and holds them in the rows that it solves.
template <class Real>
[[nodiscard]] std::unique_ptr<PanelRule<Real>> keep_components(
    std::unique_ptr<PanelRule<Real>> rule, Index held);

}  // namespace partita
