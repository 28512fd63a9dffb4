#pragma once

#include <string>
#include <vector>

namespace partita {

/// What features of 10x Genomics are called: by their symbols; those that share one by
/// SYMBOL_ID, so that names tell features apart; those without one by their ids.
/// @param symbols  as many as ids, or none.
[[nodiscard]] std::vector<std::string> feature_names(std::vector<std::string> ids,
                                                     std::vector<std::string> symbols);

}  // namespace partita
