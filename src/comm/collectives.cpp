#include "comm/collectives.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>
#include <exception>
#include <functional>
#include <numeric>

#include "base/stopwatch.hpp"

namespace partita {

namespace {

Index elements_per_call = Index{1} << 30;

template <class T>
MPI_Datatype mpi_type();
template <>
MPI_Datatype mpi_type<double>() {
  return MPI_DOUBLE;
}
template <>
MPI_Datatype mpi_type<float>() {
  return MPI_FLOAT;
}
template <>
MPI_Datatype mpi_type<Index>() {
  return MPI_INT64_T;
}
template <>
MPI_Datatype mpi_type<std::uint64_t>() {
  return MPI_UINT64_T;
}
template <>
MPI_Datatype mpi_type<int>() {
  return MPI_INT;
}
template <>
MPI_Datatype mpi_type<char>() {
  return MPI_CHAR;
}

/// Books one collective when it goes out of scope.
class Booking {
 public:
  Booking(const Communicator& comm, Collective collective, double words)
      : comm_(comm), collective_(collective), words_(words) {}
  ~Booking() { comm_.traffic().add(collective_, words_, clock_.seconds()); }
  Booking(const Booking&) = delete;
  Booking& operator=(const Booking&) = delete;

 private:
  const Communicator& comm_;
  Collective collective_;
  double words_;
  Stopwatch clock_;
};

/// Calls piece(begin, count) for consecutive pieces of 0 .. total that fit one MPI call.
template <class Piece>
void in_pieces(Index total, Piece piece) {
  for (Index begin = 0; begin < total; begin += elements_per_call) {
    piece(begin, static_cast<int>(std::min(elements_per_call, total - begin)));
  }
}

std::vector<int> to_int(std::span<const Index> counts) {
  std::vector<int> narrow(counts.size());
  std::ranges::transform(counts, narrow.begin(), [](Index c) { return static_cast<int>(c); });
  return narrow;
}

std::vector<int> offsets_of(const std::vector<int>& counts) {
  std::vector<int> offsets(counts.size());
  std::exclusive_scan(counts.begin(), counts.end(), offsets.begin(), 0);
  return offsets;
}

/// Words that a process receives in a reduction of so many to all.
double all_reduce_words(const Communicator& comm, Index total) {
  return 2.0 * (comm.size() - 1) / comm.size() * static_cast<double>(total);
}

template <class T>
void all_reduce(const Communicator& comm, std::span<T> values, MPI_Op operation) {
  const auto total = static_cast<Index>(values.size());
  const Booking booking(comm, Collective::all_reduce, all_reduce_words(comm, total));
  if (comm.size() == 1) return;
  in_pieces(total, [&](Index begin, int count) {
    check_mpi(MPI_Allreduce(MPI_IN_PLACE, values.data() + begin, count, mpi_type<T>(), operation,
                            comm.handle()),
              "MPI_Allreduce");
  });
}

/// Parts of this size and more are summed pair by pair, piece by piece: MPI's own reductions copy
/// the whole into buffers first.
constexpr Index kPairwiseBytes = Index{64} << 10;
/// A piece stays in cache between its arrival and its sum.
constexpr Index kPieceBytes = Index{256} << 10;

/// My part of the sum over the processes: one after the other sends me its share, while I send mine
/// of its part to another. The order of the sum depends on the ranks alone.
template <class T>
void sum_pairwise(const Communicator& comm, std::span<const T> all, std::span<T> mine,
                  std::span<const Index> counts) {
  constexpr int kTag = 2;
  constexpr Index kAtOnce = 2;  // one piece is summed while the next is on its way
  const Index piece = std::min({elements_per_call, kPieceBytes / static_cast<Index>(sizeof(T)),
                                *std::ranges::max_element(counts)});
  const auto length = [&](Index whole, Index i) {
    return static_cast<int>(std::clamp<Index>(whole - i * piece, 0, piece));
  };
  std::vector<Index> offsets(counts.size());
  std::exclusive_scan(counts.begin(), counts.end(), offsets.begin(), Index{0});
  const int p = comm.size();
  const int me = comm.rank();
  const auto my_count = static_cast<Index>(mine.size());
  const T* const own = all.data() + offsets[static_cast<std::size_t>(me)];
  if (p == 1) std::copy_n(own, my_count, mine.data());

  std::vector<T> arrived(static_cast<std::size_t>(kAtOnce * piece));
  const auto space_of = [&](Index i) { return arrived.data() + i % kAtOnce * piece; };
  std::array<std::array<MPI_Request, 2>, kAtOnce> requests{};
  for (int step = 1; step < p; ++step) {
    const int from = (me - step + p) % p;
    const int to = (me + step) % p;
    const Index their_count = counts[static_cast<std::size_t>(to)];
    const T* const theirs = all.data() + offsets[static_cast<std::size_t>(to)];
    const auto begin = [&](Index i) {
      auto& [receive, send] = requests[static_cast<std::size_t>(i % kAtOnce)];
      receive = send = MPI_REQUEST_NULL;
      if (const int count = length(my_count, i); count > 0) {
        check_mpi(MPI_Irecv(space_of(i), count, mpi_type<T>(), from, kTag, comm.handle(), &receive),
                  "MPI_Irecv");
      }
      if (const int count = length(their_count, i); count > 0) {
        check_mpi(
            MPI_Isend(theirs + i * piece, count, mpi_type<T>(), to, kTag, comm.handle(), &send),
            "MPI_Isend");
      }
    };
    const Index longer = std::max(my_count, their_count);
    const Index pieces = longer == 0 ? 0 : (longer + piece - 1) / piece;
    if (pieces > 0) begin(0);
    for (Index i = 0; i < pieces; ++i) {
      if (i + 1 < pieces) begin(i + 1);
      auto& pair = requests[static_cast<std::size_t>(i % kAtOnce)];
      check_mpi(MPI_Waitall(2, pair.data(), MPI_STATUSES_IGNORE), "MPI_Waitall");
      // The first share meets mine where it was, which saves a copy of it.
      const T* const so_far = (step == 1 ? own : mine.data()) + i * piece;
      std::transform(so_far, so_far + length(my_count, i), space_of(i), mine.data() + i * piece,
                     std::plus<>());
    }
  }
}

}  // namespace

void set_elements_per_call(Index elements) {
  elements_per_call = elements;
}

template <class T>
void sum_over(const Communicator& comm, std::span<T> values) {
  all_reduce(comm, values, MPI_SUM);
}

PendingSum::PendingSum(const Communicator& comm, std::span<double> values) : comm_(comm) {
  const auto total = static_cast<Index>(values.size());
  const Booking booking(comm, Collective::all_reduce, all_reduce_words(comm, total));
  if (comm.size() == 1) return;
  in_pieces(total, [&](Index begin, int count) {
    check_mpi(MPI_Iallreduce(MPI_IN_PLACE, values.data() + begin, count, MPI_DOUBLE, MPI_SUM,
                             comm.handle(), &requests_.emplace_back(MPI_REQUEST_NULL)),
              "MPI_Iallreduce");
  });
}

PendingSum::~PendingSum() {
  // While an exception unwinds, the other processes may never come.
  if (!requests_.empty() && std::uncaught_exceptions() == 0) {
    MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE);
  }
}

void PendingSum::wait() {
  if (requests_.empty()) return;
  const Stopwatch clock;
  check_mpi(MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE),
            "MPI_Waitall");
  requests_.clear();
  comm_.traffic().add_seconds(Collective::all_reduce, clock.seconds());
}

template <class T>
void max_over(const Communicator& comm, std::span<T> values) {
  all_reduce(comm, values, MPI_MAX);
}

template <class T>
void min_over(const Communicator& comm, std::span<T> values) {
  all_reduce(comm, values, MPI_MIN);
}

void any_over(const Communicator& comm, std::span<std::uint64_t> bits) {
  all_reduce(comm, bits, MPI_BOR);
}

int first_where(const Communicator& comm, bool condition) {
  return min_over(comm, condition ? comm.rank() : comm.size());
}

Index exclusive_sum(const Communicator& comm, Index value) {
  const Booking booking(comm, Collective::gather, 1);
  Index sum = 0;
  check_mpi(MPI_Exscan(&value, &sum, 1, MPI_INT64_T, MPI_SUM, comm.handle()), "MPI_Exscan");
  return comm.is_root() ? 0 : sum;
}

template <class T>
void broadcast(const Communicator& comm, std::span<T> values, int root) {
  const auto total = static_cast<Index>(values.size());
  const Booking booking(comm, Collective::broadcast,
                        comm.rank() == root ? 0.0 : static_cast<double>(total));
  in_pieces(total, [&](Index begin, int count) {
    check_mpi(MPI_Bcast(values.data() + begin, count, mpi_type<T>(), root, comm.handle()),
              "MPI_Bcast");
  });
}

void broadcast(const Communicator& comm, std::string& text, int root) {
  auto length = static_cast<Index>(text.size());
  broadcast(comm, std::span<Index>(&length, 1), root);
  text.resize(static_cast<std::size_t>(length));
  broadcast(comm, std::span<char>(text.data(), text.size()), root);
}

template <class T>
void all_gather(const Communicator& comm, std::span<const T> mine, std::span<T> all,
                std::span<const Index> counts) {
  const Booking booking(comm, Collective::all_gather,
                        static_cast<double>(all.size()) - static_cast<double>(mine.size()));
  if (static_cast<Index>(all.size()) <= elements_per_call) {
    const std::vector<int> narrow = to_int(counts);
    const std::vector<int> offsets = offsets_of(narrow);
    check_mpi(MPI_Allgatherv(mine.data(), static_cast<int>(mine.size()), mpi_type<T>(), all.data(),
                             narrow.data(), offsets.data(), mpi_type<T>(), comm.handle()),
              "MPI_Allgatherv");
    return;
  }
  Index offset = 0;
  for (int root = 0; root < comm.size(); ++root) {
    const Index length = counts[static_cast<std::size_t>(root)];
    if (root == comm.rank()) std::ranges::copy(mine, all.begin() + offset);
    in_pieces(length, [&](Index begin, int count) {
      check_mpi(MPI_Bcast(all.data() + offset + begin, count, mpi_type<T>(), root, comm.handle()),
                "MPI_Bcast");
    });
    offset += length;
  }
}

template <class T>
void reduce_scatter(const Communicator& comm, std::span<const T> all, std::span<T> mine,
                    std::span<const Index> counts) {
  const Booking booking(comm, Collective::reduce_scatter,
                        static_cast<double>(all.size()) - static_cast<double>(mine.size()));
  const auto total = static_cast<Index>(all.size());
  if (total >= kPairwiseBytes / static_cast<Index>(sizeof(T)) * comm.size() ||
      total > elements_per_call) {
    sum_pairwise(comm, all, mine, counts);
    return;
  }
  const std::vector<int> narrow = to_int(counts);
  check_mpi(MPI_Reduce_scatter(all.data(), mine.data(), narrow.data(), mpi_type<T>(), MPI_SUM,
                               comm.handle()),
            "MPI_Reduce_scatter");
}

template <class T>
std::vector<std::vector<T>> gather(const Communicator& comm, std::span<const T> mine, int root) {
  const auto processes = static_cast<std::size_t>(comm.size());
  auto length = static_cast<Index>(mine.size());
  std::vector<Index> lengths(processes);
  check_mpi(
      MPI_Gather(&length, 1, MPI_INT64_T, lengths.data(), 1, MPI_INT64_T, root, comm.handle()),
      "MPI_Gather");
  // Point to point in pieces: lengths may differ and exceed what one collective call can count.
  constexpr int kTag = 1;
  if (comm.rank() != root) {
    const Booking booking(comm, Collective::gather, 0);
    in_pieces(length, [&](Index begin, int count) {
      check_mpi(MPI_Send(mine.data() + begin, count, mpi_type<T>(), root, kTag, comm.handle()),
                "MPI_Send");
    });
    return {};
  }
  const double total = std::accumulate(lengths.begin(), lengths.end(), 0.0);
  const Booking booking(comm, Collective::gather, total - static_cast<double>(length));
  std::vector<std::vector<T>> parts(processes);
  for (int source = 0; source < comm.size(); ++source) {
    auto& part = parts[static_cast<std::size_t>(source)];
    if (source == root) {
      part.assign(mine.begin(), mine.end());
      continue;
    }
    part.resize(static_cast<std::size_t>(lengths[static_cast<std::size_t>(source)]));
    in_pieces(static_cast<Index>(part.size()), [&](Index begin, int count) {
      check_mpi(MPI_Recv(part.data() + begin, count, mpi_type<T>(), source, kTag, comm.handle(),
                         MPI_STATUS_IGNORE),
                "MPI_Recv");
    });
  }
  return parts;
}

template <class T>
std::vector<T> exchange(const Communicator& comm, const std::vector<std::vector<T>>& outgoing) {
  const auto processes = static_cast<std::size_t>(comm.size());
  std::vector<int> send_counts(processes);
  std::vector<T> send;
  for (std::size_t r = 0; r < processes; ++r) {
    send_counts[r] = static_cast<int>(outgoing[r].size());
    send.insert(send.end(), outgoing[r].begin(), outgoing[r].end());
  }
  std::vector<int> receive_counts(processes);
  check_mpi(MPI_Alltoall(send_counts.data(), 1, MPI_INT, receive_counts.data(), 1, MPI_INT,
                         comm.handle()),
            "MPI_Alltoall");
  const Index incoming = std::accumulate(receive_counts.begin(), receive_counts.end(), Index{0});
  if (incoming > INT_MAX || static_cast<Index>(send.size()) > INT_MAX) {
    throw Error(ErrorKind::internal, "an exchange exceeded 2^31 elements on one process");
  }
  const Booking booking(comm, Collective::exchange, static_cast<double>(incoming));
  const std::vector<int> send_offsets = offsets_of(send_counts);
  const std::vector<int> receive_offsets = offsets_of(receive_counts);
  std::vector<T> received(static_cast<std::size_t>(incoming));
  check_mpi(MPI_Alltoallv(send.data(), send_counts.data(), send_offsets.data(), mpi_type<T>(),
                          received.data(), receive_counts.data(), receive_offsets.data(),
                          mpi_type<T>(), comm.handle()),
            "MPI_Alltoallv");
  return received;
}

void wait_for_all(const Communicator& comm) {
  check_mpi(MPI_Barrier(comm.handle()), "MPI_Barrier");
}

// NOLINTBEGIN(bugprone-macro-parentheses): T is a type
#define PARTITA_INSTANTIATE(T)                                                               \
  template void sum_over(const Communicator&, std::span<T>);                                 \
  template void max_over(const Communicator&, std::span<T>);                                 \
  template void min_over(const Communicator&, std::span<T>);                                 \
  template void broadcast(const Communicator&, std::span<T>, int);                           \
  template void all_gather(const Communicator&, std::span<const T>, std::span<T>,            \
                           std::span<const Index>);                                          \
  template void reduce_scatter(const Communicator&, std::span<const T>, std::span<T>,        \
                               std::span<const Index>);                                      \
  template std::vector<std::vector<T>> gather(const Communicator&, std::span<const T>, int); \
  template std::vector<T> exchange(const Communicator&, const std::vector<std::vector<T>>&);
// NOLINTEND(bugprone-macro-parentheses)

PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
PARTITA_INSTANTIATE(Index)
PARTITA_INSTANTIATE(int)
#undef PARTITA_INSTANTIATE

template void sum_over(const Communicator&, std::span<std::uint64_t>);
template void broadcast(const Communicator&, std::span<char>, int);
template std::vector<std::vector<char>> gather(const Communicator&, std::span<const char>, int);
template std::vector<char> exchange(const Communicator&, const std::vector<std::vector<char>>&);

}  // namespace partita
