#include "output_name.hpp"

#include "partita/base/error.hpp"

#include <array>
#include <cstdlib>

#include "options/into.hpp"

namespace partita::app {

namespace {

struct Name {
  char letter;
  const char* variable;
  const char* otherwise;  ///< variable of a job that is no array; nullptr for none
};

constexpr std::array kNames = {
    Name{'j', "SLURM_JOB_ID", nullptr}, Name{'A', "SLURM_ARRAY_JOB_ID", "SLURM_JOB_ID"},
    Name{'a', "SLURM_ARRAY_TASK_ID", nullptr}, Name{'x', "SLURM_JOB_NAME", nullptr}};

std::string value_of(char letter, const std::string& option, const std::string& text) {
  if (letter == '%') return "%";
  for (const Name& name : kNames) {
    if (name.letter != letter) continue;
    const char* value = std::getenv(name.variable);
    if (value == nullptr && name.otherwise != nullptr) value = std::getenv(name.otherwise);
    if (value != nullptr) return value;
    throw Error(ErrorKind::usage, option + " " + text + ": %" + letter + " needs " + name.variable +
                                      ", which is not set here; a per cent sign is %%");
  }
  throw Error(
      ErrorKind::usage,
      option + " " + text + ": after % there may be j, A, a, x (SLURM's names) or another %");
}

}  // namespace

std::string parse_output_name(const std::string& option, const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
    } else {
      ++i;
      result += value_of(i < text.size() ? text[i] : '\0', option, text);
    }
  }
  return result;
}

Option output_option(const std::string& argument, std::string& place, const std::string& help) {
  return {"output", 0, argument, place, help, into(place, parse_output_name)};
}

}  // namespace partita::app
