#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fit_options.hpp"
#include "options.hpp"
#include "select/select.hpp"

namespace partita::app {

/// What `partita select` was asked for.
struct SelectCommandOptions {
  SelectCommandOptions() { fit.output = "partita-select"; }

  FitOptions fit;        ///< of the chosen k; its factorize is that of all fits, too
  SelectOptions select;  ///< complete once parsed
};

/// How `select` is called; its options fill `options`, which must outlive it.
[[nodiscard]] CommandSyntax select_syntax(SelectCommandOptions& options);

/// Options from the arguments after `select`; nothing when help is asked for.
/// @throws Error (usage, or what reading a --config file throws).
[[nodiscard]] std::optional<SelectCommandOptions> parse_select(
    const std::vector<std::string>& arguments, const TextReader& read_text);

}  // namespace partita::app
