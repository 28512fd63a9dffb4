#include "partita/comm/notice_board.hpp"

#include "partita/comm/collectives.hpp"

namespace partita {

namespace {

constexpr int kTag = 0;

}  // namespace

NoticeBoard::~NoticeBoard() {
  // Only on the way out of a failure: nobody waits for them any more.
  for (MPI_Request& send : sends_) MPI_Request_free(&send);
}

void NoticeBoard::post() {
  if (posted_) return;
  posted_ = true;
  for (int other = 0; other < comm_.size(); ++other) {
    if (other == comm_.rank()) continue;
    MPI_Request send = MPI_REQUEST_NULL;
    check_mpi(MPI_Isend(nullptr, 0, MPI_CHAR, other, kTag, comm_.handle(), &send), "MPI_Isend");
    sends_.push_back(send);
  }
}

bool NoticeBoard::heard() {
  int arrived = 1;
  while (arrived != 0) {
    check_mpi(MPI_Iprobe(MPI_ANY_SOURCE, kTag, comm_.handle(), &arrived, MPI_STATUS_IGNORE),
              "MPI_Iprobe");
    if (arrived != 0) receive_one();
  }
  return received_ > 0;
}

void NoticeBoard::settle() {
  const int said = sum_over(comm_, posted_ ? 1 : 0) - (posted_ ? 1 : 0);
  while (received_ < said) receive_one();
  check_mpi(MPI_Waitall(static_cast<int>(sends_.size()), sends_.data(), MPI_STATUSES_IGNORE),
            "MPI_Waitall");
  sends_.clear();
}

void NoticeBoard::receive_one() {
  check_mpi(MPI_Recv(nullptr, 0, MPI_CHAR, MPI_ANY_SOURCE, kTag, comm_.handle(), MPI_STATUS_IGNORE),
            "MPI_Recv");
  ++received_;
}

}  // namespace partita
