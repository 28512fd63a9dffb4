#include "fit_trust.hpp"

#include "partita/base/error.hpp"

#include "comm/agreement.hpp"

namespace partita::app {

template <class Real>
FitTrust find_consensus(const Communicator& world, const FitJob& job,
                        const DistributedMatrix<Real>* X, const Factors& factors) {
  FitTrust trust;
  try {
    std::exception_ptr failure;
    try {
      if (X != nullptr) {
        trust.consensus = fit_consensus(
            *X, factors,
            {.density_threshold = job.options.trust.density_threshold, .seed = job.factorize.seed});
      }
    } catch (...) {
      failure = std::current_exception();
    }
    agree_on_failure(world, failure);
    if (!trust.consensus) trust.consensus.emplace();  // a process without a part of X
  } catch (...) {
    trust.consensus.reset();
    trust.failure = std::current_exception();
  }
  return trust;
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

template FitTrust find_consensus(const Communicator&, const FitJob&,
                                 const DistributedMatrix<double>*, const Factors&);
template FitTrust find_consensus(const Communicator&, const FitJob&,
                                 const DistributedMatrix<float>*, const Factors&);

}  // namespace partita::app
