#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "base/random.hpp"
#include "comm/collectives.hpp"
#include "data/kernels/reductions.hpp"
#include "factorize/objective/objective.hpp"
#include "factorize/solve/entry_kaczmarz.hpp"
#include "factorize/solve/lone_restart.hpp"
#include "factorize/solve/sweep_batch.hpp"
#include "update/rules.hpp"

namespace partita {

namespace {

constexpr double kFirstBlock = 16;
constexpr double kBlockGrowth = 1.5;
constexpr Index kRoundsPerBlockSize = 5;
/// ρ, relative to the mean diagonal of the sampled Gram matrix.
constexpr double kProximal = 0.05;
constexpr int kSweeps = 4;

/// Proximal block randomized Kaczmarz on one restart: a random set of about τ rows of A, weighted
/// so that it stands for all, fits every column of S, held near its old value; then the same with
/// columns of S for A. τ grows, and at τ >= n the set is whole and the method is A-HALS.
/// Rows enter independently with probability min(1, τ p_i), p_i = ½||a_i||²/||A||² + ½/n, so that
/// each process decides for its own rows and no layout changes the set.
template <class Real>
class BlockKaczmarz {
 public:
  /// @param factors  of the restart, borrowed; as they stand they are the start.
  BlockKaczmarz(const DistributedMatrix<Real>& X, const FactorizeOptions& options, Index restart,
                FactorPair<Real>& factors)
      : X_(X),
        rows_(options.seed, Purpose::block_rows, restart),
        columns_(options.seed, Purpose::block_columns, restart),
        rule_A_(make_rule(options, options.penalties.of_A())),
        rule_S_(make_rule(options, options.penalties.of_S())),
        factors_(factors) {}

  /// Rounds at one block size. Collective over X.grid().all().
  void iterate(Index iteration, double block_size) {
    for (Index round = 0; round < kRoundsPerBlockSize; ++round) {
      const Index number = iteration * kRoundsPerBlockSize + round;
      fit_S(number, block_size);
      fit_A(number, block_size);
    }
  }

 private:
  static std::unique_ptr<RowRule<Real>> make_rule(const FactorizeOptions& options,
                                                  FactorPenalty penalty) {
    return options.constraint == Constraint::none ? make_least_squares_rule<Real>(penalty)
                                                  : make_hals_rule<Real>(kSweeps, penalty);
  }

  /// The chosen rows of a factor held for a range of global rows, each scaled by the root of its
  /// weight.
  struct Sample {
    std::vector<Index> chosen;  ///< local positions
    TallMatrix<Real> weighted;  ///< rows times their weight 1 / probability
    bool whole = false;         ///< every row of every process was certain to be chosen
  };

  Sample draw(const TallMatrix<Real>& factor, Range held, Index extent, double squared_norm,
              double block_size, const RandomField& field, Index round) const {
    Sample sample;
    std::vector<double> weights;
    for (Index i = 0; i < factor.rows(); ++i) {
      const double share = squared_norm > 0
                               ? kernels::squared_norm(factor.row(i), factor.width()) / squared_norm
                               : 0.0;
      const double p = 0.5 * share + 0.5 / static_cast<double>(extent);
      const double probability = sample_all(block_size, extent) ? 1 : std::min(1.0, block_size * p);
      if (field.uniform(held.begin + i, round) >= probability) continue;
      sample.chosen.push_back(i);
      weights.push_back(1 / probability);
    }
    sample.weighted = TallMatrix<Real>(static_cast<Index>(weights.size()), factor.width());
    for (std::size_t c = 0; c < weights.size(); ++c) {
      const Real* row = factor.row(sample.chosen[c]);
      std::transform(
          row, row + factor.width(), sample.weighted.row(static_cast<Index>(c)),
          [&](Real a) { return static_cast<Real>(weights[c] * static_cast<double>(a)); });
    }
    sample.whole = sample_all(block_size, extent);
    return sample;
  }

  static bool sample_all(double block_size, Index extent) {
    return block_size >= static_cast<double>(extent);
  }

  double squared_norm(const TallMatrix<Real>& mine) const {
    return sum_over(X_.grid().all(), kernels::squared_norm(mine.data(), mine.size()));
  }

  /// Σ weight a aᵀ over the sample; copies of a row along the grid are counted once.
  GramMatrix weighted_gram(const TallMatrix<Real>& factor, const Sample& sample,
                           bool counts) const {
    const Index k = factor.width();
    GramMatrix G(k);
    if (counts) {
      for (std::size_t c = 0; c < sample.chosen.size(); ++c) {
        const Real* a = factor.row(sample.chosen[c]);
        const Real* weighted = sample.weighted.row(static_cast<Index>(c));
        for (Index i = 0; i < k; ++i) {
          for (Index j = 0; j < k; ++j) {
            G(i, j) += static_cast<double>(weighted[i]) * static_cast<double>(a[j]);
          }
        }
      }
    }
    sum_over(X_.grid().all(), G.values());
    return G;
  }

  /// argmin over w >= 0 of the sampled loss + ρ/2 ||w - w_old||², by a few HALS sweeps; exactly,
  /// and over all w, without the constraint.
  void improve(const RowRule<Real>& rule, GramMatrix G, TallMatrix<Real>& C, bool whole,
               TallMatrix<Real>& W) const {
    if (!whole) {
      const double rho = kProximal * G.trace() / static_cast<double>(G.size());
      for (Index j = 0; j < G.size(); ++j) G(j, j) += rho;
      for (Index e = 0; e < C.size(); ++e) C.data()[e] += static_cast<Real>(rho) * W.data()[e];
    }
    const Index k = W.width();
    rule.update({W.data(), W.rows(), k, k}, partita::whole(C), G);
  }

  void fit_S(Index round, double block_size) {
    const double norm = squared_norm(factors_.A);
    TallMatrix<Real> space;
    const TallMatrix<Real>& block_A = X_.gather_A(factors_.A, space);
    const Sample sample = draw(block_A, X_.block_rows(), X_.rows(), norm, block_size, rows_, round);
    const auto part = X_.entries().select_rows(sample.chosen);
    TallMatrix<Real> block_Q(X_.block().columns(), block_A.width());
    part->add_transposed_times({0, part->rows()}, sample.weighted.data(), block_Q);
    TallMatrix<Real> Q;
    X_.sum_transposed(block_Q, Q);
    improve(*rule_S_, weighted_gram(block_A, sample, X_.grid().column() == 0), Q, sample.whole,
            factors_.S);
  }

  void fit_A(Index round, double block_size) {
    const double norm = squared_norm(factors_.S);
    TallMatrix<Real> space;
    const TallMatrix<Real>& block_S = X_.gather_S(factors_.S, space);
    const Sample sample =
        draw(block_S, X_.block_columns(), X_.columns(), norm, block_size, columns_, round);
    const auto part = X_.entries().select_columns(sample.chosen);
    TallMatrix<Real> block_P(part->rows(), block_S.width());
    part->times({0, part->rows()}, sample.weighted, block_P.data());
    TallMatrix<Real> P;
    X_.sum_products(block_P, P);
    improve(*rule_A_, weighted_gram(block_S, sample, X_.grid().row() == 0), P, sample.whole,
            factors_.A);
  }

  const DistributedMatrix<Real>& X_;
  RandomField rows_;
  RandomField columns_;
  std::unique_ptr<RowRule<Real>> rule_A_;
  std::unique_ptr<RowRule<Real>> rule_S_;
  FactorPair<Real>& factors_;
};

/// While the block grows, a slow fall of the error says nothing about the end.
StopOptions without_tolerance(StopOptions stop) {
  stop.tolerance = 0;
  return stop;
}

/// What a restart has come to that another solver continues.
template <class Real>
struct GrownRestart {
  RestartLog log;
  FactorPair<Real> factors;
};

/// Runs a restart while its block grows.
/// @return it when the block is whole; nothing when it has ended or waits, or the run stops.
template <class Real>
std::optional<GrownRestart<Real>> grow_block(const DistributedMatrix<Real>& X,
                                             const FactorizeOptions& options,
                                             RestartStart<Real> start, RunControl& control,
                                             const SolverEvents<Real>& events) {
  double block_size = kFirstBlock;
  if (start.saved) {
    block_size = std::get<GrowingBlockState<Real>>(start.saved->of_solver).block_size;
  }
  const auto longest = static_cast<double>(std::max(X.rows(), X.columns()));
  const auto level = rounding_level<Real>(options.components);
  const Index number = start.restart;
  LoneRestart<Real> restart(X, options, StopRule(without_tolerance(options.stop), level),
                            std::move(start), control);
  BlockKaczmarz<Real> kaczmarz(X, options, number, restart.factors());
  const auto state = [&] { return GrowingBlockState<Real>{block_size, restart.factors()}; };
  restart.save_if_due(events, state);
  while (restart.goes_on() && block_size < longest) {
    kaczmarz.iterate(restart.next_iteration(), block_size);
    block_size *= kBlockGrowth;
    restart.record();
    restart.save_if_due(events, state);
  }
  if (!restart.goes_on()) {
    restart.leave(events, state);
    return {};
  }
  RestartLog log = restart.take_log();
  log.continue_with(StopRule(options.stop, level));
  return GrownRestart<Real>{std::move(log), restart.take_factors()};
}

template <class Real>
bool is_growing(const RestartStart<Real>& start) {
  return !start.saved || std::holds_alternative<GrowingBlockState<Real>>(start.saved->of_solver);
}

}  // namespace

template <class Real>
void solve_by_block_kaczmarz(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                             std::vector<RestartStart<Real>> batch, RunControl& control,
                             const SolverEvents<Real>& events) {
  if (!X.counts_all_alike()) {
    run_over_equations(X, options, std::move(batch), control, events);
    return;
  }
  FactorizeOptions hals = options;
  hals.nnls = options.constraint == Constraint::none ? NnlsKind::none : NnlsKind::hals;
  const SweepRules<Real> rules = make_sweep_rules(X, hals);
  for (RestartStart<Real>& start : batch) {
    if (control.early()) break;
    std::vector<RestartLog> logs;
    if (is_growing(start)) {
      const Index restart = start.restart;
      auto grown = grow_block(X, options, std::move(start), control, events);
      if (!grown) continue;
      logs.push_back(std::move(grown->log));
      start = {restart, std::move(grown->factors)};
    } else {
      logs.emplace_back(start.restart,
                        StopRule(options.stop, rounding_level<Real>(options.components)));
    }
    std::vector<RestartStart<Real>> whole_block;
    whole_block.push_back(std::move(start));
    SweepBatch<Real> rest(X, hals, rules, std::move(whole_block), std::move(logs), control, events);
    rest.run();
  }
}

template void solve_by_block_kaczmarz(const DistributedMatrix<double>&, const FactorizeOptions&,
                                      std::vector<RestartStart<double>>, RunControl&,
                                      const SolverEvents<double>&);
template void solve_by_block_kaczmarz(const DistributedMatrix<float>&, const FactorizeOptions&,
                                      std::vector<RestartStart<float>>, RunControl&,
                                      const SolverEvents<float>&);

}  // namespace partita
