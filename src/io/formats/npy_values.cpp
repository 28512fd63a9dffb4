#include "io/formats/npy_values.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace partita {

namespace {

/// A number of 16 bits: IEEE 754 binary16.
struct Half {
  std::uint16_t bits;

  explicit operator double() const {
    const std::uint64_t sign = std::uint64_t{bits} >> 15 << 63;
    const std::uint64_t exponent = bits >> 10 & 0x1f;
    const std::uint64_t fraction = bits & 0x3ff;
    if (exponent == 0) {
      const double magnitude = static_cast<double>(fraction) * 0x1p-24;
      return sign != 0 ? -magnitude : magnitude;
    }
    // Of ones only (infinite, or no number), else counted from 15 and from 1023.
    const std::uint64_t wide = exponent == 0x1f ? 0x7ff : exponent - 15 + 1023;
    return std::bit_cast<double>(sign | wide << 52 | fraction << 42);
  }
};

template <class Item, bool kSwapped, class Out>
void convert_items(const char* bytes, std::span<Out> out) {
  for (Out& value : out) {
    std::array<char, sizeof(Item)> raw;
    std::memcpy(raw.data(), bytes, sizeof(Item));
    if constexpr (kSwapped) std::ranges::reverse(raw);
    // NOLINTNEXTLINE(bugprone-signed-char-misuse): a number of one byte, not a character
    value = static_cast<Out>(std::bit_cast<Item>(raw));
    bytes += sizeof(Item);
  }
}

template <class Item, class Out>
void convert_as(const char* bytes, std::span<Out> out, bool swapped) {
  if (swapped) {
    convert_items<Item, true>(bytes, out);
  } else {
    convert_items<Item, false>(bytes, out);
  }
}

/// Numbers without decimals, and bytes of bools.
template <class Out>
void convert_whole(const NpyHeader& header, const char* bytes, std::span<Out> out) {
  const bool swapped = header.swapped;
  const bool is_signed = header.kind == 'i';
  switch (header.item_bytes) {
    case 1:
      return is_signed ? convert_as<std::int8_t>(bytes, out, swapped)
                       : convert_as<std::uint8_t>(bytes, out, swapped);
    case 2:
      return is_signed ? convert_as<std::int16_t>(bytes, out, swapped)
                       : convert_as<std::uint16_t>(bytes, out, swapped);
    case 4:
      return is_signed ? convert_as<std::int32_t>(bytes, out, swapped)
                       : convert_as<std::uint32_t>(bytes, out, swapped);
    default:
      return is_signed ? convert_as<std::int64_t>(bytes, out, swapped)
                       : convert_as<std::uint64_t>(bytes, out, swapped);
  }
}

}  // namespace

void convert_npy(const NpyHeader& header, const char* bytes, std::span<double> out) {
  if (header.kind != 'f') return convert_whole(header, bytes, out);
  if (header.item_bytes == 2) return convert_as<Half>(bytes, out, header.swapped);
  return header.item_bytes == 4 ? convert_as<float>(bytes, out, header.swapped)
                                : convert_as<double>(bytes, out, header.swapped);
}

void convert_npy(const NpyHeader& header, const char* bytes, std::span<Index> out) {
  convert_whole(header, bytes, out);
}

}  // namespace partita
