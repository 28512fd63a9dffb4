#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "comm/collectives.hpp"
#include "data/kernels/reductions.hpp"
#include "factorize/solve/random_schedule.hpp"
#include "factorize/solve/sampled_factors.hpp"
#include "update/kaczmarz.hpp"
#include "update/weight_tree.hpp"

namespace partita {

namespace {

constexpr double kNoCap = std::numeric_limits<double>::infinity();
/// Passes' worth of entries after which a step is half as long. Steps have no horizon to be cured
/// of, so that they can stay long.
constexpr double kPassesOfHalving = 1000;

/// The least squares of one drawn line, ½ s G sᵀ - c sᵀ + penalty, around where the line stands.
class LineProblem {
 public:
  LineProblem(const GramMatrix& G, const std::vector<double>& c, FactorPenalty penalty,
              std::vector<double> start)
      : G_(G), penalty_(penalty), start_(std::move(start)), drift_(c) {
    for (Index j = 0; j < G.size(); ++j) {
      for (Index l = 0; l < G.size(); ++l) drift_[at(j)] -= G(j, l) * start_[at(l)];
    }
  }

  [[nodiscard]] const std::vector<double>& start() const { return start_; }
  /// c - G s at the start: what all equations of the line together pull at.
  [[nodiscard]] const std::vector<double>& drift() const { return drift_; }

  /// The lowest point on the ray from the start through `goal`.
  [[nodiscard]] std::vector<double> best_towards(std::vector<double> goal, bool nonnegative) const {
    double slope = 0;
    double curvature = 0;
    for (Index j = 0; j < G_.size(); ++j) {
      const double step = goal[at(j)] - start_[at(j)];
      slope += step * (penalty_.l1 + penalty_.l2 * start_[at(j)] - drift_[at(j)]);
      curvature += penalty_.l2 * step * step;
      for (Index l = 0; l < G_.size(); ++l) {
        curvature += step * G_(j, l) * (goal[at(l)] - start_[at(l)]);
      }
    }
    if (!(slope < 0) || !(curvature > 0)) return start_;
    double share = -slope / curvature;
    if (nonnegative) {
      for (std::size_t j = 0; j < goal.size(); ++j) {
        if (goal[j] < start_[j]) share = std::min(share, start_[j] / (start_[j] - goal[j]));
      }
    }
    for (std::size_t j = 0; j < goal.size(); ++j) {
      const double value = start_[j] + share * (goal[j] - start_[j]);
      goal[j] = nonnegative ? std::max(0.0, value) : value;
    }
    return goal;
  }

 private:
  static std::size_t at(Index j) { return static_cast<std::size_t>(j); }

  const GramMatrix& G_;
  FactorPenalty penalty_;
  std::vector<double> start_;
  std::vector<double> drift_;
};

/// Randomized Kaczmarz on one restart. For a drawn line, every process that holds a part of it
/// takes `inner` steps on rows drawn from its own block, whose variance is reduced (Johnson & Zhang
/// 2013; Xiao & Zhang 2014); the results are averaged, weighted by the squared norm of the block's
/// rows (Moorman et al. 2020), and the line goes towards the average as far as that lowers it:
/// blocks that are unlike can overshoot. A replay takes plain steps.
template <class Real>
class SampledKaczmarz {
 public:
  SampledKaczmarz(const DistributedMatrix<Real>& X, const FactorizeOptions& options, Index restart)
      : X_(X),
        options_(options),
        draws_(options, restart, X.rows(), X.columns()),
        row_field_(options.seed, Purpose::draw_inner_row, restart),
        column_field_(options.seed, Purpose::draw_inner_column, restart),
        weights_A_(X.block_rows().size()),
        weights_S_(X.block_columns().size()) {}

  void iterate(SampledFactors<Real>& factors, Index iteration) {
    if (const RecordedDraw* recorded = draws_.recorded(iteration)) {
      replay(factors, *recorded);
      return;
    }
    if (weighed_at_ != factors.scalings()) {
      weigh_all(factors, Side::S, weights_A_);
      weigh_all(factors, Side::A, weights_S_);
      weighed_at_ = factors.scalings();
    }
    for (const Index column : draws_.columns(iteration)) {
      fit(factors, Side::S, column, iteration);
    }
    for (const Index row : draws_.rows(iteration)) fit(factors, Side::A, row, iteration);
  }

 private:
  [[nodiscard]] WeightTree& weights(Side side) { return side == Side::S ? weights_A_ : weights_S_; }

  static double squared_norm(const TallMatrix<Real>& F, Index row) {
    return kernels::squared_norm(F.row(row), F.width());
  }

  void weigh_all(const SampledFactors<Real>& factors, Side side, WeightTree& tree) {
    const TallMatrix<Real>& F = factors.fixed(side);
    for (Index i = 0; i < F.rows(); ++i) tree.set(i, squared_norm(F, i));
  }

  void fit(SampledFactors<Real>& factors, Side side, Index index, Index iteration) {
    const LineProblem problem(factors.fixed_gram(side), factors.right_side(side, index),
                              step_of(factors, side, 1).penalty, factors.current(side, index));
    const std::vector<double> after =
        problem.best_towards(average(factors, side, index, problem, iteration),
                             options_.constraint == Constraint::nonnegative);
    factors.replace(side, index, problem.start(), after);
    // The row that moved is one of the other factor's fixed rows.
    const Side other = side == Side::S ? Side::A : Side::S;
    if (factors.crosses(side, index)) {
      const Index local = index - factors.fixed_range(other).begin;
      weights(other).set(local, squared_norm(factors.fixed(other), local));
    }
  }

  /// Steps on my own rows, then the weighted average over all that hold a part of the line.
  std::vector<double> average(const SampledFactors<Real>& factors, Side side, Index index,
                              const LineProblem& problem, Index iteration) {
    std::vector<double> terms(problem.start().size() + 1, 0.0);
    const WeightTree& tree = weights(side);
    if (factors.crosses(side, index) && tree.total() > 0) {
      std::vector<double> s = problem.start();
      take_steps(factors, side, index, iteration, problem.drift(), s);
      for (std::size_t j = 0; j < s.size(); ++j) terms[j] = tree.total() * s[j];
      terms.back() = tree.total();
    }
    sum_over(X_.grid().all(), std::span<double>(terms));
    const double total = terms.back();
    if (total <= 0) return problem.start();
    terms.pop_back();
    for (double& value : terms) value /= total;
    return terms;
  }

  /// Where the line stands is the solution of the equations as the steps see them; what all of them
  /// together still pull at is added to every step. The mean step is that of plain Kaczmarz, but
  /// its noise falls with the distance from the minimum: no horizon is left.
  void take_steps(const SampledFactors<Real>& factors, Side side, Index index, Index iteration,
                  const std::vector<double>& drift, std::vector<double>& s) {
    const TallMatrix<Real>& F = factors.fixed(side);
    const WeightTree& tree = weights(side);
    const RandomField& field = side == Side::S ? row_field_ : column_field_;
    const bool uniform = options_.sampling == RowSampling::uniform;
    KaczmarzStep how = step_of(factors, side, relaxation(iteration));
    if (uniform) how.cap = static_cast<double>(F.rows()) / tree.total();
    how.drift = drift;
    // A block alone does not feel what holds the components that it lacks: many steps overshoot.
    const Index whole = side == Side::S ? X_.rows() : X_.columns();
    if (F.rows() < whole) how.relaxation /= static_cast<double>(options_.inner);
    const std::vector<double> from = s;
    std::vector<double> a(s.size());
    for (Index step = 0; step < options_.inner; ++step) {
      // Keyed by the line too, or the lines of one iteration would draw the same rows.
      const Index key = index * options_.inner + step;
      const Index r = uniform ? field.index(iteration, key, F.rows())
                              : tree.draw(field.uniform(iteration, key));
      std::copy_n(F.row(r), F.width(), a.begin());
      kaczmarz_step(s, a, std::inner_product(a.begin(), a.end(), from.begin(), 0.0), how);
    }
  }

  [[nodiscard]] KaczmarzStep step_of(const SampledFactors<Real>& factors, Side side,
                                     double relaxation) const {
    const Penalties& penalties = options_.penalties;
    return {.relaxation = relaxation,
            .cap = kNoCap,
            .nonnegative = options_.constraint == Constraint::nonnegative,
            .penalty = side == Side::S ? penalties.of_S() : penalties.of_A(),
            .squared_norm = factors.fixed_gram(side).trace(),
            .drift = {}};
  }

  /// λ: constant, or falling slowly with t, the passes' worth of entries. A replay steps in full.
  [[nodiscard]] double relaxation(Index iteration) const {
    if (options_.relaxation > 0) return options_.relaxation;
    if (!options_.draws.empty()) return 1;
    const double used = 2.0 * static_cast<double>(iteration) * static_cast<double>(options_.inner) *
                        static_cast<double>(options_.samples);
    const double t = used / (static_cast<double>(X_.rows()) * static_cast<double>(X_.columns()));
    return 1 / (1 + t / kPassesOfHalving);
  }

  /// One line of a replay: where it stands, and the equations of its steps.
  struct Replay {
    Side side;
    Index index;
    const std::vector<Index>& drawn;  ///< rows of the fixed factor, a step each
    std::vector<double> before;
    std::vector<double> now;
    std::vector<double> equations;  ///< a step each: the fixed row, then x
    KaczmarzStep how;
  };

  /// The recorded steps in their order, one of the column and one of the row in turn. Their
  /// equations are brought together first, so that any layout takes the same steps.
  void replay(SampledFactors<Real>& factors, const RecordedDraw& draw) {
    Replay column = gather(factors, Side::S, draw.column, draw.inner_rows);
    Replay row = gather(factors, Side::A, draw.row, draw.inner_columns);
    const std::size_t steps = std::max(column.drawn.size(), row.drawn.size());
    for (std::size_t step = 0; step < steps; ++step) {
      take_recorded_step(column, row, step);
      take_recorded_step(row, column, step);
    }
    for (const Replay* line : {&column, &row}) {
      factors.replace(line->side, line->index, line->before, line->now);
    }
  }

  Replay gather(const SampledFactors<Real>& factors, Side side, Index index,
                const std::vector<Index>& drawn) const {
    const std::vector<double> before = factors.current(side, index);
    const std::size_t k = before.size();
    const Range held = factors.fixed_range(side);
    std::vector<double> equations(drawn.size() * (k + 1), 0.0);
    if (factors.crosses(side, index)) {
      const std::vector<Real> x = factors.values(side, index);
      for (std::size_t step = 0; step < drawn.size(); ++step) {
        if (!held.contains(drawn[step])) continue;
        const Index r = drawn[step] - held.begin;
        double* equation = equations.data() + step * (k + 1);
        std::copy_n(factors.fixed(side).row(r), k, equation);
        equation[k] = static_cast<double>(x[static_cast<std::size_t>(r)]);
      }
    }
    sum_over(X_.grid().all(), std::span<double>(equations));
    return {side,
            index,
            drawn,
            before,
            before,
            std::move(equations),
            step_of(factors, side, relaxation(0))};
  }

  /// @param other  the line that moves in turn with this one: where the drawn row is its own, the
  ///               step sees it as it stands.
  void take_recorded_step(Replay& line, const Replay& other, std::size_t step) const {
    if (step >= line.drawn.size()) return;
    const std::size_t k = line.now.size();
    const double* equation = line.equations.data() + step * (k + 1);
    const std::span<const double> a = line.drawn[step] == other.index
                                          ? std::span<const double>(other.now)
                                          : std::span<const double>(equation, k);
    kaczmarz_step(line.now, a, equation[k], line.how);
  }

  const DistributedMatrix<Real>& X_;
  const FactorizeOptions& options_;
  LineDraws draws_;
  RandomField row_field_;
  RandomField column_field_;
  WeightTree weights_A_;             ///< squared norms of my block's rows of A
  WeightTree weights_S_;             ///< and of Sᵀ
  std::optional<Index> weighed_at_;  ///< of SampledFactors::scalings()
};

}  // namespace

template <class Real>
void solve_by_sampled_kaczmarz(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                               std::vector<RestartStart<Real>> batch, RunControl& control,
                               const SolverEvents<Real>& events) {
  for (RestartStart<Real>& start : batch) {
    if (control.early()) break;
    SampledKaczmarz<Real> kaczmarz(X, options, start.restart);
    run_sampled<Real>(X, options, std::move(start), control, events,
                      [&](SampledFactors<Real>& factors, Index iteration) {
                        kaczmarz.iterate(factors, iteration);
                      });
  }
}

template void solve_by_sampled_kaczmarz(const DistributedMatrix<double>&, const FactorizeOptions&,
                                        std::vector<RestartStart<double>>, RunControl&,
                                        const SolverEvents<double>&);
template void solve_by_sampled_kaczmarz(const DistributedMatrix<float>&, const FactorizeOptions&,
                                        std::vector<RestartStart<float>>, RunControl&,
                                        const SolverEvents<float>&);

}  // namespace partita
