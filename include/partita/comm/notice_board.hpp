#pragma once

#include "partita/comm/communicator.hpp"

#include <utility>
#include <vector>

namespace partita {

/// A word that each process may say once to all others, heard without anybody waiting.
class NoticeBoard {
 public:
  /// @param comm  one of its own: a message of an earlier board would be taken for one of this.
  explicit NoticeBoard(Communicator comm) : comm_(std::move(comm)) {}
  NoticeBoard(const NoticeBoard&) = delete;
  NoticeBoard& operator=(const NoticeBoard&) = delete;
  ~NoticeBoard();

  /// Says it to all others; the second time nothing happens. Local.
  void post();
  /// Whether some other process has said it. Local; takes in what has arrived.
  [[nodiscard]] bool heard();
  /// Takes in all that was said, so that no message is left over. Collective over `comm`, last of
  /// all calls.
  void settle();

 private:
  void receive_one();

  Communicator comm_;
  std::vector<MPI_Request> sends_;
  bool posted_ = false;
  int received_ = 0;
};

}  // namespace partita
