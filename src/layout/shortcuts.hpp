#pragma once

#include "partita/layout/subsample_size.hpp"

#include "layout/job_facts.hpp"

// What restarts run on before they see the whole X, where that saves time.
namespace partita {

/// Rank of a compressed X (sketch, race, polish) that keeps what k components see of X.
[[nodiscard]] Index sketch_rank(const JobFacts& facts);
/// Whether running all restarts on the compressed X first is worth its making: for large dense X.
/// The same on every number of processes, as it changes the answer.
[[nodiscard]] bool sketch_pays(const JobFacts& facts);

/// The part of X on which random starts are improved first: none where X is small, or little longer
/// than the lines. The same on every number of processes, as it changes the answer.
[[nodiscard]] SubsampleSize subsample_size(const JobFacts& facts);

}  // namespace partita
