#pragma once

#include "partita/base/index.hpp"
#include "partita/layout/subsample_size.hpp"

#include <cmath>

namespace partita {

/// What the plan is made from.
struct JobFacts {
  Index rows = 0;     ///< n
  Index columns = 0;  ///< m
  Index stored = 0;   ///< stored entries: n * m when dense
  bool sparse = false;
  Index components = 1;     ///< k
  bool has_factors = true;  ///< else X is only read
  Index restarts = 1;
  Index iterations = 0;  ///< of each restart at most, as far as their traces' memory is concerned
  Index processes = 1;
  Index threads = 1;                 ///< of each process
  Index real_bytes = 8;              ///< 8 for double, 4 for single
  double available_bytes = 0;        ///< memory a process may use; 0 when unknown
  Index processes_on_node = 1;       ///< of this job
  double shareable_bytes = 0;        ///< memory that processes of a node can share
  bool restarts_wait = false;        ///< all restarts of a group are kept at once, as in a race
  bool one_restart_a_batch = false;  ///< the solver cannot advance several restarts together
  Index sketch = 0;                  ///< rank of the compressed X that is kept beside X; 0 for none
  SubsampleSize subsample = {};      ///< part of X that is kept for starts
};

/// Indices of the largest of so many parts.
[[nodiscard]] inline double largest_part(Index extent, Index parts) {
  return std::ceil(static_cast<double>(extent) / static_cast<double>(parts));
}

/// Most restarts that one of `groups` has.
[[nodiscard]] constexpr Index restarts_per_group(const JobFacts& facts, Index groups) {
  return facts.restarts / groups + (facts.restarts % groups != 0 ? 1 : 0);
}

}  // namespace partita
