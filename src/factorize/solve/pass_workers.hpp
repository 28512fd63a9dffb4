#pragma once

#include "partita/base/work_log.hpp"
#include "partita/data/tall_matrix.hpp"

#include <cstddef>
#include <vector>

#include "base/threads.hpp"
#include "factorize/objective/pass_terms.hpp"

namespace partita {

/// What the rows of A that one thread updates add to the terms of a restart.
struct RowTerms {
  explicit RowTerms(Index k) : gram_A(k), gram_Ay(k) {}

  double model_dot_X = 0;
  double penalty = 0;
  GramMatrix gram_A;
  GramMatrix gram_Ay;
};

/// What one thread works with in a pass.
template <class Real>
struct PassWorker {
  /// A row for each of the panel at hand: of X Syᵀ, or XᵀAy; then of Ay.
  TallMatrix<Real> panel;
  std::vector<RowTerms> terms;  ///< by position in the stack
  WorkLog work;
};

/// The workers of all threads of this process.
template <class Real>
class PassWorkers {
 public:
  /// Empty terms, and space for panels of so many rows. The panels of S and of A, in turn, find
  /// room in the same memory.
  void prepare(Index panel_rows, Index k, std::size_t restarts) {
    const Index width = k * static_cast<Index>(restarts);
    workers_.resize(static_cast<std::size_t>(thread_count()));
    for (PassWorker<Real>& worker : workers_) {
      if (worker.panel.rows() < panel_rows || worker.panel.width() != width) {
        worker.panel.reshape(panel_rows, width);
      }
      worker.terms.assign(restarts, RowTerms(k));
      worker.work = {};
    }
  }

  [[nodiscard]] PassWorker<Real>& operator[](Index thread) {
    return workers_[static_cast<std::size_t>(thread)];
  }

  /// All terms of a restart but its gram_Sy, summed over the threads in their order.
  void put_terms_of_A(std::size_t position, PassTerms& terms) const {
    terms.model_dot_X = terms.penalty = 0;
    terms.gram_A = GramMatrix(terms.gram_A.size());
    for (const PassWorker<Real>& worker : workers_) {
      const RowTerms& part = worker.terms[position];
      terms.model_dot_X += part.model_dot_X;
      terms.penalty += part.penalty;
      terms.gram_A += part.gram_A;
    }
    put_gram_of_Ay(position, terms);
  }
  void put_gram_of_Ay(std::size_t position, PassTerms& terms) const {
    terms.gram_Ay = GramMatrix(terms.gram_Ay.size());
    for (const PassWorker<Real>& worker : workers_) {
      terms.gram_Ay += worker.terms[position].gram_Ay;
    }
  }
  /// Time counts as what a thread spent in the mean.
  void put_work(WorkLog& log) const {
    for (const PassWorker<Real>& worker : workers_) {
      for (const Work kind : kWorks) {
        const WorkLog::Entry& entry = worker.work[kind];
        log.add(kind, entry.seconds / static_cast<double>(workers_.size()), entry.flops);
      }
    }
  }

  void clear() { workers_.clear(); }

 private:
  std::vector<PassWorker<Real>> workers_;  ///< by thread
};

}  // namespace partita
