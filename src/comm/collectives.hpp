#pragma once

#include "partita/base/index.hpp"
#include "partita/comm/communicator.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace partita {

// Every function here is collective over `comm` and throws Error (internal) when MPI fails. T is
// one of double, float, Index, int; broadcast, gather and exchange also take char, sum_over
// also std::uint64_t (modulo 2^64). Counts are
// 64-bit: what does not fit one MPI call is sent in pieces.

/// Adds up `values` over all processes; the sum replaces them everywhere.
template <class T>
void sum_over(const Communicator& comm, std::span<T> values);
template <class T>
[[nodiscard]] T sum_over(const Communicator& comm, T value) {
  sum_over(comm, std::span<T>(&value, 1));
  return value;
}
/// A sum over all processes that is under way while its owner does other things. Collective like
/// sum_over, both where it begins and where it ends.
class PendingSum {
 public:
  /// @param values  replaced by the sum; neither read nor written before wait() has returned.
  PendingSum(const Communicator& comm, std::span<double> values);
  ~PendingSum();
  PendingSum(const PendingSum&) = delete;
  PendingSum& operator=(const PendingSum&) = delete;
  void wait();

 private:
  const Communicator& comm_;
  std::vector<MPI_Request> requests_;
};

template <class T>
void max_over(const Communicator& comm, std::span<T> values);
template <class T>
[[nodiscard]] T max_over(const Communicator& comm, T value) {
  max_over(comm, std::span<T>(&value, 1));
  return value;
}
template <class T>
void min_over(const Communicator& comm, std::span<T> values);
template <class T>
[[nodiscard]] T min_over(const Communicator& comm, T value) {
  min_over(comm, std::span<T>(&value, 1));
  return value;
}
/// Replaces bits by those that are set on any process.
void any_over(const Communicator& comm, std::span<std::uint64_t> bits);
/// The lowest rank on which `condition` holds; comm.size() if it holds nowhere.
[[nodiscard]] int first_where(const Communicator& comm, bool condition);
/// Sum of `value` over the processes of smaller rank.
[[nodiscard]] Index exclusive_sum(const Communicator& comm, Index value);

/// Copies `values` of `root` to all.
template <class T>
void broadcast(const Communicator& comm, std::span<T> values, int root);
/// Copies `text` of `root` to all, whatever its length.
void broadcast(const Communicator& comm, std::string& text, int root);

/// Concatenates every process's `mine` into `all`, in rank order.
/// @param counts  length of each process's part; the same on every process.
template <class T>
void all_gather(const Communicator& comm, std::span<const T> mine, std::span<T> all,
                std::span<const Index> counts);
/// Adds up `all` over the processes; process r receives its part of the sum in `mine`.
/// @param counts  length of each process's part; the same on every process.
template <class T>
void reduce_scatter(const Communicator& comm, std::span<const T> all, std::span<T> mine,
                    std::span<const Index> counts);

/// Everybody's `mine` on `root`, by rank; empty elsewhere. Lengths may differ.
template <class T>
[[nodiscard]] std::vector<std::vector<T>> gather(const Communicator& comm, std::span<const T> mine,
                                                 int root);
/// Sends outgoing[r] to process r; returns what arrives, in order of the sender's rank. The whole
/// traffic of one process must stay below 2^31 bytes: send in bounded batches.
template <class T>
[[nodiscard]] std::vector<T> exchange(const Communicator& comm,
                                      const std::vector<std::vector<T>>& outgoing);

void wait_for_all(const Communicator& comm);

/// Elements that go into one MPI call at most. Tests lower it to exercise the pieces.
void set_elements_per_call(Index elements);

}  // namespace partita
