#include "parse_or_help.hpp"

#include "shared_text.hpp"

namespace partita::app {

std::optional<StatedOptions> parse_or_help(const Communicator& world, const CommandSyntax& syntax,
                                           const std::vector<std::string>& arguments) {
  StatedOptions stated = parse_options(
      syntax, arguments, [&](const std::string& path) { return read_shared_text(world, path); });
  if (!stated.help()) return stated;
  print_on_root(world, help_text(syntax));
  return std::nullopt;
}

}  // namespace partita::app
