#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "io/io_support.hpp"

namespace partita::testing {
namespace {

/// Values as bytes, the most significant first if `big`.
template <class Item>
std::string bytes_of(const std::vector<double>& values, bool big) {
  std::string bytes;
  for (const double value : values) {
    const auto item = static_cast<Item>(value);
    std::string raw(sizeof(Item), '\0');
    std::memcpy(raw.data(), &item, sizeof(Item));
    if (big) std::ranges::reverse(raw);
    bytes += raw;
  }
  return bytes;
}

std::string dictionary(const std::string& type, bool fortran, Index rows, Index columns) {
  return "{'descr': '" + type + "', 'fortran_order': " + (fortran ? "True" : "False") +
         ", 'shape': (" + std::to_string(rows) + ", " + std::to_string(columns) + "), }   ";
}

const Whole kWhole = make_whole(
    5, 7, [](Index i, Index j) { return static_cast<double>((11 * i + 3 * j) % 90 + 1); });

template <class Item>
void expect_type(const Communicator& world, const Folder& folder, const std::string& type) {
  for (const bool big : {false, true}) {
    for (const bool fortran : {false, true}) {
      const std::string name = std::string(big ? ">" : "<") + type;
      const std::vector<double> order = fortran ? transposed(kWhole).values : kWhole.values;
      expect_file(
          world,
          folder.put("x.npy", npy(1, dictionary(name, fortran, 5, 7), bytes_of<Item>(order, big))),
          kWhole);
    }
  }
}

TEST(Numpy, Types) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  expect_type<double>(world, folder, "f8");
  expect_type<float>(world, folder, "f4");
  expect_type<std::int8_t>(world, folder, "i1");
  expect_type<std::int16_t>(world, folder, "i2");
  expect_type<std::int32_t>(world, folder, "i4");
  expect_type<std::int64_t>(world, folder, "i8");
  expect_type<std::uint8_t>(world, folder, "u1");
  expect_type<std::uint16_t>(world, folder, "u2");
  expect_type<std::uint32_t>(world, folder, "u4");
  expect_type<std::uint64_t>(world, folder, "u8");
}

TEST(Numpy, ExtremeValues) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  using Single = std::numeric_limits<float>;  // what both precisions can hold
  const Whole extreme{2, 2, {0, Single::denorm_min(), Single::max(), Single::min()}};
  std::vector<double> values = extreme.values;
  values[0] = -0.0;  // equal to zero
  const std::string shape = dictionary("<f8", false, 2, 2);
  expect_file(world, folder.put("x.npy", npy(1, shape, bytes_of<double>(values, false))), extreme);
  values = {std::numeric_limits<double>::max(), std::numeric_limits<double>::denorm_min(), 0, 1};
  const std::string path = folder.put("y.npy", npy(1, shape, bytes_of<double>(values, false)));
  EXPECT_NO_THROW((void)read_simply(world, path));
}

TEST(Numpy, EveryHalf) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  // All that are finite and not negative, by the definition of IEEE 754 binary16.
  const Whole halves = make_whole(31, 1024, [](Index exponent, Index fraction) {
    return exponent == 0
               ? std::ldexp(static_cast<double>(fraction), -24)
               : std::ldexp(static_cast<double>(1024 + fraction), static_cast<int>(exponent) - 25);
  });
  EXPECT_EQ(halves.values[30 * 1024 + 1023], 65504);
  std::vector<double> bits;
  for (Index b = 0; b < 31 * 1024; ++b) bits.push_back(static_cast<double>(b));
  for (const bool big : {false, true}) {
    const std::string type = big ? ">f2" : "<f2";
    const std::string data = bytes_of<std::uint16_t>(bits, big);
    expect_file(world, folder.put("h.npy", npy(1, dictionary(type, false, 31, 1024), data)),
                halves);
  }
}

TEST(Numpy, HalvesThatAreRefused) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const auto put = [&](double bits) {
    return folder.put("h.npy", npy(1, dictionary("<f2", false, 2, 2),
                                   bytes_of<std::uint16_t>({0, 0x8000, bits, 0x3c00}, false)));
  };
  for (const double bits : {0x7c00, 0xfc00}) {
    const std::string path = put(bits);
    expect_error(world, ErrorKind::bad_data, {"row 1, column 0", "infinite"},
                 [&] { (void)read_simply(world, path); });
  }
  const std::string no_number = put(0x7e01);
  expect_error(world, ErrorKind::bad_data, {"row 1, column 0", "not a number"},
               [&] { (void)read_simply(world, no_number); });
  const std::string negative = put(0x8001);
  expect_error(world, ErrorKind::bad_data, {"row 1, column 0", "-5.96", "negative"},
               [&] { (void)read_simply(world, negative); });
}

TEST(Numpy, BoolsAreZeroOrOne) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string path =
      folder.put("b.npy", npy(1, dictionary("|b1", false, 3, 2), std::string("\1\0\0\1\xff\2", 6)));
  for (const ValueRule rule : {ValueRule::nonnegative, ValueRule::any}) {
    expect_error(world, ErrorKind::bad_data, {"row 2, column 0", "byte 255", "bool"},
                 [&] { (void)read_simply(world, path, {.values = rule}); });
  }
}

TEST(Numpy, BoolsAndUnsignedBytes) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string bools("\1\0\0\1\1\1", 6);
  expect_file(world, folder.put("b.npy", npy(1, dictionary("|b1", false, 2, 3), bools)),
              {2, 3, {1, 0, 0, 1, 1, 1}});
  expect_file(world, folder.put("u.npy", npy(1, dictionary("|u1", false, 1, 2), "\xff\x80")),
              {1, 2, {255, 128}});
}

TEST(Numpy, Versions) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string data = bytes_of<double>(kWhole.values, false);
  for (const int version : {1, 2, 3}) {
    expect_file(world, folder.put("x.npy", npy(version, dictionary("<f8", false, 5, 7), data)),
                kWhole);
  }
  // As other programs write it: other quotes, no blanks, long integers of Python 2.
  expect_file(
      world,
      folder.put("y.npy", npy(1, R"({"shape":(5L,7L),"fortran_order":False,"descr":"=f8"})", data)),
      kWhole);
}

TEST(Numpy, LongLines) {
  // Lines longer than what is read at once, so that tiles end inside lines.
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const auto entry = [](Index i, Index j) { return static_cast<double>((i * 40000 + j) % 251); };
  const Whole wide = make_whole(3, 20000, entry);
  expect_file(world,
              folder.put("wide.npy", npy(1, dictionary("<f8", false, 3, 20000),
                                         bytes_of<double>(wide.values, false))),
              wide);
  const Whole tall = make_whole(20000, 21, entry);
  expect_file(world,
              folder.put("tall.npy", npy(1, dictionary("<f4", true, 20000, 21),
                                         bytes_of<float>(transposed(tall).values, false))),
              tall);
}

TEST(Numpy, TinyMatrices) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  expect_file(
      world,
      folder.put("x.npy", npy(1, dictionary("<f8", false, 1, 1), bytes_of<double>({2}, false))),
      {1, 1, {2}});
  expect_file(world,
              folder.put("y.npy",
                         npy(1, dictionary("<f8", true, 1, 3), bytes_of<double>({1, 2, 3}, false))),
              {1, 3, {1, 2, 3}});
}

TEST(Numpy, TheFirstFaultInTheFileIsReported) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  Whole whole = make_whole(40, 40, [](Index, Index) { return 1.0; });
  whole.values[21 * 40 + 3] = -2;
  whole.values[20 * 40 + 39] = std::numeric_limits<double>::quiet_NaN();
  whole.values[39 * 40 + 0] = -5;
  const std::string data = bytes_of<double>(whole.values, false);
  const std::string c = folder.put("c.npy", npy(1, dictionary("<f8", false, 40, 40), data));
  const std::string f = folder.put("f.npy", npy(1, dictionary("<f8", true, 40, 40), data));
  for (const JobPlan& plan : plans_for(world.size())) {
    for (const bool transpose : {false, true}) {
      const auto read = [&](const std::string& path) {
        const auto source = open_matrix(world, path, {.transpose = transpose});
        (void)read_block<double>(world, *source, plan, MatrixLayout(40, 40, plan.grid));
      };
      expect_error(world, ErrorKind::bad_data, {"row 20, column 39", "nan"}, [&] { read(c); });
      expect_error(world, ErrorKind::bad_data, {"row 39, column 20", "nan"}, [&] { read(f); });
    }
  }
  expect_file(world,
              folder.put("inf.npy",
                         npy(1, dictionary("<f4", false, 1, 2), bytes_of<float>({-1, 1}, false))),
              {1, 2, {-1, 1}}, {.values = ValueRule::finite});
}

}  // namespace
}  // namespace partita::testing
