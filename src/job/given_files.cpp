#include "job/given_files.hpp"

#include "job/warm_start.hpp"

namespace partita {

std::optional<GivenStart> read_given(const Communicator& world, const PreparedJob& job,
                                     const LinesOfMatrix& matrix, Range rows, Range columns,
                                     const FactorFileTold& told) {
  const FactorizeOptions& options = job.factorize;
  std::optional<GivenStart> given;
  if (options.init == StartKind::given) {
    given = job.choices.adapts_start
                ? read_warm_start(world, job.choices, matrix, options, rows, columns, told)
                : read_start(world, job.choices, job.shape, options.components, rows, columns,
                             told.opened);
  }
  if (options.fixed.any()) {
    if (!given) given.emplace();
    read_fixed(world, job.choices, matrix, !is_unconstrained(options), rows, columns, told, *given);
  }
  return given;
}

}  // namespace partita
