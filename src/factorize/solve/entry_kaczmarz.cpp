#include "factorize/solve/entry_kaczmarz.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

#include "base/random.hpp"
#include "base/threads.hpp"
#include "comm/ring_shift.hpp"
#include "factorize/matrix/strata.hpp"
#include "factorize/objective/entry_objective.hpp"
#include "factorize/objective/objective.hpp"
#include "factorize/solve/lone_restart.hpp"
#include "factorize/solve/normalize.hpp"
#include "factorize/solve/work_timer.hpp"

namespace partita {

namespace {

/// Length of a step at first, in standard deviations of X, and its fall.
constexpr double kStep = 0.02;
constexpr double kFall = 0.05;
/// Of the root mean square of X, the least that counts as its standard deviation: a step is at most
/// a tenth of what would satisfy its equation. Measured on ratings without biases, where 0.1 to 0.2
/// is best.
constexpr double kLeastSpread = 0.2;

/// Step on ½ w r² of a mean weight: what is moved, √scale, moves by step x residual x √scale.
template <class Real>
double first_step(const Strata<Real>& strata) {
  const double spread =
      std::max(std::sqrt(strata.variance()), kLeastSpread * std::sqrt(strata.mean_square()));
  return kStep / (spread * strata.mean_weight());
}

template <class Real>
RowLimits<Real> limits_of(const FactorizeOptions& options, const EntryPenalty& penalty) {
  const Index width = factor_width(options);
  RowLimits<Real> limits(step_width<Real>(width));
  const Real most = std::numeric_limits<Real>::max();
  for (std::size_t l = 0; l < static_cast<std::size_t>(penalty.components(width)); ++l) {
    limits.least[l] = is_unconstrained(options) ? -most : Real{0};
    limits.most[l] = most;
    limits.l1[l] = static_cast<Real>(penalty.plain.l1);
    limits.l2[l] = static_cast<Real>(penalty.plain.l2);
    limits.pull[l] = static_cast<Real>(penalty.pull);
    limits.pull_towards[l] = static_cast<Real>(penalty.pull * penalty.centre);
  }
  if (!penalty.bias) return limits;
  const auto own = static_cast<std::size_t>(penalty.bias->own);
  const auto one = static_cast<std::size_t>(penalty.bias->one);
  limits.least[own] = -most;
  limits.most[own] = most;
  limits.l2[own] = static_cast<Real>(penalty.bias->damping);
  limits.least[one] = limits.most[one] = Real{1};
  return limits;
}

/// Of the lines at some places.
template <class Real>
std::vector<LineShare<Real>> shares_of(const LineBlocks& lines, Range places) {
  std::vector<LineShare<Real>> shares;
  for (Index place = places.begin; place < places.end; ++place) {
    const auto known = static_cast<double>(lines.known[static_cast<std::size_t>(place)]);
    if (known == 0) {
      shares.emplace_back();
    } else {
      shares.push_back({static_cast<Real>(1 / known), static_cast<Real>(1 / std::sqrt(known))});
    }
  }
  return shares;
}

/// One column block of S, where it is at the time.
template <class Real>
struct TravellingBlock {
  Index number;
  AlignedVector<Real> rows;
};

/// Epochs over the strata of one X.
template <class Real>
class Epochs {
 public:
  Epochs(const DistributedMatrix<Real>& X, const FactorizeOptions& options)
      : all_(X.grid().all()),
        strata_(X, options.seed),
        seed_(options.seed),
        penalised_(options.penalties.any() || options.bias),
        components_(factor_width(options)),
        width_(step_width<Real>(components_)),
        penalty_of_A_(entry_penalty(options, Side::A)),
        penalty_of_S_(entry_penalty(options, Side::S)),
        limits_of_A_(limits_of<Real>(options, penalty_of_A_)),
        limits_of_S_(limits_of<Real>(options, penalty_of_S_)),
        shares_of_A_(shares_of<Real>(strata_.rows(), strata_.row_places())) {
    for (Index c = 0; c < strata_.blocks(); ++c) {
      shares_of_S_.push_back(shares_of<Real>(strata_.columns(), strata_.columns().places_of(c)));
    }
  }

  /// Takes every equation once. Collective.
  /// @param epoch  counted from 0.
  void run(FactorPair<Real>& factors, Index restart, Index epoch) {
    bring(factors);
    const RandomField order(seed_, Purpose::entry_order, restart);
    const double length = first_step(strata_) / (1 + kFall * static_cast<double>(epoch));
    for (Index step = 0; step < strata_.blocks(); ++step) {
      take_step({order, epoch, static_cast<Real>(length)});
    }
    return_home(factors);
  }

 private:
  using RowAt = typename LineMoves<Real>::RowAt;

  /// What is the same for all strata of an epoch.
  struct Drawing {
    const RandomField& order;
    Index epoch;
    Real length;
  };

  void bring(const FactorPair<Real>& factors) {
    A_.assign(static_cast<std::size_t>(strata_.row_places().size() * width_), Real{0});
    strata_.moves_of_A().to_places(factors.A, row_of_A());
    held_.clear();
    for (Index c = strata_.mine().begin; c < strata_.mine().end; ++c) held_.push_back(block(c));
    strata_.moves_of_S().to_places(factors.S, row_of_held());
    prefer(penalty_of_A_, strata_.rows(), row_of_A());
    prefer(penalty_of_S_, strata_.columns(), row_of_held());
  }

  void return_home(FactorPair<Real>& factors) {
    strata_.moves_of_A().home(row_of_A(), factors.A);
    strata_.moves_of_S().home(row_of_held(), factors.S);
  }

  /// No equation moves a line of mine of which nothing is known: it gets what the penalty prefers.
  void prefer(const EntryPenalty& penalty, const LineBlocks& lines, const RowAt& row_at) const {
    const Range places = lines.places_of(strata_.mine());
    for (Index place = places.begin; place < places.end; ++place) {
      if (lines.known[static_cast<std::size_t>(place)] > 0) continue;
      penalty.prefer(row_at(place), components_);
    }
  }

  [[nodiscard]] RowAt row_of_A() {
    const Index first = strata_.row_places().begin;
    return [this, first](Index place) { return A_.data() + (place - first) * width_; };
  }

  [[nodiscard]] TravellingBlock<Real> block(Index number) const {
    const Index rows = strata_.columns().places_of(number).size();
    return {number, AlignedVector<Real>(static_cast<std::size_t>(rows * width_))};
  }

  /// Before the first step and after the last, when the blocks of my numbers are here.
  [[nodiscard]] RowAt row_of_held() {
    std::vector<Real*> rows;
    const Range places = strata_.columns().places_of(strata_.mine());
    for (TravellingBlock<Real>& held : held_) {
      const Index count = strata_.columns().places_of(held.number).size();
      for (Index i = 0; i < count; ++i) rows.push_back(held.rows.data() + i * width_);
    }
    return [rows = std::move(rows), places](Index place) {
      return rows[static_cast<std::size_t>(place - places.begin)];
    };
  }

  /// My row blocks with the column blocks that are here, which then move on by one: the first goes
  /// to the process before while the others are worked on.
  void take_step(const Drawing& drawing) {
    const auto count = static_cast<Index>(held_.size());
    if (count == 0) return;
    const Index blocks = strata_.blocks();
    const Index first = std::min(count, thread_count());
    work_on({0, first}, drawing);
    TravellingBlock<Real> leaving = std::move(held_.front());
    const Index behind = strata_.mine().end % blocks;
    const Index before = (strata_.mine().begin + blocks - 1) % blocks;
    if (strata_.holder(behind) == all_.rank()) {  // I have them all
      work_on({first, count}, drawing);
      held_.pop_front();
      held_.push_back(std::move(leaving));
      return;
    }
    TravellingBlock<Real> arriving = block((held_.back().number + 1) % blocks);
    PendingShift shift(all_, strata_.holder(before), std::span<const Real>(leaving.rows),
                       strata_.holder(behind), std::span<Real>(arriving.rows));
    work_on({first, count}, drawing);
    shift.wait();
    held_.pop_front();
    held_.push_back(std::move(arriving));
  }

  void work_on(Range some, const Drawing& drawing) {
    deal_to_threads(some.size(), [&](Index /*thread*/, Index i) {
      const Index at = some.begin + i;
      TravellingBlock<Real>& columns = held_[static_cast<std::size_t>(at)];
      take_stratum(strata_.mine().begin + at, columns, drawing);
    });
  }

  void take_stratum(Index b, TravellingBlock<Real>& columns, const Drawing& drawing) {
    const auto equations = strata_.equations(b, columns.number);
    const auto count = static_cast<Index>(equations.size());
    if (count == 0) return;
    const Index stratum = b * strata_.blocks() + columns.number;
    EquationOrder order{.first = drawing.order.index(drawing.epoch, 2 * stratum, count)};
    if (count > 1)
      order.stride = 1 + drawing.order.index(drawing.epoch, 2 * stratum + 1, count - 1);
    while (std::gcd(order.stride, count) != 1) ++order.stride;
    const auto number = static_cast<std::size_t>(columns.number);
    take_equations<Real>(
        equations, order, drawing.length, {A_.data(), shares_of_A_.data(), &limits_of_A_},
        {columns.rows.data(), shares_of_S_[number].data(), &limits_of_S_}, width_, penalised_);
  }

  const Communicator& all_;
  Strata<Real> strata_;
  std::uint64_t seed_;
  bool penalised_;
  Index components_;
  Index width_;  ///< of rows here, in whole cache lines
  EntryPenalty penalty_of_A_;
  EntryPenalty penalty_of_S_;
  RowLimits<Real> limits_of_A_;
  RowLimits<Real> limits_of_S_;
  std::vector<LineShare<Real>> shares_of_A_;
  std::vector<std::vector<LineShare<Real>>> shares_of_S_;  ///< of every column block
  AlignedVector<Real> A_;                                  ///< my rows of A, by place
  std::deque<TravellingBlock<Real>> held_;                 ///< one for each of my row blocks
};

template <class Real>
void check_unstored(const DistributedMatrix<Real>& X) {
  const bool all_stored = static_cast<double>(X.stored()) >=
                          static_cast<double>(X.rows()) * static_cast<double>(X.columns());
  if (X.unstored_weight() == 0 || all_stored) return;
  throw Error(ErrorKind::usage,
              "--solver kaczmarz takes what X stores for its equations, and nothing else: state "
              "--unstored missing, or let --solver als count what is not stored");
}

}  // namespace

template <class Real>
void run_over_equations(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                        std::vector<RestartStart<Real>> batch, RunControl& control,
                        const SolverEvents<Real>& events) {
  check_unstored(X);
  Epochs<Real> epochs(X, options);
  const StopRule rule(options.stop, rounding_level<Real>(options.components));
  const bool scales =
      !is_unconstrained(options) && options.penalties.any() && options.init != StartKind::given;
  for (RestartStart<Real>& start : batch) {
    if (control.early()) return;
    const Index number = start.restart;
    LoneRestart<Real> restart(X, options, rule, std::move(start), control);
    const auto state = [&] { return FactorsState<Real>{restart.factors()}; };
    restart.save_if_due(events, state);
    while (restart.goes_on()) {
      {
        const WorkTimer timer(control.work(), X.grid().all().traffic(), Work::update);
        epochs.run(restart.factors(), number, restart.next_iteration() - 1);
      }
      if (scales) normalize_components(X.grid().all(), options, restart.factors());
      restart.record();
      restart.save_if_due(events, state);
    }
    restart.leave(events, state);
  }
}

template void run_over_equations(const DistributedMatrix<double>&, const FactorizeOptions&,
                                 std::vector<RestartStart<double>>, RunControl&,
                                 const SolverEvents<double>&);
template void run_over_equations(const DistributedMatrix<float>&, const FactorizeOptions&,
                                 std::vector<RestartStart<float>>, RunControl&,
                                 const SolverEvents<float>&);

}  // namespace partita
