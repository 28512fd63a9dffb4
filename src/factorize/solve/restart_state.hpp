#pragma once

#include "partita/base/index.hpp"
#include "partita/data/tall_matrix.hpp"
#include "partita/factorize/result.hpp"

#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "data/factor_pair.hpp"
#include "factorize/solve/extrapolation.hpp"

namespace partita {

// What a solver needs to go on from, between two iterations: a struct a solver. Each lists its
// fields once, by name, for whoever saves and reads them: `fields.value(name, number or numbers)`,
// `fields.of_A(name, my rows of a matrix with A's rows)` and `fields.of_S`.

/// Nothing but the factors as they stand.
template <class Real>
struct FactorsState {
  static constexpr std::string_view kName = "factors";
  FactorPair<Real> factors;

  [[nodiscard]] FactorPair<Real> take_factors() { return std::move(factors); }
  template <class Self, class Fields>
  static void list(Self& self, Fields& fields) {
    fields.of_A("A", self.factors.A);
    fields.of_S("S", self.factors.S);
  }
};

/// Passes of the `sweep` schedule, with extrapolation (SweepPass).
template <class Real>
struct PassesState {
  static constexpr std::string_view kName = "passes";
  ExtrapolationState extrapolation;
  Index revivals_left = 0;  ///< dead components that may still be seeded anew
  double objective = 0;     ///< of the kept pair, on the scale of the relative error
  std::vector<double> scales_of_A, scales_of_S;  ///< of every component, for the next pass
  double step_of_A = 0;                          ///< Ay = A + step (A - A_before)
  TallMatrix<Real> A, A_before;
  TallMatrix<Real> S, Sy;

  /// The pair that is kept, with the scales that wait for the next pass.
  [[nodiscard]] FactorPair<Real> take_factors() {
    scale(A, scales_of_A);
    scale(Sy, scales_of_S);
    return {std::move(A), std::move(Sy)};
  }
  template <class Self, class Fields>
  static void list(Self& self, Fields& fields) {
    fields.value("first_pass", self.extrapolation.first);
    fields.value("weight", self.extrapolation.weight);
    fields.value("previous_weight", self.extrapolation.previous);
    fields.value("ceiling", self.extrapolation.ceiling);
    fields.value("rejections", self.extrapolation.rejections);
    fields.value("revivals_left", self.revivals_left);
    fields.value("objective", self.objective);
    fields.value("scales_of_A", self.scales_of_A);
    fields.value("scales_of_S", self.scales_of_S);
    fields.value("step_of_A", self.step_of_A);
    fields.of_A("A", self.A);
    fields.of_A("A_before", self.A_before);
    fields.of_S("S", self.S);
    fields.of_S("Sy", self.Sy);
  }

 private:
  static void scale(TallMatrix<Real>& W, const std::vector<double>& scales) {
    for (Index i = 0; i < W.rows(); ++i) {
      for (Index j = 0; j < W.width(); ++j) {
        W(i, j) *= static_cast<Real>(scales[static_cast<std::size_t>(j)]);
      }
    }
  }
};

/// Kaczmarz by blocks, while the block grows; once it is whole the states are those of passes.
template <class Real>
struct GrowingBlockState {
  static constexpr std::string_view kName = "growing_block";
  double block_size = 0;
  FactorPair<Real> factors;

  [[nodiscard]] FactorPair<Real> take_factors() { return std::move(factors); }
  template <class Self, class Fields>
  static void list(Self& self, Fields& fields) {
    fields.value("block_size", self.block_size);
    fields.of_A("A", self.factors.A);
    fields.of_S("S", self.factors.S);
  }
};

/// The `random` schedule: the error and the Gram matrices carry the rounding of every change so
/// far.
template <class Real>
struct SampledState {
  static constexpr std::string_view kName = "sampled";
  double squared_error = 0;
  double squared_error_rest = 0;  ///< what does not fit into the first
  double refreshed_at = 0;        ///< squared error when it was last formed afresh
  Index changes = 0;              ///< since then
  double penalty = 0;
  std::vector<double> gram_A, gram_S;  ///< k x k
  FactorPair<Real> factors;

  [[nodiscard]] FactorPair<Real> take_factors() { return std::move(factors); }
  template <class Self, class Fields>
  static void list(Self& self, Fields& fields) {
    fields.value("squared_error", self.squared_error);
    fields.value("squared_error_rest", self.squared_error_rest);
    fields.value("refreshed_at", self.refreshed_at);
    fields.value("changes", self.changes);
    fields.value("penalty", self.penalty);
    fields.value("gram_A", self.gram_A);
    fields.value("gram_S", self.gram_S);
    fields.of_A("A", self.factors.A);
    fields.of_S("S", self.factors.S);
  }
};

template <class Real>
using SolverState = std::variant<FactorsState<Real>, PassesState<Real>, GrowingBlockState<Real>,
                                 SampledState<Real>>;

/// Where a restart is that first runs on a compressed X and then on X itself.
enum class RestartPhase { exact, compressed, to_polish };

/// All that the future of a running restart depends on, between two iterations.
template <class Real>
struct RestartState {
  Index restart = 0;
  ErrorTrace trace = {};
  Index judged_from = 0;  ///< as in RestartLog
  SolverState<Real> of_solver = {};
  /// XᵀAy, m_loc x k: can be formed anew from the others, bit for bit; kept while a restart waits.
  std::optional<TallMatrix<Real>> product = {};
  RestartPhase phase = RestartPhase::exact;  ///< to_polish: nothing but trace and factors is there

  /// The factors as they stand; the state is left without them.
  [[nodiscard]] FactorPair<Real> take_factors() {
    return std::visit([](auto& state) { return state.take_factors(); }, of_solver);
  }
};

}  // namespace partita
