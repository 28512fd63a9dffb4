#pragma once

#include "partita/io/formats/matrix_format.hpp"
#include "partita/io/spread/matrix_source.hpp"

#include <string>

#include "run_folder.hpp"
#include "run_record.hpp"
#include "select/measure/consensus_fit.hpp"

namespace partita::app {

/// `component,size,silhouette,density`, a line a cluster, the largest first.
[[nodiscard]] std::string clusters_csv(const ConsensusFit& consensus);

[[nodiscard]] ConsensusRecord consensus_record(const ConsensusFit& consensus);

/// The folder of a consensus, among the results of the run: usage, medians, spectra and their
/// scores as A and S are written, and the clusters. Collective over `world`.
/// @param owners  the ranges of the fit's factors @throws Error (cannot_create, input_output).
void write_consensus(const Communicator& world, RunFolder& folder, const ConsensusFit& consensus,
                     const Factors& owners, const MatrixSource& source, const MatrixFormat& format);

}  // namespace partita::app
