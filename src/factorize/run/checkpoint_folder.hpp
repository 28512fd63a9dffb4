#pragma once

#include "partita/base/index.hpp"
#include "partita/comm/communicator.hpp"

#include <string>
#include <vector>

namespace partita {

/// Name of a group's file in the folder of checkpoints.
[[nodiscard]] std::string checkpoint_name(Index group);

/// Names of the files of checkpoints in a folder, the previous ones too, in order. Collective.
[[nodiscard]] std::vector<std::string> checkpoint_names(const Communicator& comm,
                                                        const std::string& folder);

/// Whether there are files of checkpoints in the folder. Local.
[[nodiscard]] bool holds_checkpoints(const std::string& folder);

/// Removes the checkpoints in the folder, with what a killed run left half written, but for the
/// newest ones of the first `kept_groups` groups; and the folder if nothing is in it any more.
/// Collective over `world`. @throws Error (input_output).
void remove_checkpoints(const Communicator& world, const std::string& folder,
                        Index kept_groups = 0);

}  // namespace partita
