#include "base/random.hpp"

#include <cmath>
#include <numbers>

namespace partita {

namespace {

constexpr std::uint32_t kMultiplier0 = 0xD2511F53;
constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9;
constexpr std::uint32_t kWeyl1 = 0xBB67AE85;
constexpr int kRounds = 10;

constexpr std::uint32_t low(std::uint64_t x) {
  return static_cast<std::uint32_t>(x);
}
constexpr std::uint32_t high(std::uint64_t x) {
  return static_cast<std::uint32_t>(x >> 32);
}

/// 52 bits to the middle of one of 2^52 equal cells of (0, 1): never 0, never 1. The middle of a
/// cell of 53 bits would need a 54th, and the last one would round to 1.
constexpr double to_open_unit(std::uint64_t bits) {
  return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
}
static_assert(to_open_unit(0) > 0 && to_open_unit(~std::uint64_t{0}) < 1);

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t product0 = std::uint64_t{kMultiplier0} * counter[0];
    const std::uint64_t product1 = std::uint64_t{kMultiplier1} * counter[2];
    counter = {high(product1) ^ counter[1] ^ key[0], low(product1),
               high(product0) ^ counter[3] ^ key[1], low(product0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

RandomField::RandomField(std::uint64_t seed, Purpose purpose, Index restart)
    : key_{low(seed), high(seed)},
      stream_((static_cast<std::uint32_t>(purpose) << 24) |
              (static_cast<std::uint32_t>(restart) & 0xFFFFFF)) {
  // The stream has room for the low bits of a restart; the others make a key of their own. No
  // purpose is 0, so that no field uses the counter that the key is made from.
  const auto more = static_cast<std::uint64_t>(restart) >> 24;
  if (more == 0) return;
  const auto mixed = philox4x32({low(more), high(more), 0, 0}, key_);
  key_ = {mixed[0], mixed[1]};
}

std::array<std::uint64_t, 2> RandomField::bits(Index row, Index column) const {
  const auto r = static_cast<std::uint64_t>(row);
  const auto c = static_cast<std::uint64_t>(column);
  const auto block =
      philox4x32({low(r), low(c), ((high(r) & 0xFFFF) << 16) | (high(c) & 0xFFFF), stream_}, key_);
  return {(std::uint64_t{block[0]} << 32) | block[1], (std::uint64_t{block[2]} << 32) | block[3]};
}

double RandomField::uniform(Index row, Index column) const {
  return to_open_unit(bits(row, column)[0]);
}

Index RandomField::index(Index row, Index column, Index bound) const {
  // The high half of a 64 x 64-bit product maps the bits to 0 .. bound - 1; the bias is below
  // bound / 2^64.
  __extension__ using Wide = unsigned __int128;
  const auto product = static_cast<Wide>(bits(row, column)[0]) * static_cast<Wide>(bound);
  return static_cast<Index>(static_cast<std::uint64_t>(product >> 64));
}

double RandomField::normal(Index row, Index column) const {
  const auto block = bits(row, column);
  const double radius = std::sqrt(-2.0 * std::log(to_open_unit(block[0])));
  return radius * std::cos(2.0 * std::numbers::pi * to_open_unit(block[1]));
}

}  // namespace partita
