#pragma once

#include "partita/layout/matrix_layout.hpp"

#include "layout/job_facts.hpp"

// What a pass costs on a grid, in words and seconds: rough, to rank layouts by.
namespace partita {

/// Words received per process in one pass of one restart on a grid (MPI-FAUN; Kannan, Ballard &
/// Park 2018): 2k[(n/pr)(1-1/pc) + (m/pc)(1-1/pr)] + 4k²(1-1/p).
[[nodiscard]] double words_per_pass(const JobFacts& facts, GridShape grid);

/// Of one pass of one restart, on the latency of its messages.
[[nodiscard]] double message_seconds(Index processes);

/// Of one pass of one restart.
[[nodiscard]] double pass_seconds(const JobFacts& facts, GridShape grid);

}  // namespace partita
