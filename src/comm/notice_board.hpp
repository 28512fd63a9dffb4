#pragma once

#include "partita/comm/communicator.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace partita {

/// A number that each process may tell all others once, heard without anybody waiting.
class NoticeBoard {
 public:
  /// @param comm  one of its own: a message of an earlier board would be taken for one of this.
  explicit NoticeBoard(Communicator comm) : comm_(std::move(comm)) {}
  NoticeBoard(const NoticeBoard&) = delete;
  NoticeBoard& operator=(const NoticeBoard&) = delete;
  ~NoticeBoard();

  /// Tells all others; the second time nothing happens. Local.
  void post(int number);
  /// What some other process has told; of several the first to arrive. Local.
  [[nodiscard]] std::optional<int> heard();
  /// Takes in all that was told, so that no message is left over. Collective over `comm`, last of
  /// all calls.
  void settle();

 private:
  void receive_one();

  Communicator comm_;
  std::vector<MPI_Request> sends_;
  std::optional<int> posted_;  ///< must stay while it is being sent
  std::optional<int> heard_;
  int received_ = 0;
};

}  // namespace partita
