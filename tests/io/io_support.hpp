#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/io/formats/matrix_format.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/unit.hpp"
#include "comm/collectives.hpp"
#include "io/read_block.hpp"
#include "support/files.hpp"

namespace partita::testing {

/// A gzip file (RFC 1952) that holds the text in stored blocks.
inline std::string gzipped(const std::string& text) {
  const auto little_endian = [](std::uint32_t number, int bytes) {
    std::string result;
    for (int b = 0; b < bytes; ++b) result += static_cast<char>(number >> (8 * b) & 0xff);
    return result;
  };
  std::string packed{'\x1f', '\x8b', '\x08', 0, 0, 0, 0, 0, 0, '\x03'};
  constexpr std::size_t kBlock = 60000;
  for (std::size_t at = 0; at == 0 || at < text.size(); at += kBlock) {
    const std::string block = text.substr(at, kBlock);
    const auto length = static_cast<std::uint32_t>(block.size());
    packed += at + kBlock >= text.size() ? '\x01' : '\0';
    packed += little_endian(length, 2) + little_endian(~length & 0xffff, 2) + block;
  }
  std::uint32_t checksum = ~0U;
  for (const char c : text) {
    checksum ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) {
      checksum = checksum >> 1 ^ ((checksum & 1) != 0 ? 0xedb88320U : 0U);
    }
  }
  return packed + little_endian(~checksum, 4) +
         little_endian(static_cast<std::uint32_t>(text.size()), 4);
}

/// The bytes of a .npy file, version 1 to 3: the header made from `dictionary`, then `data`.
inline std::string npy(int version, const std::string& dictionary, const std::string& data) {
  std::string file = "\x93NUMPY";
  file += static_cast<char>(version);
  file += '\0';
  const std::size_t length = dictionary.size() + 1;
  for (int b = 0; b < (version == 1 ? 2 : 4); ++b)
    file += static_cast<char>(length >> (8 * b) & 0xff);
  return file + dictionary + "\n" + data;
}

/// A whole matrix, for comparison.
struct Whole {
  Index rows = 0;
  Index columns = 0;
  std::vector<double> values;
  friend bool operator==(const Whole&, const Whole&) = default;
};

inline Whole make_whole(Index rows, Index columns,
                        const std::function<double(Index, Index)>& entry) {
  Whole whole{rows, columns, {}};
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < columns; ++j) whole.values.push_back(entry(i, j));
  }
  return whole;
}

inline Whole transposed(const Whole& whole) {
  return make_whole(whole.columns, whole.rows, [&](Index i, Index j) {
    return whole.values[static_cast<std::size_t>(j * whole.columns + i)];
  });
}

/// Grids of groups that fit a number of processes: one group in every shape, and every number of
/// groups of one row of processes.
inline std::vector<JobPlan> plans_for(Index processes) {
  std::vector<JobPlan> plans;
  for (Index groups = 1; groups <= processes; ++groups) {
    if (processes % groups != 0) continue;
    const Index size = processes / groups;
    for (Index rows = 1; rows <= size; ++rows) {
      if (size % rows != 0) continue;
      plans.push_back({.groups = groups, .grid = {rows, size / rows}, .restarts = groups});
    }
    if (groups > 1) {  // all processes of a test are on one node
      plans.push_back({.groups = groups, .grid = {size, 1}, .restarts = groups, .shares_X = true});
    }
  }
  if (processes > 1) {  // the last group has nothing to do
    plans.push_back({.groups = processes, .grid = {1, 1}, .restarts = processes - 1});
    plans.push_back(plans.back());
    plans.back().shares_X = true;
  }
  return plans;
}

/// Reads by a plan and checks this process's block against the whole. Collective.
template <class Real = double>
void expect_blocks(const Communicator& world, MatrixSource& source, const JobPlan& plan,
                   const Whole& expected, HeldUnit unit = HeldUnit::as_it_is) {
  ASSERT_EQ(source.shape().rows, expected.rows);
  ASSERT_EQ(source.shape().columns, expected.columns);
  const MatrixLayout layout(expected.rows, expected.columns, plan.grid);
  const auto block = read_block<Real>(world, source, plan, layout, kUsualWidth, unit);
  if (plan.group_of(world.rank()) >= plan.active_groups()) {
    EXPECT_EQ(block, nullptr);
    return;
  }
  ASSERT_NE(block, nullptr);
  const Index process = plan.process_in_group(world.rank());
  const Range rows = layout.block_rows(process);
  const Range columns = layout.block_columns(process);
  ASSERT_EQ(block->rows(), rows.size());
  ASSERT_EQ(block->columns(), columns.size());
  EXPECT_EQ(block->is_sparse(), source.shape().sparse);
  std::vector<Real> row(static_cast<std::size_t>(columns.size()));
  for (Index i = 0; i < rows.size(); ++i) {
    block->entries()->copy_row(i, row);
    multiply_by_power_of_two(std::span(row), 2 * block->unit());
    for (Index j = 0; j < columns.size(); ++j) {
      const auto at =
          static_cast<std::size_t>((rows.begin + i) * expected.columns + columns.begin + j);
      ASSERT_EQ(row[static_cast<std::size_t>(j)], static_cast<Real>(expected.values[at]))
          << "row " << rows.begin + i << ", column " << columns.begin + j;
    }
  }
}

/// Opens and reads a file in every layout, in one piece and in pieces of a few bytes, as it is and
/// transposed, in double and in single precision. Collective.
inline void expect_file(const Communicator& world, const std::string& path, const Whole& expected,
                        ReadOptions options = {}) {
  for (const Index bytes : {Index{1} << 22, Index{7}}) {
    for (const bool transpose : {false, true}) {
      options.chunk_bytes = bytes;
      options.transpose = transpose;
      const auto source = open_matrix(world, path, options);
      const Whole wanted = transpose ? transposed(expected) : expected;
      for (const JobPlan& plan : plans_for(world.size())) {
        SCOPED_TRACE(path + ", " + std::to_string(plan.groups) + " groups of " +
                     std::to_string(plan.grid.rows) + "x" + std::to_string(plan.grid.columns) +
                     (plan.shares_X ? ", shared" : "") + (transpose ? ", transposed" : "") +
                     ", pieces of " + std::to_string(bytes));
        expect_blocks(world, *source, plan, wanted);
      }
      expect_blocks<float>(world, *source, plans_for(world.size()).front(), wanted);
    }
  }
}

/// Opens and reads a file in one group of one row of processes. Collective.
inline std::unique_ptr<Block<double>> read_simply(const Communicator& world,
                                                  const std::string& path,
                                                  const ReadOptions& options = {}) {
  const auto source = open_matrix(world, path, options);
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}};
  return read_block<double>(world, *source, plan,
                            MatrixLayout(source->shape().rows, source->shape().columns, plan.grid));
}

}  // namespace partita::testing
