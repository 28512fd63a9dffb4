// A step of a ring among the processes, against what each is known to send.
#include "comm/ring_shift.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace partita {
namespace {

template <class T>
void go_round(const Communicator& world, Index length) {
  const int before = (world.rank() + world.size() - 1) % world.size();
  const int behind = (world.rank() + 1) % world.size();
  const Index words = length + behind;  // each sends a length of its own
  std::vector<T> out(static_cast<std::size_t>(length + world.rank()), static_cast<T>(world.rank()));
  std::vector<T> in(static_cast<std::size_t>(words), T{-1});
  const auto traffic = world.traffic()[Collective::shift];
  PendingShift shift(world, before, std::span<const T>(out), behind, std::span<T>(in));
  shift.wait();
  for (const T value : in) EXPECT_EQ(value, static_cast<T>(behind));
  EXPECT_EQ(world.traffic()[Collective::shift].calls, traffic.calls + 1);
  EXPECT_EQ(world.traffic()[Collective::shift].words, traffic.words + static_cast<double>(words));
}

TEST(RingShift, BringsWhatTheNextHas) {
  const Communicator world = Communicator::world();
  for (const Index length : {0, 1, 7, 100'000}) {
    go_round<double>(world, length);
    go_round<float>(world, length);
  }
}

TEST(RingShift, EndsWithItsLife) {
  const Communicator world = Communicator::world();
  const std::vector<double> out(10, world.rank());
  std::vector<double> in(10);
  const int next = (world.rank() + 1) % world.size();
  {
    const PendingShift shift(world, (world.rank() + world.size() - 1) % world.size(),
                             std::span<const double>(out), next, std::span<double>(in));
  }
  EXPECT_EQ(in[9], next);
}

}  // namespace
}  // namespace partita
