#pragma once

#include <string>
#include <vector>

#include "factorize/settings.hpp"
#include "options.hpp"

namespace partita::app {

/// The options that write the settings of a group of the library's table, in its order. They fill
/// `options`, which must outlive them.
[[nodiscard]] std::vector<Option> setting_options(FactorizeOptions& options, SettingGroup group);

/// Puts an option behind the one of that name.
void insert_after(std::vector<Option>& options, const std::string& name, Option option);

/// What a report calls an option: "max_iterations" for max-iterations.
[[nodiscard]] std::string field_name(const std::string& name);

}  // namespace partita::app
