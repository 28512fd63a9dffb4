#pragma once

#include <string>

#include "options.hpp"

namespace partita::app {

/// The value of --output with SLURM's names replaced, as sbatch does it for its log: %j the job's
/// number, %A that of the job array, %a the task's in it, %x the job's name, %% a per cent sign.
/// @throws Error (usage) for a name that is unknown, or not set where the program runs.
[[nodiscard]] std::string parse_output_name(const std::string& option, const std::string& text);

/// --output, whose value may contain these names; fills `place`, which must outlive it.
[[nodiscard]] Option output_option(const std::string& argument, std::string& place,
                                   const std::string& help);

}  // namespace partita::app
