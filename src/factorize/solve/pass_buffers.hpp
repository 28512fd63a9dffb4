#pragma once

#include "partita/data/tall_matrix.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "factorize/matrix/distributed_matrix.hpp"

namespace partita {

/// Scratch matrices of the passes over X. One is lent for as long as its lease lives, or taken and
/// given back where it changes its part on the way; what is free serves the next who needs its
/// shape. Local.
template <class Real>
class PassBuffers {
 public:
  /// A matrix on loan; it goes back with the lease.
  class Lease {
   public:
    Lease(PassBuffers& owner, Index rows, Index width)
        : owner_(owner), matrix_(owner.take(rows, width)) {}
    ~Lease() { owner_.give_back(std::move(matrix_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    [[nodiscard]] TallMatrix<Real>& operator*() { return matrix_; }

   private:
    PassBuffers& owner_;
    TallMatrix<Real> matrix_;
  };

  /// @param X  whose products the scratch is for; borrowed.
  explicit PassBuffers(const DistributedMatrix<Real>& X) : X_(X) { free_.reserve(kMostFree); }

  /// Space for the rows of S (A) that belong to my block, or for a product as long.
  [[nodiscard]] Lease for_block_S(Index width) { return {*this, X_.block().columns(), width}; }
  [[nodiscard]] Lease for_block_A(Index width) { return {*this, X_.block().rows(), width}; }
  /// Space for my rows of X Sᵀ.
  [[nodiscard]] Lease for_my_A(Index width) { return {*this, X_.factor_rows().size(), width}; }

  /// The same without a lease, also for my rows of XᵀA.
  [[nodiscard]] TallMatrix<Real> take_block_S(Index width) {
    return take(X_.block().columns(), width);
  }
  [[nodiscard]] TallMatrix<Real> take_my_S(Index width) {
    return take(X_.factor_columns().size(), width);
  }
  void give_back(TallMatrix<Real>&& matrix) {
    TallMatrix<Real> mine = std::exchange(matrix, {});
    if (mine.size() > 0 && free_.size() < kMostFree) free_.push_back(std::move(mine));
  }

  /// Gives back the memory of all that is free.
  void clear() { free_.clear(); }

 private:
  /// More than a pass ever needs at once: a lease that ends must not allocate.
  static constexpr std::size_t kMostFree = 16;

  /// A free matrix of that shape, with whatever is in it, else an empty one: whoever fills it
  /// reshapes it, and many a factor is not gathered at all.
  [[nodiscard]] TallMatrix<Real> take(Index rows, Index width) {
    const auto found = std::ranges::find_if(free_, [&](const TallMatrix<Real>& matrix) {
      return matrix.rows() == rows && matrix.width() == width;
    });
    if (found == free_.end()) return {};
    TallMatrix<Real> taken = std::move(*found);
    free_.erase(found);
    return taken;
  }

  const DistributedMatrix<Real>& X_;
  std::vector<TallMatrix<Real>> free_;
};

}  // namespace partita
