#pragma once

#include "partita/layout/matrix_layout.hpp"

#include "layout/job_facts.hpp"

// What a process needs of memory, in bytes.
namespace partita {

/// Whether groups have blocks in common on a node, and a node has room for what it shares.
[[nodiscard]] bool can_share(const JobFacts& facts, Index groups, GridShape grid);

/// What all processes of a group know of its restarts, once more to be sent; and what process 0
/// receives of all.
[[nodiscard]] double bytes_of_results(const JobFacts& facts, Index groups);

/// Block of X and what goes with its lines; the factors that the solver keeps (two of A, three of
/// S, and XᵀA); where a block's factors have several owners, those gathered and the block's
/// product; XᵀA of every further thread; two pairs of factors of every restart that waits; and the
/// results of all.
[[nodiscard]] double bytes_per_process(const JobFacts& facts, Index groups, GridShape grid,
                                       Index batch, bool shares_X);

}  // namespace partita
