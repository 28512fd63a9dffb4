/// job/: one job from its matrix to its factors, whoever asks for it: the memory of the nodes, what
/// saves time, the plan and the reading. It knows no command line.
#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/factorize/options.hpp"
#include "partita/factorize/result.hpp"
#include "partita/factorize/run/checkpoint_options.hpp"
#include "partita/factorize/solve/run_hooks.hpp"
#include "partita/io/spread/matrix_source.hpp"
#include "partita/layout/job_plan.hpp"

#include <string>

namespace partita {

/// Whether restarts run on a compressed matrix first; `automatic` where that pays.
enum class SketchChoice { automatic, on, off };

/// How a job is done, beside what is computed (FactorizeOptions).
struct JobChoices {
  SketchChoice sketch = SketchChoice::automatic;
  PlanOverrides plan = {};  ///< what is fixed of the layout
  bool single_precision = false;
  std::string init_A = {};  ///< files of the start, for StartKind::given
  std::string init_S = {};
  /// Whether these are of another matrix: its lines are matched by name, and its components may be
  /// more or fewer.
  bool adapts_start = false;
  std::string fix_A = {};  ///< files of components that stay as they are: columns of A, rows of S
  std::string fix_S = {};
  /// File of the weights of entries, in the shape of the matrix; or of their uncertainties u, for
  /// weights 1/u². Empty: every entry counts once.
  std::string weights = {};
  std::string uncertainties = {};
  bool weights_transposed = false;  ///< as the matrix is, where that is read transposed

  /// Choose the weight of FactorizeOptions::center by what it says of entries that are held out.
  bool tune = false;
  /// Entries say how sure it is that something was chosen: 1 is fitted there, with weight
  /// 1 + confidence * entry. 0: entries are what is fitted.
  double confidence = 0;

  [[nodiscard]] bool weighted() const {
    return !weights.empty() || !uncertainties.empty() || confidence > 0;
  }
};

/// Factors the matrix of an opened source as `partita fit` does: chooses the layout, the sketch and
/// what starts are improved on, reads X to where it belongs and runs all restarts. The result holds
/// every restart's trace on process 0 of `world` and the best factors on their owners.
/// Collective over `world`. @throws Error on every process.
[[nodiscard]] Factorization factorize(const Communicator& world, MatrixSource& source,
                                      const FactorizeOptions& options,
                                      const JobChoices& choices = {}, const RunHooks& hooks = {},
                                      const CheckpointOptions& checkpoint = {});

}  // namespace partita
