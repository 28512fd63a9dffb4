// Memory that the processes of a node share.
#include "comm/shared_window.hpp"

#include <cstdint>
#include <memory>

#include <gtest/gtest.h>

#include "comm/collectives.hpp"

namespace partita {
namespace {

std::span<std::int32_t> numbers_in(const SharedWindow& window) {
  return {reinterpret_cast<std::int32_t*>(window.bytes().data()),
          window.bytes().size() / sizeof(std::int32_t)};
}

TEST(SharedWindow, OneMemoryForAll) {
  const Communicator world = Communicator::world();
  const Communicator node = world.split_by_node();
  // what the others ask for does not count
  SharedWindow window(node, node.is_root() ? 4000 : 4);
  const auto numbers = numbers_in(window);
  ASSERT_EQ(numbers.size(), 1000U);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (static_cast<int>(i) % node.size() == node.rank()) {
      numbers[i] = static_cast<std::int32_t>(7 * i);
    }
  }
  window.publish();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    ASSERT_EQ(numbers[i], static_cast<std::int32_t>(7 * i));
  }
}

TEST(SharedWindow, SeveralAtOnceByDifferentProcesses) {
  const Communicator world = Communicator::world();
  const Communicator node = world.split_by_node();
  const Communicator pair = node.split(node.rank() / 2);
  const auto first = std::make_unique<SharedWindow>(pair, 8);
  const auto second = std::make_unique<SharedWindow>(pair, 8);
  if (pair.is_root()) {
    numbers_in(*first)[0] = node.rank() + 1;
    numbers_in(*second)[0] = node.rank() + 101;
  }
  first->publish();
  second->publish();
  const int holder = node.rank() / 2 * 2;
  EXPECT_EQ(numbers_in(*first)[0], holder + 1);
  EXPECT_EQ(numbers_in(*second)[0], holder + 101);
}

}  // namespace
}  // namespace partita
