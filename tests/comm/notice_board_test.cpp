#include "comm/notice_board.hpp"

#include <gtest/gtest.h>

#include "comm/collectives.hpp"

namespace partita::testing {
namespace {

TEST(NoticeBoard, IsQuietWhereNobodySpeaks) {
  const Communicator world = Communicator::world();
  NoticeBoard board(world.split(0));
  wait_for_all(world);
  EXPECT_FALSE(board.heard().has_value());
  board.settle();
}

TEST(NoticeBoard, OneSpeaksAndAllOthersHear) {
  const Communicator world = Communicator::world();
  const int speaker = world.size() - 1;
  NoticeBoard board(world.split(0));
  if (world.rank() == speaker) {
    board.post(7);
    EXPECT_FALSE(board.heard().has_value());
  } else {
    while (!board.heard().has_value()) {
    }
    EXPECT_EQ(board.heard(), 7) << "it stays heard";
  }
  board.settle();
}

TEST(NoticeBoard, AllMaySpeakTwiceAndNobodyNeedListen) {
  const Communicator world = Communicator::world();
  for (int round = 0; round < 3; ++round) {
    NoticeBoard board(world.split(0));
    board.post(7);
    board.post(7);
    if (world.rank() % 2 == 0) static_cast<void>(board.heard());
    board.settle();
  }
}

}  // namespace
}  // namespace partita::testing
