#include "fit_trust.hpp"

#include "partita/base/error.hpp"
#include "partita/io/formats/factor_files.hpp"

#include <utility>

#include "bootstrap_files.hpp"
#include "comm/collectives.hpp"
#include "comm/in_every_group.hpp"
#include "progress.hpp"
#include "select/measure/resampled_matrix.hpp"

namespace partita::app {

template <class Real>
void find_consensus(const Communicator& world, const FitJob& job, const DistributedMatrix<Real>* X,
                    const Factors& factors, FitTrust& trust) {
  ConsensusFit found;  // of a process without a part of X: nothing
  const ConsensusOptions options{.density_threshold = job.options.trust.density_threshold,
                                 .seed = job.factorize.seed};
  try {
    in_every_group(world, [&] {
      if (X != nullptr) found = fit_consensus(*X, factors, options);
    });
    trust.consensus = std::move(found);
  } catch (...) {
    trust.failure = std::current_exception();
  }
}

template <class Real>
Resampling settle_bootstrap(const Communicator& world, const FitJob& job,
                            const DistributedMatrix<Real>* X) {
  int how = 0;
  in_every_group(world, [&] {
    if (X != nullptr) how = static_cast<int>(settled_resampling(*X, job.options.trust.kind));
  });
  const auto settled = static_cast<Resampling>(max_over(world, how));
  if (settled == Resampling::rows && job.factorize.penalties.l1_A > 0) {
    throw Error(ErrorKind::usage,
                "--bootstrap draws whole rows here, as not all entries are whole numbers, and that "
                "does not go with --l1-A");
  }
  return settled;
}

template <class Real>
BootstrapRecord run_bootstrap(const Communicator& world, const FitJob& job,
                              const DistributedMatrix<Real>* X, const Factors& factors,
                              Resampling how, const RunFolder& folder, const RunHooks& hooks) {
  const Index replicates = job.options.trust.bootstrap;
  const BootstrapOptions options{
      .fit = job.factorize, .how = how, .replicates = replicates, .level = job.options.trust.level};
  ProgressReporter progress(job.options.progress, 1, 1);
  const auto tell = [&](Index done) {
    if (!world.is_root()) return;
    progress.show(
        static_cast<double>(done) / static_cast<double>(replicates),
        "bootstrap: replicate " + std::to_string(done) + " of " + std::to_string(replicates));
  };
  BootstrapFit found;
  in_every_group(world, [&] {
    if (X != nullptr) found = bootstrap_fit(*X, factors, options, hooks, tell);
  });
  progress.finish();
  const bool labelled = job.shape.has_row_labels || job.shape.has_column_labels;
  write_bootstrap(world, folder, found, factors, *job.source,
                  factor_format(job.options.output_format, labelled));
  return bootstrap_record(found, options);
}

void throw_failure(const FitTrust& trust, const std::string& folder) {
  if (trust.failure == nullptr) return;
  try {
    std::rethrow_exception(trust.failure);
  } catch (const Error& error) {
    throw Error(error.kind(), std::string(error.what()) + " (the fit itself is in '" + folder +
                                  "', without a consensus)");
  }
}

#define PARTITA_INSTANTIATE(Real)                                                                  \
  template void find_consensus(const Communicator&, const FitJob&, const DistributedMatrix<Real>*, \
                               const Factors&, FitTrust&);                                         \
  template Resampling settle_bootstrap(const Communicator&, const FitJob&,                         \
                                       const DistributedMatrix<Real>*);                            \
  template BootstrapRecord run_bootstrap(const Communicator&, const FitJob&,                       \
                                         const DistributedMatrix<Real>*, const Factors&,           \
                                         Resampling, const RunFolder&, const RunHooks&);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita::app
