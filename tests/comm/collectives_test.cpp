// Collectives against closed forms in the ranks, whole and cut into pieces of three elements.
#include "comm/collectives.hpp"

#include "partita/base/error.hpp"

#include <new>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "comm/agreement.hpp"
#include "comm/process_grid.hpp"

namespace partita {
namespace {

constexpr Index kUnlimited = Index{1} << 30;

/// Element i of process r's part in every test.
template <class T>
T element(Index r, Index i) {
  return static_cast<T>(3 * r + 2 * i + 1);
}

template <class T>
std::vector<T> part(Index r, Index length) {
  std::vector<T> values;
  for (Index i = 0; i < length; ++i) values.push_back(element<T>(r, i));
  return values;
}

template <class T>
class Collectives : public testing::Test {
 protected:
  ~Collectives() override { set_elements_per_call(kUnlimited); }

  /// Runs a check whole, in pieces of three, and one by one.
  template <class Check>
  void in_pieces(Check check) {
    for (const Index elements : {kUnlimited, Index{3}, Index{1}}) {
      SCOPED_TRACE("at most " + std::to_string(elements) + " elements a call");
      set_elements_per_call(elements);
      check();
    }
    set_elements_per_call(kUnlimited);
  }

  Communicator world = Communicator::world();
  Index p = world.size();
  Index me = world.rank();
};
using Numbers = testing::Types<double, float, Index, int>;
TYPED_TEST_SUITE(Collectives, Numbers);

/// What is only moved may also be text.
template <class T>
class Moves : public Collectives<T> {};
using Elements = testing::Types<double, float, Index, int, char>;
TYPED_TEST_SUITE(Moves, Elements);

TYPED_TEST(Collectives, SumMaxMin) {
  using T = TypeParam;
  this->in_pieces([&] {
    for (const Index length : {0, 1, 3, 7}) {
      std::vector<T> sum = part<T>(this->me, length);
      std::vector<T> largest = sum;
      std::vector<T> smallest = sum;
      sum_over(this->world, std::span<T>(sum));
      max_over(this->world, std::span<T>(largest));
      min_over(this->world, std::span<T>(smallest));
      for (Index i = 0; i < length; ++i) {
        T expected = 0;
        for (Index r = 0; r < this->p; ++r) {
          expected = static_cast<T>(expected + element<T>(r, i));
        }
        const auto at = static_cast<std::size_t>(i);
        EXPECT_EQ(sum[at], expected);
        EXPECT_EQ(largest[at], element<T>(this->p - 1, i));
        EXPECT_EQ(smallest[at], element<T>(0, i));
      }
    }
  });
  EXPECT_EQ(sum_over(this->world, T{1}), static_cast<T>(this->p));
  EXPECT_EQ(max_over(this->world, static_cast<T>(this->me)), static_cast<T>(this->p - 1));
  EXPECT_EQ(min_over(this->world, static_cast<T>(this->me)), T{0});
}

TEST(AnyOver, SetsBitsThatAreSetAnywhere) {
  const Communicator world = Communicator::world();
  for (const Index pieces : {Index{1} << 30, Index{2}}) {
    set_elements_per_call(pieces);
    std::vector<std::uint64_t> bits(5, std::uint64_t{1} << 63);
    bits[3] = std::uint64_t{1} << world.rank();
    any_over(world, bits);
    EXPECT_EQ(bits[0], std::uint64_t{1} << 63);
    EXPECT_EQ(bits[3], (std::uint64_t{1} << world.size()) - 1);
  }
  set_elements_per_call(Index{1} << 30);
}

TEST(PendingSum, AddsUpWhileOthersGoOn) {
  const Communicator world = Communicator::world();
  for (const Index pieces : {Index{1} << 30, Index{3}}) {
    set_elements_per_call(pieces);
    std::vector<double> values(8);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<double>(i) + 10 * world.rank();
    }
    const double words = world.traffic()[Collective::all_reduce].words;
    PendingSum sum(world, values);
    const int other = sum_over(world, 1);
    sum.wait();
    EXPECT_EQ(other, world.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(values[i],
                static_cast<double>(i) * world.size() + 5.0 * world.size() * (world.size() - 1));
    }
    const double moved = 2.0 * (world.size() - 1) / world.size();
    EXPECT_NEAR(world.traffic()[Collective::all_reduce].words - words, moved * 9, 1e-12);
  }
  set_elements_per_call(Index{1} << 30);
}

TYPED_TEST(Moves, Broadcast) {
  using T = TypeParam;
  this->in_pieces([&] {
    for (int root = 0; root < this->world.size(); ++root) {
      std::vector<T> values = part<T>(this->me, 8);
      broadcast(this->world, std::span<T>(values), root);
      EXPECT_EQ(values, part<T>(root, 8));
    }
  });
}

/// Uneven parts, some empty: process r brings (r * 5) % 4 elements.
std::vector<Index> uneven(Index p) {
  std::vector<Index> counts;
  for (Index r = 0; r < p; ++r) counts.push_back(r * 5 % 4);
  return counts;
}

TYPED_TEST(Collectives, AllGather) {
  using T = TypeParam;
  this->in_pieces([&] {
    for (const auto& counts : {uneven(this->p), std::vector<Index>(std::size_t(this->p), 7),
                               std::vector<Index>(std::size_t(this->p), 0)}) {
      std::vector<T> expected;
      for (Index r = 0; r < this->p; ++r) {
        const auto values = part<T>(r, counts[std::size_t(r)]);
        expected.insert(expected.end(), values.begin(), values.end());
      }
      const std::vector<T> mine = part<T>(this->me, counts[std::size_t(this->me)]);
      std::vector<T> all(expected.size());
      all_gather(this->world, std::span<const T>(mine), std::span<T>(all),
                 std::span<const Index>(counts));
      EXPECT_EQ(all, expected);
    }
  });
}

TYPED_TEST(Collectives, ReduceScatter) {
  using T = TypeParam;
  this->in_pieces([&] {
    for (const auto& counts : {uneven(this->p), std::vector<Index>(std::size_t(this->p), 7),
                               std::vector<Index>(std::size_t(this->p), 0)}) {
      const Index total = std::accumulate(counts.begin(), counts.end(), Index{0});
      const Index before = std::accumulate(counts.begin(), counts.begin() + this->me, Index{0});
      const std::vector<T> all = part<T>(this->me, total);
      std::vector<T> mine(static_cast<std::size_t>(counts[std::size_t(this->me)]));
      reduce_scatter(this->world, std::span<const T>(all), std::span<T>(mine),
                     std::span<const Index>(counts));
      for (std::size_t i = 0; i < mine.size(); ++i) {
        T expected = 0;
        for (Index r = 0; r < this->p; ++r) {
          expected = static_cast<T>(expected + element<T>(r, before + Index(i)));
        }
        EXPECT_EQ(mine[i], expected);
      }
    }
  });
}

TYPED_TEST(Moves, Gather) {
  using T = TypeParam;
  this->in_pieces([&] {
    for (int root = 0; root < this->world.size(); ++root) {
      const std::vector<T> mine = part<T>(this->me, this->me * 5 % 4);
      const auto all = gather(this->world, std::span<const T>(mine), root);
      if (this->world.rank() != root) {
        EXPECT_TRUE(all.empty());
        continue;
      }
      ASSERT_EQ(Index(all.size()), this->p);
      for (Index r = 0; r < this->p; ++r) EXPECT_EQ(all[std::size_t(r)], part<T>(r, r * 5 % 4));
    }
  });
}

TYPED_TEST(Moves, Exchange) {
  using T = TypeParam;
  this->in_pieces([&] {
    std::vector<std::vector<T>> outgoing;  // r sends (r + 2 q) % 5 elements to q
    std::vector<T> expected;
    for (Index q = 0; q < this->p; ++q) {
      outgoing.push_back(part<T>(this->me + q, (this->me + 2 * q) % 5));
      const auto arriving = part<T>(q + this->me, (q + 2 * this->me) % 5);
      expected.insert(expected.end(), arriving.begin(), arriving.end());
    }
    EXPECT_EQ(partita::exchange(this->world, outgoing), expected);
  });
}

TEST(Broadcast, TextOfAnyLength) {
  const Communicator world = Communicator::world();
  for (int root = 0; root < world.size(); ++root) {
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{100000}}) {
      std::string text = world.rank() == root ? std::string(length, 'x') : "something else";
      broadcast(world, text, root);
      EXPECT_EQ(text, std::string(length, 'x'));
    }
  }
}

TEST(ExclusiveSum, AddsUpSmallerRanks) {
  const Communicator world = Communicator::world();
  const Index r = world.rank();
  const Index big = Index{1} << 40;
  EXPECT_EQ(exclusive_sum(world, big + r), r * big + r * (r - 1) / 2);
}

TEST(Traffic, IsCountedAndSharedWithSplits) {
  const Communicator world = Communicator::world();
  const Communicator half = world.split(world.rank() % 2);
  const auto before = world.traffic()[Collective::all_reduce];
  std::vector<double> values(10, 1.0);
  sum_over(half, std::span<double>(values));
  const auto after = world.traffic()[Collective::all_reduce];
  EXPECT_EQ(after.calls, before.calls + 1);
  EXPECT_GE(after.words, before.words);
}

TEST(Communicator, SplitOrdersByRank) {
  const Communicator world = Communicator::world();
  const Communicator half = world.split(world.rank() % 2);
  EXPECT_EQ(half.rank(), world.rank() / 2);
  EXPECT_EQ(half.size(), (world.size() + 1 - world.rank() % 2) / 2);
  EXPECT_EQ(world.split_by_node().size(), world.size()) << "tests run on one node";
  wait_for_all(world);
}

TEST(ProcessGrid, IsNumberedRowByRow) {
  const Communicator world = Communicator::world();
  for (int rows = 1; rows <= world.size(); ++rows) {
    if (world.size() % rows != 0) continue;
    const int columns = world.size() / rows;
    const ProcessGrid grid(world, {rows, columns});
    EXPECT_EQ(grid.shape(), (GridShape{rows, columns}));
    EXPECT_EQ(grid.all().rank(), world.rank());
    EXPECT_EQ(grid.row(), world.rank() / columns);
    EXPECT_EQ(grid.column(), world.rank() % columns);
    EXPECT_EQ(grid.same_row().size(), columns);
    EXPECT_EQ(grid.same_row().rank(), grid.column());
    EXPECT_EQ(grid.same_column().size(), rows);
    EXPECT_EQ(grid.same_column().rank(), grid.row());
    EXPECT_EQ(sum_over(grid.same_row(), Index{grid.row()}), grid.row() * columns);
    EXPECT_EQ(sum_over(grid.same_column(), Index{grid.column()}), grid.column() * rows);
  }
}

TEST(ProcessGrid, RefusesAShapeThatDoesNotFit) {
  const Communicator world = Communicator::world();
  EXPECT_THROW(ProcessGrid(world, {world.size() + 1, 1}), Error);
}

/// Kind and message of the Error that `action` throws.
template <class Action>
std::string failure_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return std::to_string(static_cast<int>(error.kind())) + " " + error.what();
  }
  return "none";
}

TEST(Agreement, OneFailureReachesAll) {
  const Communicator world = Communicator::world();
  for (int failing = 0; failing < world.size(); ++failing) {
    const std::string message = "line " + std::to_string(failing) + std::string(3000, '.');
    EXPECT_EQ(failure_of([&] {
                together(world, [&] {
                  if (world.rank() == failing) throw Error(ErrorKind::bad_data, message);
                });
              }),
              "65 " + message);
  }
}

TEST(Agreement, TheLowestRankSpeaks) {
  const Communicator world = Communicator::world();
  const int first = world.size() / 2;
  EXPECT_EQ(failure_of([&] {
              together(world, [&] {
                if (world.rank() >= first) {
                  throw Error(ErrorKind::no_input, "from " + std::to_string(world.rank()));
                }
              });
            }),
            "66 from " + std::to_string(first));
}

TEST(Agreement, OtherExceptionsAreInternal) {
  const Communicator world = Communicator::world();
  const int last = world.size() - 1;
  EXPECT_EQ(failure_of([&] {
              together(world, [&] {
                if (world.rank() == last) throw std::runtime_error("surprise");
              });
            }).substr(0, 3),
            "70 ");
  EXPECT_EQ(failure_of([&] {
              together(world, [&] {
                if (world.rank() == last) throw 1;
              });
            }).substr(0, 3),
            "70 ");
  EXPECT_NE(failure_of([&] {
              together(world, [&] {
                if (world.rank() == last) throw std::bad_alloc();
              });
            }),
            "none");
}

TEST(Agreement, NothingHappensWithoutFailure) {
  const Communicator world = Communicator::world();
  int runs = 0;
  EXPECT_EQ(failure_of([&] { together(world, [&] { ++runs; }); }), "none");
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace partita
