#pragma once

#include "partita/base/index.hpp"
#include "partita/comm/communicator.hpp"

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace partita {

/// The rows (columns) of a model as users call them: by name, where they have names, or by number,
/// counted from 0. Where a name is itself a number, only names count.
class LineNames {
 public:
  /// @param kind   "row" or "column", for messages
  /// @param names  of all lines, or none
  LineNames(std::string kind, Index count, std::vector<std::string> names);
  LineNames(const LineNames&) = delete;  // the table looks into the names
  LineNames& operator=(const LineNames&) = delete;

  [[nodiscard]] Index count() const { return count_; }
  [[nodiscard]] bool has_names() const { return !names_.empty(); }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

  /// Whether the text is a name, or else a number that may stand for a line.
  [[nodiscard]] bool could_be(std::string_view text) const;
  /// Which line the text stands for, and whether by its name.
  struct Found {
    Index line;
    bool by_name;
  };
  /// @throws Error (bad_data) that names the text and what there is.
  [[nodiscard]] Found find(std::string_view text) const;
  /// The name of a line, or its number.
  [[nodiscard]] std::string text_of(Index line) const;

 private:
  [[nodiscard]] std::string fault_of(std::string_view text) const;

  std::string kind_;
  Index count_;
  std::vector<std::string> names_;
  std::unordered_map<std::string_view, Index> lines_;  ///< kTwice for a name of several
  bool names_are_numbers_ = false;
};

/// Which lines of a file are which of a model, by their names.
struct NameMatch {
  std::vector<Index> of_file;   ///< lines of the file that the model knows, in their order
  std::vector<Index> of_model;  ///< what these are in the model
  std::vector<Index> absent;    ///< lines of the model that the file lacks
  std::vector<Index> unknown;   ///< lines of the file that the model does not know

  /// Whether both have the same names in the same order.
  [[nodiscard]] bool same() const { return absent.empty() && unknown.empty() && in_order; }
  bool in_order = false;
};

/// @param kind  "row" or "column"; like the other names, for messages.
/// @throws Error (bad_data) when they have no name in common, or one that both have stands for two
/// lines of either.
[[nodiscard]] NameMatch match_names(std::span<const std::string> file,
                                    std::span<const std::string> model, const std::string& kind,
                                    const std::string& file_name, const std::string& model_name);

/// Everybody gets the match of process 0. Collective over `world`.
void broadcast(const Communicator& world, NameMatch& match);

}  // namespace partita
