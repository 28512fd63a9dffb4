#pragma once

#include <vector>

#include "options/pages.hpp"

namespace partita::app {

/// What there is to tell of every command, in the order of the table.
[[nodiscard]] std::vector<CommandPage> command_pages();

}  // namespace partita::app
