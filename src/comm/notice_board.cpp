#include "comm/notice_board.hpp"

#include "comm/collectives.hpp"

namespace partita {

namespace {

constexpr int kTag = 0;

}  // namespace

NoticeBoard::~NoticeBoard() {
  // Only on the way out of a failure: nobody waits for them any more.
  for (MPI_Request& send : sends_) MPI_Request_free(&send);
}

void NoticeBoard::post(int number) {
  if (posted_) return;
  posted_ = number;
  for (int other = 0; other < comm_.size(); ++other) {
    if (other == comm_.rank()) continue;
    MPI_Request send = MPI_REQUEST_NULL;
    check_mpi(MPI_Isend(&*posted_, 1, MPI_INT, other, kTag, comm_.handle(), &send), "MPI_Isend");
    sends_.push_back(send);
  }
}

std::optional<int> NoticeBoard::heard() {
  int arrived = 1;
  while (arrived != 0) {
    check_mpi(MPI_Iprobe(MPI_ANY_SOURCE, kTag, comm_.handle(), &arrived, MPI_STATUS_IGNORE),
              "MPI_Iprobe");
    if (arrived != 0) receive_one();
  }
  return heard_;
}

void NoticeBoard::settle() {
  const int said = sum_over(comm_, posted_ ? 1 : 0) - (posted_ ? 1 : 0);
  while (received_ < said) receive_one();
  check_mpi(MPI_Waitall(static_cast<int>(sends_.size()), sends_.data(), MPI_STATUSES_IGNORE),
            "MPI_Waitall");
  sends_.clear();
}

void NoticeBoard::receive_one() {
  int number = 0;
  check_mpi(MPI_Recv(&number, 1, MPI_INT, MPI_ANY_SOURCE, kTag, comm_.handle(), MPI_STATUS_IGNORE),
            "MPI_Recv");
  if (!heard_) heard_ = number;
  ++received_;
}

}  // namespace partita
