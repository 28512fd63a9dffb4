#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/random.hpp"
#include "comm/collectives.hpp"
#include "data/kernels/kernels.hpp"
#include "factorize/objective/objective.hpp"
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
  BlockKaczmarz(const DistributedMatrix<Real>& X, const FactorizeOptions& options, Index restart,
                FactorPair<Real> start)
      : X_(X),
        rows_(options.seed, Purpose::block_rows, restart),
        columns_(options.seed, Purpose::block_columns, restart),
        rule_A_(make_rule(options, options.penalties.of_A())),
        rule_S_(make_rule(options, options.penalties.of_S())),
        factors_(std::move(start)) {}

  /// Rounds at one block size. Collective over X.grid().all().
  void iterate(Index iteration, double block_size) {
    for (Index round = 0; round < kRoundsPerBlockSize; ++round) {
      const Index number = iteration * kRoundsPerBlockSize + round;
      fit_S(number, block_size);
      fit_A(number, block_size);
    }
  }
  [[nodiscard]] const FactorPair<Real>& factors() const { return factors_; }
  [[nodiscard]] FactorPair<Real> take() { return std::move(factors_); }

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
  FactorPair<Real> factors_;
};

/// One restart while its block grows; once the block is whole its states are those of SweepBatch.
template <class Real>
class GrowingBlock {
 public:
  GrowingBlock(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
               RunControl& control, RestartStart<Real> start)
      : X_(X),
        options_(options),
        control_(control),
        log_(start.restart,
             StopRule(without_tolerance(options.stop), rounding_level<Real>(options.components))),
        kaczmarz_(X, options, start.restart, factors_of(start)) {
    if (start.saved) {
      log_.resume(std::move(start.saved->trace), start.saved->judged_from, control.seconds());
      block_size_ = std::get<GrowingBlockState<Real>>(start.saved->of_solver).block_size;
    } else {
      record(0);
    }
  }

  /// Whether the block is whole now; else the restart has ended or waits, or the run stops.
  bool run(const SolverEvents<Real>& events) {
    const auto longest = static_cast<double>(std::max(X_.rows(), X_.columns()));
    save_if_due(events);  // the start has been recorded with everybody's wishes
    while (!control_.early() && !waits() && block_size_ < longest && !log_.finished()) {
      const Index iteration = log_.last().iteration + 1;
      kaczmarz_.iterate(iteration, block_size_);
      block_size_ *= kBlockGrowth;
      record(iteration);
      save_if_due(events);
    }
    return !control_.early() && !waits() && !log_.finished();
  }

  /// The log for the passes to come, in which the tolerance holds.
  [[nodiscard]] RestartLog continued_log() {
    log_.continue_with(StopRule(options_.stop, rounding_level<Real>(options_.components)));
    return std::move(log_);
  }
  [[nodiscard]] FactorPair<Real> take_factors() { return kaczmarz_.take(); }
  /// After a run that did not make the block whole.
  void leave(const SolverEvents<Real>& events) {
    const bool ended = log_.finished();
    if (!ended && !control_.early()) {
      events.paused(state());
      return;
    }
    if (!ended) log_.finish(*control_.early());
    events.finished({log_.take(), kaczmarz_.take()});
  }

 private:
  /// While the block grows, a slow fall of the error says nothing about the end.
  static StopOptions without_tolerance(StopOptions stop) {
    stop.tolerance = 0;
    return stop;
  }
  static FactorPair<Real> factors_of(RestartStart<Real>& start) {
    if (!start.saved) return std::move(start.factors);
    return start.saved->take_factors();
  }

  [[nodiscard]] bool waits() const { return log_.last().iteration >= control_.pause(); }

  void save_if_due(const SolverEvents<Real>& events) {
    if (!control_.checkpoint_due()) return;
    if (events.save) events.save({state()});
    control_.checkpoint_done();
  }
  [[nodiscard]] RestartState<Real> state() const {
    return {.restart = log_.restart(),
            .trace = log_.trace(),
            .judged_from = log_.judged_from(),
            .of_solver = GrowingBlockState<Real>{block_size_, kaczmarz_.factors()}};
  }

  /// Adds the pair's explicit error to the log.
  void record(Index iteration) {
    const FactorPair<Real>& factors = kaczmarz_.factors();
    const RunControl::Wishes wishes = control_.wishes();
    std::array<double, 4> sums{penalty_of(whole(factors.A), options_.penalties.of_A()) +
                                   penalty_of(whole(factors.S), options_.penalties.of_S()),
                               wishes[0], wishes[1], wishes[2]};
    sum_over(X_.grid().all(), std::span<double>(sums));
    const double squared = X_.residual_squared(factors.A, factors.S) / X_.squared_norm();
    log_.record({iteration, control_.seconds(), std::sqrt(squared),
                 objective_of(squared, sums[0], X_.squared_norm())});
    control_.report(log_);
    control_.agree(std::span<const double>(sums).subspan(1));
  }

  const DistributedMatrix<Real>& X_;
  const FactorizeOptions& options_;
  RunControl& control_;
  RestartLog log_;
  BlockKaczmarz<Real> kaczmarz_;
  double block_size_ = kFirstBlock;
};

template <class Real>
bool is_growing(const RestartStart<Real>& start) {
  return !start.saved || std::holds_alternative<GrowingBlockState<Real>>(start.saved->of_solver);
}

}  // namespace

template <class Real>
void solve_by_block_kaczmarz(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                             std::vector<RestartStart<Real>> batch, RunControl& control,
                             const SolverEvents<Real>& events) {
  FactorizeOptions hals = options;
  hals.nnls = options.constraint == Constraint::none ? NnlsKind::none : NnlsKind::hals;
  const SweepRules<Real> rules = make_sweep_rules(X, hals);
  for (RestartStart<Real>& start : batch) {
    if (control.early()) break;
    std::vector<RestartLog> logs;
    if (is_growing(start)) {
      const Index restart = start.restart;
      GrowingBlock<Real> growing(X, options, control, std::move(start));
      if (!growing.run(events)) {
        growing.leave(events);
        continue;
      }
      logs.push_back(growing.continued_log());
      start = {restart, growing.take_factors()};
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
