#include "job/entry_weights.hpp"

#include "partita/base/error.hpp"
#include "partita/io/formats/matrix_format.hpp"
#include "partita/layout/matrix_layout.hpp"

#include <memory>
#include <string>
#include <utility>

#include "comm/agreement.hpp"
#include "io/read_block.hpp"
#include "io/spread/source_views.hpp"

namespace partita {

namespace {

std::string place(Index row, Index column) {
  return "row " + std::to_string(row + 1) + ", column " + std::to_string(column + 1);
}

}  // namespace

std::unique_ptr<MatrixSource> open_weights(const Communicator& world, const JobChoices& choices,
                                           const MatrixShape& matrix) {
  const bool direct = !choices.weights.empty();
  const std::string& file = direct ? choices.weights : choices.uncertainties;
  auto source = open_matrix(
      world, file, {.transpose = choices.weights_transposed, .zeros = StatedZeros::observed});
  const MatrixShape& shape = source->shape();
  if (shape.rows != matrix.rows || shape.columns != matrix.columns) {
    throw Error(ErrorKind::bad_data,
                file + ": " + (direct ? "the weights are " : "the uncertainties are ") +
                    std::to_string(shape.rows) + " x " + std::to_string(shape.columns) +
                    ", the matrix is " + std::to_string(matrix.rows) + " x " +
                    std::to_string(matrix.columns));
  }
  if (direct) return source;
  return with_values(std::move(source), [file](Index row, Index column, double u) {
    if (u > 0) return 1 / (u * u);
    throw Error(ErrorKind::bad_data, file + ": " + place(row, column) +
                                         ": an uncertainty of 0; it must be above 0 (leave the "
                                         "entry out of the matrix if it is not to count)");
  });
}

template <class Real>
void weigh_entries(const Communicator& world, const PreparedJob& job,
                   std::optional<DistributedMatrix<Real>>& X) {
  if (counts_all_alike(job.factorize)) return;
  EntryWeights<Real> weights{.unstored = job.factorize.unstored,
                             .confidence = job.choices.confidence};
  if (!job.choices.weights.empty() || !job.choices.uncertainties.empty()) {
    const auto source = open_weights(world, job.choices, job.shape);
    const MatrixLayout layout(job.shape.rows, job.shape.columns, job.plan.grid);
    JobPlan plan = job.plan;
    plan.shares_X = false;  // they are read once, row by row, and then lie beside their entries
    weights.of_stored = read_block<Real>(world, *source, plan, layout);
  }
  // Every group by itself.
  if (X) X->weigh(std::move(weights));
}

template void weigh_entries(const Communicator&, const PreparedJob&,
                            std::optional<DistributedMatrix<double>>&);
template void weigh_entries(const Communicator&, const PreparedJob&,
                            std::optional<DistributedMatrix<float>>&);

}  // namespace partita
