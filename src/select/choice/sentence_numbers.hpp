#pragma once

#include "partita/base/index.hpp"

#include <span>
#include <string>

namespace partita {

/// Three significant digits, for a sentence: "0.0312", "1.2e+05".
[[nodiscard]] std::string short_number(double value);

/// "5, 5, 6".
[[nodiscard]] std::string listed(std::span<const Index> values);

}  // namespace partita
