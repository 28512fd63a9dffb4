#pragma once

#include "partita/comm/communicator.hpp"

#include <optional>
#include <string>
#include <vector>

#include "options.hpp"

namespace partita::app {

/// Hands the arguments of a command to its options; where help is asked for, prints it instead and
/// returns nothing. Collective over `world`. @throws Error (usage, or what reading a --config file
/// throws) on every process.
[[nodiscard]] std::optional<StatedOptions> parse_or_help(const Communicator& world,
                                                         const CommandSyntax& syntax,
                                                         const std::vector<std::string>& arguments);

}  // namespace partita::app
