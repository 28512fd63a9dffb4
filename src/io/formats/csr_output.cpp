#include "io/formats/csr_output.hpp"

#include "comm/agreement.hpp"

namespace partita {

CsrShare count_csr(const Communicator& comm, Range my_rows, const MatrixRows& matrix) {
  Index entries = 0;
  together(comm, [&] {
    for_each_sparse_run(matrix, my_rows, [&](std::span<const MatrixEntry> run) {
      entries += static_cast<Index>(run.size());
    });
  });
  const PlaceInOrder place = place_in_order(comm, my_rows, entries);
  return {my_rows, place.before, place.total};
}

}  // namespace partita
