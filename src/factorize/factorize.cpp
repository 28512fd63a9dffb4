#include "partita/factorize/factorize.hpp"

#include "partita/base/error.hpp"
#include "partita/comm/agreement.hpp"
#include "partita/comm/collectives.hpp"
#include "partita/factorize/normalize.hpp"
#include "partita/factorize/solver.hpp"
#include "partita/init/starts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

namespace partita {

namespace {

template <class Real>
LinearMap<Real> linear_map(const DistributedMatrix<Real>& X) {
  return {.rows = X.factor_rows(),
          .columns = X.factor_columns(),
          .times =
              [&X](const TallMatrix<Real>& T) {
                TallMatrix<Real> space_S;
                TallMatrix<Real> space;
                TallMatrix<Real> P;
                X.times(X.gather_S(T, space_S), P, space);
                return P;
              },
          .transposed_times =
              [&X](const TallMatrix<Real>& A) {
                TallMatrix<Real> space_A;
                TallMatrix<Real> space;
                TallMatrix<Real> Q;
                X.transposed_times(X.gather_A(A, space_A), Q, space);
                return Q;
              },
          .sum = [&X](std::span<double> values) { sum_over(X.grid().all(), values); }};
}

template <class Real>
TallMatrix<Real> converted(const TallMatrix<double>& values) {
  TallMatrix<Real> result(values.rows(), values.width());
  std::ranges::transform(values.values(), result.values().begin(),
                         [](double value) { return static_cast<Real>(value); });
  return result;
}

template <class Real>
TallMatrix<double> to_double(const TallMatrix<Real>& values) {
  TallMatrix<double> result(values.rows(), values.width());
  std::ranges::copy(values.values(), result.values().begin());
  return result;
}

template <class Real>
FactorPair<Real> start_of(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                          const std::optional<GivenStart>& given, Index restart) {
  const Index k = options.components;
  const auto moved = [](StartPair<Real> pair) {
    return FactorPair<Real>{std::move(pair.A), std::move(pair.S)};
  };
  switch (options.init) {
    case StartKind::given:
      return {converted<Real>(given.value().A), converted<Real>(given.value().S)};
    case StartKind::columns:
      return moved(
          start_from_columns(linear_map(X), X.rows(), X.columns(), k, options.seed, restart));
    case StartKind::nndsvd:
      return moved(start_from_singular_vectors(linear_map(X), k, options.seed, restart));
    case StartKind::random:
      break;
  }
  return {uniform_factor<Real>(RandomField(options.seed, Purpose::start_A, restart),
                               X.factor_rows(), k),
          uniform_factor<Real>(RandomField(options.seed, Purpose::start_S, restart),
                               X.factor_columns(), k)};
}

/// Whether components may be scaled and reordered: not where the user chose what they are.
bool may_normalize(const FactorizeOptions& options) {
  return options.init != StartKind::given && options.constraint == Constraint::nonnegative &&
         options.nnls != NnlsKind::none;
}

template <class Real>
RestartStart<Real> make_start(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                              const std::optional<GivenStart>& given, Index restart) {
  RestartStart<Real> start{restart, start_of(X, options, given, restart)};
  // The classical `random` schedule begins at its uniform start as it is.
  if (options.schedule == Schedule::sweep && options.init != StartKind::given) {
    scale_start(X, start.factors);
  }
  return start;
}

/// What one group brings home.
template <class Real>
struct GroupResult {
  std::vector<RestartResult> results;
  std::optional<RestartOutcome<Real>> best;
};

template <class Real>
void finish(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
            RestartOutcome<Real> outcome, GroupResult<Real>& group) {
  if (may_normalize(options)) normalize(X.grid().all(), outcome.factors);
  outcome.result.relative_error =
      std::sqrt(X.residual_squared(outcome.factors.A, outcome.factors.S) / X.squared_norm());
  group.results.push_back(outcome.result);
  if (!std::isfinite(outcome.result.relative_error)) return;
  if (!group.best || best_of(std::array{group.best->result, outcome.result}) == 1) {
    group.best = std::move(outcome);
  }
}

template <class Real>
GroupResult<Real> run_group(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                            Range restarts, Index batch_size,
                            const std::optional<GivenStart>& given, RunControl& control) {
  GroupResult<Real> group;
  const Solver<Real> solve = solver_for<Real>(options.solver, options.schedule);
  for (Index begin = restarts.begin; begin < restarts.end && !control.early();
       begin += batch_size) {
    std::vector<RestartStart<Real>> batch;
    for (Index r = begin; r < std::min(begin + batch_size, restarts.end); ++r) {
      batch.push_back(make_start(X, options, given, options.first_restart + r));
    }
    for (auto& outcome : solve(X, options, std::move(batch), control)) {
      finish(X, options, std::move(outcome), group);
    }
  }
  return group;
}

/// @throws Error (usage) for options or a given start that do not fit X or each other.
template <class Real>
void check_request(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                   const std::optional<GivenStart>& start) {
  validate(options, X.rows(), X.columns());
  static_cast<void>(solver_facts(options.solver, options.schedule));
  if (options.init != StartKind::given) return;
  const auto fits = [&](const TallMatrix<double>& W, Range mine) {
    return W.rows() == mine.size() && W.width() == options.components;
  };
  if (!start || !fits(start->A, X.factor_rows()) || !fits(start->S, X.factor_columns())) {
    throw Error(ErrorKind::usage, "a given start needs factors A and S of the shape of X and of " +
                                      std::to_string(options.components) + " components");
  }
}

/// Results as plain numbers, to travel: a head of six, then the trace, three a point.
constexpr std::size_t kHead = 6;

std::vector<double> packed(std::span<const RestartResult> results) {
  std::vector<double> numbers;
  for (const RestartResult& r : results) {
    numbers.insert(numbers.end(), {static_cast<double>(r.restart), static_cast<double>(r.stop),
                                   static_cast<double>(r.iterations), r.relative_error, r.seconds,
                                   static_cast<double>(r.trace.size())});
    for (const TracePoint& point : r.trace) {
      numbers.insert(numbers.end(),
                     {static_cast<double>(point.iteration), point.seconds, point.relative_error});
    }
  }
  return numbers;
}

void unpack(std::span<const double> numbers, std::vector<RestartResult>& results) {
  while (!numbers.empty()) {
    RestartResult r;
    r.restart = static_cast<Index>(numbers[0]);
    r.stop = static_cast<StopReason>(static_cast<int>(numbers[1]));
    r.iterations = static_cast<Index>(numbers[2]);
    r.relative_error = numbers[3];
    r.seconds = numbers[4];
    const auto points = static_cast<std::size_t>(numbers[5]);
    for (std::size_t t = 0; t < points; ++t) {
      const double* point = numbers.data() + kHead + 3 * t;
      r.trace.push_back({static_cast<Index>(point[0]), point[1], point[2]});
    }
    numbers = numbers.subspan(kHead + 3 * points);
    results.push_back(std::move(r));
  }
}

/// Every restart's result on world rank 0, and the best one's head on every process.
Factorization combine(const Communicator& world, std::span<const RestartResult> from_this_root) {
  Factorization all;
  for (const auto& part : gather(world, std::span<const double>(packed(from_this_root)), 0)) {
    unpack(part, all.restarts);
  }
  std::ranges::sort(all.restarts, {}, &RestartResult::restart);
  std::vector<double> head(kHead, 0);
  Index best = best_of(all.restarts);
  broadcast(world, std::span<Index>(&best, 1), 0);
  if (best < 0) {
    throw Error(ErrorKind::internal,
                "no restart ended with a finite error; try another solver or --precision double");
  }
  if (world.is_root()) {
    RestartResult without_trace = all.restarts[static_cast<std::size_t>(best)];
    without_trace.trace.clear();
    head = packed(std::span<const RestartResult>(&without_trace, 1));
  }
  broadcast(world, std::span<double>(head), 0);
  std::vector<RestartResult> best_head;
  unpack(head, best_head);
  all.best = std::move(best_head.front());
  return all;
}

}  // namespace

template <class Real>
Factorization factorize(const Communicator& world, const JobPlan& plan,
                        const DistributedMatrix<Real>* X, const FactorizeOptions& options,
                        const std::optional<GivenStart>& start, const RunHooks& hooks) {
  // Groups without restarts hold no X to check against; they hear of a refusal here.
  together(world, [&] {
    if (X != nullptr) check_request(*X, options, start);
  });
  GroupResult<Real> group;
  const bool is_group_root = X != nullptr && X->grid().all().is_root();
  if (X != nullptr) {
    RunControl control(options.stop, hooks, is_group_root);
    group = run_group(*X, options, plan.restarts_of(plan.group_of(world.rank())), plan.batch, start,
                      control);
  }
  if (!is_group_root) group.results.clear();
  Factorization result = combine(world, group.results);
  if (group.best && group.best->result.restart == result.best.restart) {
    result.factors = {to_double(group.best->factors.A), to_double(group.best->factors.S),
                      X->factor_rows(), X->factor_columns()};
  }
  return result;
}

template Factorization factorize(const Communicator&, const JobPlan&,
                                 const DistributedMatrix<double>*, const FactorizeOptions&,
                                 const std::optional<GivenStart>&, const RunHooks&);
template Factorization factorize(const Communicator&, const JobPlan&,
                                 const DistributedMatrix<float>*, const FactorizeOptions&,
                                 const std::optional<GivenStart>&, const RunHooks&);

}  // namespace partita
