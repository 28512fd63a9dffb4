// Dealing of work to threads: every item once, the same way each time, failures passed on.
#include "base/threads.hpp"

#include "partita/base/error.hpp"

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace partita {
namespace {

std::vector<Index> thread_of_items(Index count) {
  std::vector<Index> threads(static_cast<std::size_t>(count), -1);
  deal_to_threads(count, [&](Index thread, Index item) {
    Index& mine = threads[static_cast<std::size_t>(item)];
    EXPECT_EQ(mine, -1) << "item " << item << " was worked on twice";
    mine = thread;
  });
  return threads;
}

TEST(Threads, OneOutsideOfAScope) {
  EXPECT_EQ(thread_count(), 1);
  EXPECT_EQ(thread_of_items(4), std::vector<Index>(4, 0));
}

TEST(Threads, ScopesNestAndEnd) {
  if (!has_threads()) GTEST_SKIP();
  {
    const ThreadScope outer(3);
    EXPECT_EQ(thread_count(), 3);
    {
      const ThreadScope inner(2);
      EXPECT_EQ(thread_count(), 2);
    }
    EXPECT_EQ(thread_count(), 3);
  }
  EXPECT_EQ(thread_count(), 1);
}

TEST(Threads, EveryItemOnceInTurn) {
  if (!has_threads()) GTEST_SKIP();
  const ThreadScope scope(3);
  EXPECT_EQ(thread_of_items(7), (std::vector<Index>{0, 1, 2, 0, 1, 2, 0}));
  EXPECT_EQ(thread_of_items(2), (std::vector<Index>{0, 1})) << "fewer items than threads";
  EXPECT_TRUE(thread_of_items(0).empty());
}

TEST(Threads, FailureOfTheLowestThreadIsPassedOn) {
  if (!has_threads()) GTEST_SKIP();
  const ThreadScope scope(4);
  std::atomic<int> worked = 0;
  try {
    deal_to_threads(8, [&](Index thread, Index item) {
      ++worked;
      if (item == 2 || item == 3) throw std::runtime_error("thread " + std::to_string(thread));
    });
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "thread 2");
  }
  EXPECT_EQ(worked, 6) << "the others finish, the failed ones stop";
}

TEST(Threads, CountsThatCannotBe) {
  EXPECT_THROW(ThreadScope(0), Error);
  EXPECT_EQ(thread_count(), 1);
}

}  // namespace
}  // namespace partita
