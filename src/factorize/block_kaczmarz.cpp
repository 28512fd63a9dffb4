#include "partita/base/random.hpp"
#include "partita/comm/collectives.hpp"
#include "partita/data/kernels.hpp"
#include "partita/factorize/error_terms.hpp"
#include "partita/factorize/sweep_batch.hpp"
#include "partita/update/rules.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

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
        rule_A_(make_hals_rule<Real>(kSweeps, options.penalties.of_A())),
        rule_S_(make_hals_rule<Real>(kSweeps, options.penalties.of_S())),
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

  /// argmin over w >= 0 of the sampled loss + ρ/2 ||w - w_old||², by a few HALS sweeps.
  void improve(const RowRule<Real>& rule, GramMatrix G, TallMatrix<Real>& C, bool whole,
               TallMatrix<Real>& W) const {
    if (!whole) {
      const double rho = kProximal * G.trace() / static_cast<double>(G.size());
      for (Index j = 0; j < G.size(); ++j) G(j, j) += rho;
      for (Index e = 0; e < C.size(); ++e) C.data()[e] += static_cast<Real>(rho) * W.data()[e];
    }
    const Index k = W.width();
    rule.update({W.data(), W.rows(), k, k}, whole_view(C), G);
  }
  static TallView<Real> whole_view(const TallMatrix<Real>& C) { return window(C, 0, C.width()); }

  void fit_S(Index round, double block_size) {
    const double norm = squared_norm(factors_.A);
    TallMatrix<Real> space;
    const TallMatrix<Real>& block_A = X_.gather_A(factors_.A, space);
    const Sample sample = draw(block_A, X_.block_rows(), X_.rows(), norm, block_size, rows_, round);
    const auto part = X_.block().select_rows(sample.chosen);
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
    const auto part = X_.block().select_columns(sample.chosen);
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

/// Adds the pair's explicit error to the log; returns whether the run ends early.
template <class Real>
bool record(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
            const FactorPair<Real>& factors, Index iteration, RestartLog& log,
            RunControl& control) {
  std::array<double, 3> sums{penalty_of(whole(factors.A), options.penalties.of_A()) +
                                 penalty_of(whole(factors.S), options.penalties.of_S()),
                             control.wants_interruption(), control.wants_time_limit()};
  sum_over(X.grid().all(), std::span<double>(sums));
  const double squared = X.residual_squared(factors.A, factors.S) / X.squared_norm();
  log.record(iteration, control.seconds(), std::sqrt(squared),
             objective_of(squared, sums[0], X.squared_norm()));
  control.report(log);
  return control.agree(sums[1], sums[2]);
}

}  // namespace

template <class Real>
std::vector<RestartOutcome<Real>> solve_by_block_kaczmarz(const DistributedMatrix<Real>& X,
                                                          const FactorizeOptions& options,
                                                          std::vector<RestartStart<Real>> batch,
                                                          RunControl& control) {
  FactorizeOptions hals = options;
  hals.nnls = NnlsKind::hals;
  const SweepRules<Real> rules = make_sweep_rules(X, hals);
  const auto longest = static_cast<double>(std::max(X.rows(), X.columns()));
  std::vector<RestartOutcome<Real>> outcomes;
  for (RestartStart<Real>& start : batch) {
    // While the block grows, a slow fall of the error says nothing about the end.
    StopOptions growing = options.stop;
    growing.tolerance = 0;
    RestartLog log(start.restart, growing);
    BlockKaczmarz<Real> kaczmarz(X, options, start.restart, std::move(start.factors));
    bool stop = record(X, options, kaczmarz.factors(), 0, log, control);
    Index iteration = 0;
    for (double size = kFirstBlock; !stop && size < longest && !log.finished();
         size *= kBlockGrowth) {
      kaczmarz.iterate(++iteration, size);
      stop = record(X, options, kaczmarz.factors(), iteration, log, control);
    }
    if (stop || log.finished()) {
      if (stop) log.finish(*control.early());
      outcomes.push_back({log.take(), kaczmarz.take()});
      continue;
    }
    log.continue_with(options.stop);
    std::vector<RestartStart<Real>> whole_start;
    whole_start.push_back({start.restart, kaczmarz.take()});
    std::vector<RestartLog> logs;
    logs.push_back(std::move(log));
    SweepBatch<Real> sweeps(X, hals, rules, std::move(whole_start), std::move(logs), control);
    for (auto& outcome : sweeps.run()) outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

template std::vector<RestartOutcome<double>> solve_by_block_kaczmarz(
    const DistributedMatrix<double>&, const FactorizeOptions&, std::vector<RestartStart<double>>,
    RunControl&);
template std::vector<RestartOutcome<float>> solve_by_block_kaczmarz(
    const DistributedMatrix<float>&, const FactorizeOptions&, std::vector<RestartStart<float>>,
    RunControl&);

}  // namespace partita
