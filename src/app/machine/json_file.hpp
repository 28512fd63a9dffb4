#pragma once

#include "partita/base/error.hpp"
#include "partita/base/index.hpp"

#include <string>

#include <nlohmann/json.hpp>

namespace partita::app {

/// JSON of a file that may be anything: only a regular file is read, and its size and the depth of
/// its values are bounded.
/// @throws Error (no_input) when there is none, (bad_data) when it is something else.
[[nodiscard]] nlohmann::ordered_json read_json(const std::string& path);

/// The fields of one JSON object, each read as what it must be.
/// All throw Error (bad_data) that names the file, the field and what it is instead.
class JsonFields {
 public:
  /// @param json  must outlive this. @param within  names of the fields around it, "a.b."
  JsonFields(std::string path, const nlohmann::ordered_json& json, std::string within = "");

  [[nodiscard]] bool has(const std::string& name) const { return json_.contains(name); }
  [[nodiscard]] bool is_null(const std::string& name) const {
    return has(name) && json_[name].is_null();
  }
  [[nodiscard]] std::string text(const std::string& name) const;
  /// A whole number that is not negative.
  [[nodiscard]] Index count(const std::string& name) const;
  [[nodiscard]] double number(const std::string& name) const;
  [[nodiscard]] bool boolean(const std::string& name) const;
  [[nodiscard]] const nlohmann::ordered_json& array(const std::string& name) const;
  [[nodiscard]] JsonFields object(const std::string& name) const;
  [[nodiscard]] const nlohmann::ordered_json& json() const { return json_; }

  /// The Error for a field that is wrong.
  [[nodiscard]] Error wrong(const std::string& name, const std::string& must_be) const;

 private:
  [[nodiscard]] const nlohmann::ordered_json& at(const std::string& name) const;

  std::string path_;
  const nlohmann::ordered_json& json_;
  std::string within_;
};

/// A text that JSON can hold, from bytes that need not be UTF-8, as file names: a byte that is part
/// of no character becomes \xHH, and so does a backslash before such a text. Nothing else changes.
[[nodiscard]] std::string to_utf8(const std::string& bytes);
/// The bytes again.
[[nodiscard]] std::string from_utf8(const std::string& text);

}  // namespace partita::app
