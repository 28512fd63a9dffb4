#pragma once

#include "partita/base/index.hpp"
#include "partita/factorize/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "factorize/solve/restart_state.hpp"

namespace partita {

/// Of what a checkpoint holds, and under which names: changes when states of another version cannot
/// be taken for this one's.
inline constexpr Index kCheckpointContent = 2;

/// A running restart as its checkpoint has it, but for its matrices, whose places in the file it
/// names.
struct SavedRestart {
  Index restart = 0;
  RestartPhase phase = RestartPhase::exact;
  ErrorTrace trace;
  Index judged_from = 0;
  std::string solver_state;  ///< kName of the struct that it is
  std::map<std::string, std::vector<double>> values;
  std::map<std::string, Index> of_A, of_S;  ///< places of matrices
};

/// What the text of a checkpoint says.
struct SavedRun {
  RunIdentity identity;
  std::string layout;
  std::vector<RestartResult> finished;
  std::optional<Index> best;  ///< restart; its A and S are the first two matrices
  /// Restarts whose mean is wanted; theirs are the next, two each.
  std::vector<Index> averaged = {};
  std::vector<SavedRestart> running;
};

/// The text, with the versions of its content and of the program.
[[nodiscard]] std::string text_of(const SavedRun& run);

/// The inverse. @param path  of the file, for messages. @param matrices  how many it has.
/// @throws Error (bad_data) for a text that is no checkpoint; (usage) for one that another version
/// of partita wrote, naming both.
[[nodiscard]] SavedRun saved_run(const std::string& path, const std::string& text, Index matrices);

}  // namespace partita
