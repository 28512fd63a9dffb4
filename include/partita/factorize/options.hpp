/// factorize/: collective products, error and trace, the pass loop, restarts, racing. It knows
/// neither file formats nor the command line.
#pragma once

#include "partita/base/index.hpp"
#include "partita/layout/subsample_size.hpp"
#include "partita/update/factor_penalty.hpp"
#include "partita/update/recorded_draw.hpp"

#include <cstdint>
#include <limits>
#include <vector>

namespace partita {

enum class SolverKind { als, kaczmarz, mu };
enum class NnlsKind { hals, bpp, none, clip };
enum class Schedule { sweep, random };
enum class Constraint { nonnegative, none };
enum class StartKind { random, nndsvd, columns, given };
/// How a row is fitted to entries that do not all count alike: from a Gram matrix of its own, or by
/// its residuals.
enum class EntryRuleKind { automatic, gram, residuals };
/// How randomized Kaczmarz draws its inner rows.
enum class RowSampling { squared_norm, uniform };

/// Added to the loss ½||X - AS||²: l1 * sum of entries + l2/2 * sum of squares, a factor each.
struct Penalties {
  double l1_A = 0;
  double l1_S = 0;
  double l2_A = 0;
  double l2_S = 0;

  [[nodiscard]] FactorPenalty of_A() const { return {l1_A, l2_A}; }
  [[nodiscard]] FactorPenalty of_S() const { return {l1_S, l2_S}; }
  [[nodiscard]] bool any() const { return of_A().any() || of_S().any(); }
  /// Whether the least penalty is reached at no finite scale of the factors: A S stays as it is
  /// while the penalised factor shrinks and the other grows.
  [[nodiscard]] bool degenerate() const { return of_A().any() != of_S().any(); }
};

/// Components that are given and stay as they are: the first columns of A, the first rows of S.
/// Where a component is fixed in one factor alone, its part of the other is free.
struct FixedCounts {
  Index A = 0;
  Index S = 0;

  /// Components of which one part at least is fixed: the first ones.
  [[nodiscard]] Index components() const { return A > S ? A : S; }
  [[nodiscard]] bool any() const { return components() > 0; }
};

struct StopOptions {
  Index max_iterations = 500;
  /// Stop when the error fell by less than this share of itself over the last 10 iterations; 0 goes
  /// on to max_iterations.
  double tolerance = 1e-4;
  double max_seconds = std::numeric_limits<double>::infinity();
};

struct FactorizeOptions {
  Index components = 0;
  SolverKind solver = SolverKind::als;
  NnlsKind nnls = NnlsKind::hals;
  Schedule schedule = Schedule::sweep;
  Constraint constraint = Constraint::nonnegative;
  Index samples = 1;  ///< rows and columns drawn per iteration (random schedule)
  Index inner = 10;   ///< Kaczmarz steps per drawn row or column (random schedule)
  RowSampling sampling = RowSampling::squared_norm;
  double relaxation =
      0;  ///< Kaczmarz step length λ; 0 means 1/(1+t/1000), t in passes' worth of entries
  StartKind init = StartKind::random;
  Index restarts = 5;
  Index first_restart = 0;  ///< number of the first restart
  bool race = false;        ///< drop poor restarts early (sweep schedule)
  /// Rank of a compressed X on which restarts run before they are polished on X itself (als, sweep
  /// schedule); 0 for none.
  Index sketch = 0;
  /// The part of X on which a random start is improved before it sees the whole (als with hals or
  /// bpp, sweep schedule). Of sparse X the numbers are those expected of a random draw.
  SubsampleSize subsample = {};
  FixedCounts fixed = {};  ///< what they are comes with the start
  std::uint64_t seed = 0;
  Penalties penalties = {};
  /// Weight ω of the entries that X does not store: 1 for zeros, 0 where they are not known.
  double unstored = 1;
  bool weighted = false;  ///< whether stored entries have weights of their own
  EntryRuleKind entry_rule = EntryRuleKind::automatic;
  /// x ≈ mean + b_row + d_column + a·s, where nothing is known of what X does not store. The mean
  /// is that of what is known; the biases are of either sign.
  bool bias = false;
  double bias_damping = 4;  ///< penalty ½ damping (b² + d²)
  /// The l2 penalties become ½ l2_A √|Ω_i| ‖a_i - c‖² and ½ l2_S √|Ω_j| ‖s_j - c‖², with |Ω| known
  /// entries of a row or column.
  bool center = false;
  double center_at = 0;  ///< c; 0: chosen by the job, as the l2 penalties are where both are 0
  /// Whether the factors of all restarts are returned: the mean of what they say is a better
  /// prediction than that of the best.
  bool average = false;
  StopOptions stop = {};
  Index threads = 1;  ///< of each process, for the products and updates of the sweep schedule
  std::vector<RecordedDraw> draws = {};  ///< replay these instead of drawing
};

/// Whether every entry of X counts once, those that are not stored as zeros.
[[nodiscard]] inline bool counts_all_alike(const FactorizeOptions& options) {
  return options.unstored == 1 && !options.weighted;
}
/// Columns of the factors inside: a bias adds its own and one of ones.
[[nodiscard]] inline Index factor_width(const FactorizeOptions& options) {
  return options.components + (options.bias ? 2 : 0);
}
/// Whether one factor is fixed in whole, so that the other one follows from it exactly.
[[nodiscard]] inline bool one_factor_is_fixed(const FactorizeOptions& options) {
  return options.fixed.any() && options.fixed.components() == options.components;
}
/// Whether more than the loss is minimised.
[[nodiscard]] inline bool is_penalised(const FactorizeOptions& options) {
  return options.penalties.any() || (options.bias && options.bias_damping > 0);
}
/// Whether the factors may have negative entries.
[[nodiscard]] bool is_unconstrained(const FactorizeOptions& options);
/// Whether restarts may run on a compressed X: only als by sweeps works on products alone.
[[nodiscard]] bool can_compress(const FactorizeOptions& options);
/// Whether random starts may be improved on a part of X before they see the whole.
[[nodiscard]] bool can_improve_starts(const FactorizeOptions& options);

/// @throws Error (usage) naming the first option that is out of range or contradicts another, for
/// X of rows x columns.
void validate(const FactorizeOptions& options, Index rows, Index columns);

}  // namespace partita
