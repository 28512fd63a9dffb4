#pragma once

#include <string>

namespace partita::app {

/// The value of --output with SLURM's names replaced, as sbatch does it for its log: %j the job's
/// number, %A that of the job array, %a the task's in it, %x the job's name, %% a per cent sign.
/// @throws Error (usage) for a name that is unknown, or not set where the program runs.
[[nodiscard]] std::string parse_output_name(const std::string& option, const std::string& text);

}  // namespace partita::app
