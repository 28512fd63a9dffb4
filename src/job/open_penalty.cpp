#include "job/open_penalty.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "base/interruption.hpp"
#include "base/random.hpp"
#include "comm/collectives.hpp"
#include "factorize/factorize.hpp"

namespace partita {

namespace {

/// Of the spread of X, what the components add where rows and columns are alike.
constexpr double kShareAtCentre = 0.28;
/// Weight of the pull in standard deviations: the one that is taken untuned, and those that are
/// tried; the last leaves nothing but biases.
constexpr double kPull = 1.15;
constexpr double kNothingButBiases = 1000;
constexpr std::array kPullsToTry = {0.85, 1.15, 1.5, 2.1, kNothingButBiases};
constexpr double kHeldOut = 0.05;

/// The nearest number of six decimal digits.
double to_six_digits(double value) {
  if (!(value > 0) || !std::isfinite(value)) return 0;
  std::array<char, 32> text{};
  char* const end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific, 5)
          .ptr;
  double rounded = 0;
  std::from_chars(text.data(), end, rounded);
  return rounded;
}

/// Where all entries are the same there is nothing to explain, and nothing to be held back.
double spread_of(const EntryFacts& facts) {
  return facts.deviation > 0 ? facts.deviation : facts.mean;
}

void settle_centre(FactorizeOptions& options, const EntryFacts& facts) {
  if (options.center_at > 0) return;
  const double at_centre = options.bias ? kShareAtCentre * spread_of(facts) : facts.mean;
  options.center_at = to_six_digits(std::sqrt(at_centre / static_cast<double>(options.components)));
}

void set_pull(FactorizeOptions& options, const EntryFacts& facts, double deviations) {
  options.penalties.l2_A = options.penalties.l2_S = to_six_digits(deviations * spread_of(facts));
}

/// Whole S with the biases of its columns, in the order of columns. Collective.
template <class Real>
TallMatrix<double> gathered(const DistributedMatrix<Real>& X, const Factors& factors) {
  const Index k = factors.S.width();
  TallMatrix<double> mine(factors.S.rows(), k + 1);
  for (Index j = 0; j < mine.rows(); ++j) {
    std::copy_n(factors.S.row(j), k, mine.row(j));
    if (factors.column_bias.rows() > 0) mine(j, k) = factors.column_bias(j, 0);
  }
  std::vector<Index> counts;
  for (int process = 0; process < X.grid().all().size(); ++process) {
    counts.push_back(X.layout().factor_columns(process).size() * (k + 1));
  }
  TallMatrix<double> all(X.columns(), k + 1);
  all_gather(X.grid().all(), std::span<const double>(mine.values()), all.values(),
             std::span<const Index>(counts));
  return all;
}

/// Root mean square of what factors say of entries that they were not fitted to. Collective.
template <class Real>
double held_out_error(const DistributedMatrix<Real>& X, const EntryRows<Real>& held_out,
                      const Factors& factors, const EntryFacts& facts, double apart) {
  const TallMatrix<double> S = gathered(X, factors);
  const Index k = factors.A.width();
  std::array<double, 2> sums{};
  for (Index i = 0; i < held_out.rows(); ++i) {
    const EntryRow<Real> row = row_of(held_out, i);
    for (std::size_t e = 0; e < row.size(); ++e) {
      const double* s = S.row(row.columns[e]);
      double value = apart + s[k];
      if (factors.row_bias.rows() > 0) value += factors.row_bias(i, 0);
      for (Index l = 0; l < k; ++l) value += factors.A(i, l) * s[l];
      const double known = apart + std::ldexp(static_cast<double>(row.values[e]), 2 * X.unit());
      const double error = std::clamp(value, facts.least, facts.most) - known;
      sums[0] += row.weight(e) * error * error;
      sums[1] += row.weight(e);
    }
  }
  sum_over(X.grid().all(), std::span<double>(sums));
  return std::sqrt(sums[0] / sums[1]);
}

/// The pull that does best on entries that are held out. Collective.
template <class Real>
double tuned_pull(const Communicator& world, const PreparedJob& job, DistributedMatrix<Real>& X,
                  const EntryFacts& facts, double apart, const RunHooks& hooks,
                  const std::function<void(const std::string&)>& tell) {
  const RandomField field(job.factorize.seed, Purpose::hold_out);
  ObservedEntries<Real> all = X.observed();
  const EntryRows<Real> held_out =
      hold_out(X.observed(), X.factor_rows(), X.factor_columns(),
               [&](Index row, Index column) { return field.uniform(row, column) < kHeldOut; });
  FactorizeOptions options = job.factorize;
  options.restarts = 1;
  options.average = false;
  JobPlan plan = job.plan;
  plan.restarts = 1;
  RunHooks quiet = hooks;
  quiet.on_iteration = {};
  double best = kPull;
  double least = std::numeric_limits<double>::infinity();
  for (const double pull : kPullsToTry) {
    set_pull(options, facts, pull);
    const Factorization found = factorize<Real>(world, plan, &X, options, {}, quiet);
    const StopReason stop = found.best.stop;
    if (stop == StopReason::interrupted || stop == StopReason::time_limit) throw interruption();
    const double error = held_out_error(X, held_out, found.factors, facts, apart);
    if (tell && world.is_root()) {
      tell((pull == kNothingButBiases
                ? std::string("biases alone")
                : "--center with " + std::to_string(pull).substr(0, 4) + " standard deviations") +
           ": " + std::to_string(error) + " on the entries held out");
    }
    if (error < least) {
      least = error;
      best = pull;
    }
  }
  X.observed() = std::move(all);
  return best;
}

}  // namespace

template <class Real>
std::optional<EntryFacts> entry_facts(const Communicator& world,
                                      const std::optional<DistributedMatrix<Real>>& X) {
  const bool mine = X && !X->counts_all_alike();
  if (max_over(world, mine ? 1 : 0) == 0) return {};
  std::array<double, 7> numbers;
  numbers.fill(-std::numeric_limits<double>::infinity());
  if (mine) {
    const EntryFacts& facts = X->observed().facts;
    const auto in_own_unit = [&](double value) { return std::ldexp(value, 2 * X->unit()); };
    numbers = {static_cast<double>(facts.known),
               in_own_unit(facts.mean),
               in_own_unit(facts.deviation),
               in_own_unit(facts.least),
               in_own_unit(facts.most),
               static_cast<double>(facts.empty_rows),
               static_cast<double>(facts.empty_columns)};
  }
  max_over(world, std::span<double>(numbers));
  return EntryFacts{.known = static_cast<Index>(numbers[0]),
                    .mean = numbers[1],
                    .deviation = numbers[2],
                    .least = numbers[3],
                    .most = numbers[4],
                    .empty_rows = static_cast<Index>(numbers[5]),
                    .empty_columns = static_cast<Index>(numbers[6])};
}

template <class Real>
double settle_by_entries(const Communicator& world, PreparedJob& job,
                         std::optional<DistributedMatrix<Real>>& X, const RunHooks& hooks,
                         const std::function<void(const std::string&)>& tell) {
  FactorizeOptions& options = job.factorize;
  const std::optional<EntryFacts> facts = entry_facts(world, X);
  if (!facts) return 0;
  if (options.center) settle_centre(options, *facts);
  double apart = 0;
  if (options.bias) {
    // What is left of the mean where rows and columns are nothing but what they are pulled to.
    const double at_centre = options.center ? static_cast<double>(options.components) *
                                                  options.center_at * options.center_at
                                            : 0.0;
    apart = facts->mean - at_centre;
    if (X) take_off(std::ldexp(apart, -2 * X->unit()), X->observed());
  }
  const Penalties& penalties = options.penalties;
  if (options.center && penalties.l2_A == 0 && penalties.l2_S == 0) {
    const double pull =
        job.choices.tune ? tuned_pull(world, job, X.value(), *facts, apart, hooks, tell) : kPull;
    set_pull(options, *facts, pull);
  }
  return apart;
}

#define PARTITA_INSTANTIATE(Real)                                                                \
  template std::optional<EntryFacts> entry_facts(const Communicator&,                            \
                                                 const std::optional<DistributedMatrix<Real>>&); \
  template double settle_by_entries(const Communicator&, PreparedJob&,                           \
                                    std::optional<DistributedMatrix<Real>>&, const RunHooks&,    \
                                    const std::function<void(const std::string&)>&);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
