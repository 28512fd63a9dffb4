#include "io/formats/feature_names.hpp"

#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace partita {

std::vector<std::string> feature_names(std::vector<std::string> ids,
                                       std::vector<std::string> symbols) {
  if (symbols.empty()) return ids;
  std::unordered_map<std::string_view, int> times;
  for (const std::string& symbol : symbols) ++times[symbol];
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (symbols[i].empty()) continue;
    ids[i] = times[symbols[i]] > 1 ? symbols[i] + "_" + ids[i] : symbols[i];
  }
  return ids;
}

}  // namespace partita
