#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "io/text/byte_stream.hpp"

namespace partita {

inline constexpr char kMarketComment = '%';

/// What a Matrix Market file says of itself.
struct MarketHeader {
  bool coordinate = true;
  bool pattern = false;
  bool symmetric = false;
  Index rows = 0;
  Index columns = 0;
  Index entries = 0;  ///< lines that follow

  [[nodiscard]] std::array<Index, 6> packed() const {
    return {coordinate ? 1 : 0, pattern ? 1 : 0, symmetric ? 1 : 0, rows, columns, entries};
  }
  static MarketHeader unpacked(const std::array<Index, 6>& facts) {
    return {facts[0] != 0, facts[1] != 0, facts[2] != 0, facts[3], facts[4], facts[5]};
  }
};

/// Reads banner, comments and sizes on one process. @throws Error (bad_data).
[[nodiscard]] MarketHeader read_market_header(const std::string& path, LineReader& reader);

/// The words of a line, between blanks.
[[nodiscard]] std::vector<std::string> words_of(std::string_view line);

}  // namespace partita
