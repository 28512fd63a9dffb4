#pragma once

#include "partita/data/tall_matrix.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "comm/collectives.hpp"

namespace partita {

/// What is known of one restart after a pass, summed over the group.
struct PassTerms {
  explicit PassTerms(Index k) : gram_A(k), gram_Ay(k), gram_Sy(k) {}

  GramMatrix gram_A;       ///< AᵀA of the new A
  GramMatrix gram_Ay;      ///< AyᵀAy
  GramMatrix gram_Sy;      ///< Sy Syᵀ of the new Sy
  double model_dot_X = 0;  ///< <X Syᵀ, A>
  double penalty = 0;      ///< of (A, Sy)
};

/// The terms of all restarts of a stack. Each process puts in what it has of them; a sum over the
/// group makes them whole, and is on its way while the stack does other things: one at a time.
class StackedTerms {
 public:
  /// @param group  of the stack; borrowed.
  StackedTerms(const Communicator& group, std::size_t restarts, Index k)
      : group_(group), terms_(restarts, PassTerms(k)) {}

  [[nodiscard]] std::size_t size() const { return terms_.size(); }
  [[nodiscard]] const PassTerms& operator[](std::size_t position) const { return terms_[position]; }
  [[nodiscard]] PassTerms& operator[](std::size_t position) { return terms_[position]; }

  /// One Gram matrix of every restart. Collective over the group, as are all that follow.
  void begin_gram(GramMatrix PassTerms::*gram);
  void finish_gram(GramMatrix PassTerms::*gram);
  /// All terms but gram_Sy, gram_Ay only if asked for, and some numbers that travel with them.
  void begin_all_of_A(bool with_Ay, std::span<const double> riders);
  /// @return the sums of the riders.
  [[nodiscard]] std::vector<double> finish_all_of_A(bool with_Ay);

  /// Only these positions stay; local.
  void keep(const std::vector<bool>& kept);

 private:
  using Numbers = std::vector<double>;

  void put(const GramMatrix& gram);
  static Numbers::const_iterator take(Numbers::const_iterator next, GramMatrix& gram);
  void begin();
  void finish();

  const Communicator& group_;
  std::vector<PassTerms> terms_;
  Numbers summed_;  ///< what sum_ adds up; before it, as it is destroyed after
  std::optional<PendingSum> sum_;
};

}  // namespace partita
