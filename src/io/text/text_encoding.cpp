#include "io/text/text_encoding.hpp"

#include <array>
#include <cstddef>

#include "io/files/input_file.hpp"

namespace partita {

namespace {

using namespace std::string_view_literals;

/// What of a file without a mark is looked at.
constexpr std::size_t kSample = 4096;

/// How many of the bytes at each place of a group of four are zero, out of `groups`.
struct ZeroCounts {
  std::array<std::size_t, 4> zeros{};
  std::size_t groups = 0;

  explicit ZeroCounts(std::string_view head) : groups(head.size() / 4) {
    for (std::size_t i = 0; i < 4 * groups; ++i) zeros[i % 4] += head[i] == '\0' ? 1 : 0;
  }
  [[nodiscard]] bool none(std::size_t place) const { return zeros[place] == 0; }
  [[nodiscard]] bool all(std::size_t place) const { return zeros[place] == groups; }
  /// Numbers, commas and line ends have a zero beside them, letters of other alphabets have none.
  [[nodiscard]] bool many(std::size_t place) const { return 3 * zeros[place] >= groups; }
};

/// The encoding that a table or a list of numbers seems to have; empty for one byte a character.
std::string_view wide_encoding(std::string_view head) {
  if (head.starts_with("\xff\xfe\0\0"sv) || head.starts_with("\0\0\xfe\xff"sv)) return "UTF-32";
  if (head.starts_with("\xff\xfe"sv) || head.starts_with("\xfe\xff"sv)) return "UTF-16";
  const ZeroCounts count(head.substr(0, kSample));
  if (count.groups == 0) return "";
  const bool low_first = count.all(2) && count.all(3) && count.none(0);
  const bool high_first = count.all(0) && count.all(1) && count.none(3);
  if (low_first || high_first) return "UTF-32";
  const bool little = count.many(1) && count.many(3) && count.none(0) && count.none(2);
  const bool big = count.many(0) && count.many(2) && count.none(1) && count.none(3);
  return little || big ? "UTF-16" : "";
}

}  // namespace

Index byte_order_mark(std::string_view head) {
  return head.starts_with("\xef\xbb\xbf") ? 3 : 0;
}

void refuse_wide_text(const std::string& path, std::string_view head) {
  const std::string_view found = wide_encoding(head);
  if (found.empty()) return;
  throw bad_file(path, "the file is " + std::string(found) + "; save it as UTF-8");
}

}  // namespace partita
