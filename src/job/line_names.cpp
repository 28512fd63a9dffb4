#include "job/line_names.hpp"

#include "partita/base/error.hpp"

#include <utility>

#include "base/number_of_text.hpp"
#include "comm/collectives.hpp"
#include "io/text/number_text.hpp"

namespace partita {

namespace {

constexpr Index kTwice = -1;

using LineOfName = std::unordered_map<std::string_view, Index>;

LineOfName lines_of(std::span<const std::string> names) {
  LineOfName lines;
  lines.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto [place, is_new] = lines.emplace(names[i], static_cast<Index>(i));
    if (!is_new) place->second = kTwice;
  }
  return lines;
}

bool is_number(std::string_view text) {
  Index number = 0;
  return read_whole(std::string(text), number);
}

void broadcast_list(const Communicator& world, std::vector<Index>& list) {
  Index length = static_cast<Index>(list.size());
  broadcast(world, std::span<Index>(&length, 1), 0);
  list.resize(static_cast<std::size_t>(length));
  broadcast(world, std::span<Index>(list), 0);
}

}  // namespace

LineNames::LineNames(std::string kind, Index count, std::vector<std::string> names)
    : kind_(std::move(kind)), count_(count), names_(std::move(names)), lines_(lines_of(names_)) {
  for (const std::string& name : names_) names_are_numbers_ = names_are_numbers_ || is_number(name);
}

bool LineNames::could_be(std::string_view text) const {
  return lines_.contains(text) || (!names_are_numbers_ && is_number(text));
}

std::string LineNames::fault_of(std::string_view text) const {
  const std::string it = kind_ + " " + shown(text);
  if (names_are_numbers_) return it + " is not a name of the model";
  if (is_number(text)) {
    return kind_ + " " + std::string(text) + " is outside 0.." + std::to_string(count_ - 1);
  }
  return it + (has_names() ? " is neither a name of the model nor a whole number"
                           : " is not a whole number (the model has no names of " + kind_ + "s)");
}

LineNames::Found LineNames::find(std::string_view text) const {
  const auto named = lines_.find(text);
  if (named != lines_.end()) {
    if (named->second != kTwice) return {named->second, true};
    throw Error(ErrorKind::bad_data,
                kind_ + " " + shown(text) + " is the name of more than one in the model");
  }
  Index number = 0;
  if (!names_are_numbers_ && read_whole(std::string(text), number) && number >= 0 &&
      number < count_) {
    return {number, false};
  }
  throw Error(ErrorKind::bad_data, fault_of(text));
}

std::string LineNames::text_of(Index line) const {
  return has_names() ? names_[static_cast<std::size_t>(line)] : std::to_string(line);
}

NameMatch match_names(std::span<const std::string> file, std::span<const std::string> model,
                      const std::string& kind, const std::string& file_name,
                      const std::string& model_name) {
  NameMatch match;
  if (std::equal(file.begin(), file.end(), model.begin(), model.end())) {
    match.in_order = true;
    for (Index i = 0; i < static_cast<Index>(file.size()); ++i) match.of_file.push_back(i);
    match.of_model = match.of_file;
    return match;
  }
  const LineOfName in_model = lines_of(model);
  const LineOfName in_file = lines_of(file);
  const auto twice = [&](const std::string& name, const std::string& where) {
    return Error(ErrorKind::bad_data, where + ": the name " + shown(name) +
                                          " stands for more than one " + kind +
                                          ", so they cannot be matched");
  };
  for (std::size_t i = 0; i < file.size(); ++i) {
    const auto found = in_model.find(file[i]);
    if (found == in_model.end()) {
      match.unknown.push_back(static_cast<Index>(i));
      continue;
    }
    if (found->second == kTwice) throw twice(file[i], model_name);
    if (in_file.at(file[i]) == kTwice) throw twice(file[i], file_name);
    match.of_file.push_back(static_cast<Index>(i));
    match.of_model.push_back(found->second);
  }
  if (match.of_file.empty()) {
    throw Error(ErrorKind::bad_data, file_name + ": no " + kind + " has a name of the model " +
                                         model_name + ": there " + shown(model.front()) +
                                         " is the first, here " + shown(file.front()));
  }
  for (std::size_t i = 0; i < model.size(); ++i) {
    if (!in_file.contains(model[i])) match.absent.push_back(static_cast<Index>(i));
  }
  return match;
}

void broadcast(const Communicator& world, NameMatch& match) {
  for (auto* list : {&match.of_file, &match.of_model, &match.absent, &match.unknown}) {
    broadcast_list(world, *list);
  }
  int in_order = match.in_order ? 1 : 0;
  broadcast(world, std::span<int>(&in_order, 1), 0);
  match.in_order = in_order != 0;
}

}  // namespace partita
