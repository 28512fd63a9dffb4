#pragma once

#include "partita/io/formats/matrix_format.hpp"
#include "partita/io/spread/matrix_source.hpp"

#include <string>

#include "run_folder.hpp"
#include "run_record.hpp"
#include "select/measure/bootstrap_fit.hpp"

namespace partita::app {

/// `component,stability`, a line a component.
[[nodiscard]] std::string bootstrap_csv(const BootstrapFit& bootstrap);

[[nodiscard]] BootstrapRecord bootstrap_record(const BootstrapFit& bootstrap,
                                               const BootstrapOptions& options);

/// The bounds of A and S, as these are written, beside a run that is finished, and the stability of
/// its components. Collective over `world`.
/// @param owners  the ranges of the fit's factors @throws Error (cannot_create, input_output).
void write_bootstrap(const Communicator& world, const RunFolder& folder,
                     const BootstrapFit& bootstrap, const Factors& owners,
                     const MatrixSource& source, const MatrixFormat& format);

}  // namespace partita::app
