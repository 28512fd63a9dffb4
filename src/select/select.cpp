#include "select/select.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <span>
#include <utility>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "comm/wait_listening.hpp"
#include "factorize/run/run_identity.hpp"
#include "factorize/settings.hpp"
#include "factorize/solve/solver_table.hpp"
#include "select/choice/gain_rule.hpp"
#include "select/choice/rank_rules.hpp"
#include "select/measure/recurrence.hpp"
#include "select/stability/column_consensus.hpp"
#include "select/stability/stability.hpp"

namespace partita {

const Choices<SelectMethod> kSelectMethods = {{"auto", SelectMethod::automatic},
                                              {"holdout", SelectMethod::holdout},
                                              {"bcv", SelectMethod::bicrossvalidation},
                                              {"stability", SelectMethod::stability},
                                              {"all", SelectMethod::all}};

namespace {

/// Stored entries up to which masks are worth their memory and their slower fits.
constexpr Index kMostOfMasks = 4'000'000;
/// Mean squared error below which a fit is exact, as a share of the mean square of X.
constexpr double kExactShare = 1e-5;
/// Held-out entries of a mask, at least: fewer say nothing.
constexpr double kFewestHeldOut = 10;

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorKind::usage, message);
}

std::string text(Index number) {
  return std::to_string(number);
}

/// The method that `automatic` stands for.
SelectMethod settled(const SelectOptions& options, const MatrixShape& shape) {
  if (options.method != SelectMethod::automatic) return options.method;
  const FactorizeOptions& fit = options.pool.fit;
  const bool masks = !shape.sparse && shape.stored <= kMostOfMasks &&
                     solver_row(fit.solver, fit.schedule).can(Ability::entry_rules);
  return masks ? SelectMethod::holdout : SelectMethod::bicrossvalidation;
}

bool uses_masks(SelectMethod method) {
  return method == SelectMethod::holdout || method == SelectMethod::all;
}

bool uses_folds(SelectMethod method) {
  return method == SelectMethod::bicrossvalidation || method == SelectMethod::all;
}

std::vector<Index> ranks_of(const RankRange& range) {
  std::vector<Index> ranks;
  if (range.least > 1) ranks.push_back(1);
  for (Index k = range.least; k <= range.most; k += range.step) ranks.push_back(k);
  return ranks;
}

void check_range(const RankRange& range, SelectMethod method, const MatrixShape& shape) {
  const std::string of_matrix =
      " of the " + text(shape.rows) + " x " + text(shape.columns) + " matrix";
  const Index least_side = std::min(shape.rows, shape.columns);
  if (range.step > range.most - range.least) {
    refuse("--k names " + text(range.least) +
           " alone, so that there is nothing to choose: take a range, as --k 2:20, or partita fit "
           "-k " +
           text(range.least));
  }
  if (range.most > least_side) {
    refuse("--k ends at " + text(range.most) + ", beyond the " + text(least_side) +
           (shape.rows < shape.columns ? " rows" : " columns") + of_matrix);
  }
  if (uses_folds(method) && range.most > least_side / 2) {
    refuse("--method bcv fits quarters" + of_matrix + ": --k may end at " + text(least_side / 2) +
           " there, not at " + text(range.most));
  }
}

void check_masks(const SelectOptions& options, const MatrixShape& shape) {
  if (shape.sparse) {
    refuse(
        "--method holdout holds out entries of a dense matrix, and this one is sparse: take "
        "--method bcv");
  }
  require_ability(options.pool.fit, Ability::entry_rules, "--method holdout",
                  "others take --method bcv");
  if (options.most_masks > kMostMasks) {
    refuse((options.masks > kMostMasks ? "--masks " + text(options.masks)
                                       : "--most-masks " + text(options.most_masks)) +
           ": there may be " + text(kMostMasks) + " at most");
  }
  const double held_out =
      options.pool.share * static_cast<double>(shape.rows) * static_cast<double>(shape.columns);
  if (held_out < kFewestHeldOut) {
    refuse("--hold-out " + text_of(SettingValue(options.pool.share)) + " of the " +
           text(shape.rows) + " x " + text(shape.columns) +
           " matrix are too few entries to judge by: it needs more rows");
  }
}

std::vector<FitTask> holdouts(const std::vector<Index>& ranks, Range masks) {
  std::vector<FitTask> fits;
  for (const Index k : ranks) {
    for (Index mask = masks.begin; mask < masks.end; ++mask) {
      fits.push_back({FitKind::holdout, k, mask});
    }
  }
  return fits;
}

std::vector<FitTask> fits_of(SelectMethod method, const std::vector<Index>& ranks, Index masks) {
  std::vector<FitTask> fits;
  if (uses_masks(method)) fits = holdouts(ranks, {0, masks});
  for (const Index k : ranks) {
    for (Index fold = 0; uses_folds(method) && fold < kFoldsOfQuarters; ++fold) {
      fits.push_back({FitKind::bicrossvalidation, k, fold});
    }
    const bool all_restarts = method == SelectMethod::stability || method == SelectMethod::all;
    if (all_restarts) fits.push_back({FitKind::recurrence, k, 0});
  }
  return fits;
}

/// Beside X and the factors of a fit: places of masks with their values, by rows and by columns;
/// quarters; and all restarts of the largest k, on one process.
double bytes_of_measuring(const PreparedSelection& prepared, const SelectOptions& options,
                          const JobChoices& choices) {
  const MatrixShape& shape = prepared.job.shape;
  const double real = choices.single_precision ? 4 : 8;
  const auto stored = static_cast<double>(shape.stored);
  double bytes = 0;
  if (uses_masks(prepared.method)) {
    bytes += static_cast<double>(std::max(options.masks, options.most_masks)) * options.pool.share *
             stored * (3 * real + 12);
  }
  if (uses_folds(prepared.method)) bytes += stored * (shape.sparse ? real + 4 : real);
  bytes /= static_cast<double>(prepared.job.plan.grid.processes());
  const auto components =
      static_cast<double>(prepared.ranks.back()) * static_cast<double>(options.pool.restarts);
  const double columns = static_cast<double>(std::min<Index>(shape.columns, kMostConsensusColumns));
  return bytes + 8 * components * (3 * static_cast<double>(shape.columns) + 3 * components) +
         16 * columns * columns;
}

/// All that decides what a fit tells. Collective over the group.
template <class Real>
RunIdentity identity_of(const DistributedMatrix<Real>& X, const PoolOptions& options) {
  RunIdentity identity = run_identity(X, options.fit, nullptr);
  std::erase_if(identity, [](const auto& entry) {
    return entry.first == "components" || entry.first == kRestartsEntry || entry.first == "average";
  });
  identity.emplace_back("hold-out", text_of(SettingValue(options.share)));
  identity.emplace_back("stability-restarts", text(options.restarts));
  return identity;
}

/// The curve that is judged, and what is measured so far, made from measures of the pool.
class Evidence {
 public:
  Evidence(const PreparedSelection& prepared, Index masks, const SavedFits& saved)
      : prepared_(prepared), masks_(masks), saved_(saved) {}

  void set_masks(Index masks) { masks_ = masks; }
  /// @param least  errors below it are as good as it.
  [[nodiscard]] std::vector<RankEvidence> rows(double least = 0) const {
    const bool masks = uses_masks(prepared_.method);
    return rows_by(masks ? FitKind::holdout : FitKind::bicrossvalidation,
                   masks                          ? masks_
                   : uses_folds(prepared_.method) ? kFoldsOfQuarters
                                                  : 0,
                   least);
  }
  /// Beside those of masks, where both are measured.
  [[nodiscard]] std::vector<RankEvidence> folds() const {
    if (prepared_.method != SelectMethod::all) return {};
    return rows_by(FitKind::bicrossvalidation, kFoldsOfQuarters, 0);
  }

 private:
  [[nodiscard]] std::vector<RankEvidence> rows_by(FitKind kind, Index parts, double least) const {
    std::vector<RankEvidence> rows;
    for (const Index k : prepared_.ranks) {
      RankEvidence& row = rows.emplace_back();
      row.k = k;
      double training = 0;
      for (Index part = 0; part < parts; ++part) {
        const FitMeasures measures = saved_.find({kind, k, part}).value();
        row.held_out.push_back(measures.held_out < least ? least : measures.held_out);
        training += measures.training;
      }
      if (parts > 0) row.training_error = training / static_cast<double>(parts);
      const auto recurrence = saved_.find({FitKind::recurrence, k, 0});
      if (!recurrence) continue;
      if (parts == 0) row.training_error = recurrence->training;
      row.stability = Stability{recurrence->silhouette_mean, recurrence->silhouette_least,
                                recurrence->cophenetic, recurrence->dispersion};
    }
    return rows;
  }

  const PreparedSelection& prepared_;
  Index masks_;
  const SavedFits& saved_;
};

ChoiceOptions choice_options(const PreparedSelection& prepared, const SelectOptions& options,
                             int unit) {
  ChoiceOptions choice;
  choice.rule = prepared.method == SelectMethod::stability ? RankRule::sigprofiler : options.rule;
  choice.least = options.range.least;
  const bool by_folds = prepared.method == SelectMethod::bicrossvalidation;
  choice.weak_share = by_folds ? kWeakShareOfFolds : kWeakShareOfMasks;
  choice.parts = by_folds ? "folds" : "masks";
  choice.unit = unit;
  return choice;
}

/// Those of process 0, to all. Collective over `world`.
void share_facts(const Communicator& world, DataFacts& facts) {
  std::array<double, 6> numbers = {facts.least,
                                   facts.most,
                                   facts.mean,
                                   facts.all_whole ? 1.0 : 0.0,
                                   static_cast<double>(facts.unit),
                                   facts.mean_square};
  broadcast(world, std::span<double>(numbers), 0);
  facts = {numbers[0], numbers[1], numbers[2], numbers[3] == 1, static_cast<int>(numbers[4]),
           numbers[5]};
}

/// How far the restarts of the chosen k agree, and their consensus of columns where these are few:
/// by the first group, as it is one fit. Collective over `world`.
template <class Real>
TallMatrix<double> compare_restarts(const Communicator& world, const DistributedMatrix<Real>* X,
                                    const JobPlan& plan, const PoolOptions& options, Index k,
                                    const RunHooks& hooks, SavedFits& saved) {
  const FitTask task{FitKind::recurrence, k, 0};
  TallMatrix<double> consensus;
  std::array<double, FitMeasures::kNumbers> numbers{};
  const bool is_first_group = X != nullptr && plan.group_of(world.rank()) == 0;
  std::exception_ptr failure;
  try {
    if (is_first_group && (!saved.find(task) || X->columns() <= kMostConsensusColumns)) {
      const Recurrence recurrence = measure_recurrence(*X, options, k, hooks);
      numbers = recurrence.measures.numbers();
      together(X->grid().all(), [&] {
        if (!X->grid().all().is_root() || X->columns() > kMostConsensusColumns) return;
        const std::vector<Index> columns = spread_columns(X->columns(), X->columns());
        consensus = consensus_matrix(recurrence.restarts, columns);
      });
    } else if (is_first_group) {
      numbers = saved.find(task)->numbers();
    }
  } catch (...) {
    failure = std::current_exception();
  }
  wait_listening(world);
  agree_on_failure(world, failure);
  broadcast(world, std::span<double>(numbers), 0);
  saved.add(task, FitMeasures::of(numbers));
  return consensus;
}

template <class Real>
Selection run(const Communicator& world, const PreparedSelection& prepared, MatrixSource& source,
              const std::string& name, const SelectOptions& options,
              const CheckpointOptions& checkpoint, const PoolHooks& hooks) {
  const auto X = read_matrix<Real>(world, prepared.job, source, name);
  const DistributedMatrix<Real>* mine = X ? &*X : nullptr;
  Selection selection;
  RunIdentity identity;
  if (X) {
    selection.facts = data_facts(*X);
    identity = identity_of(*X, options.pool);
  }
  share_facts(world, selection.facts);
  if (selection.facts.least == selection.facts.most) {
    throw Error(ErrorKind::bad_data,
                name + ": all entries are " + text_of(SettingValue(selection.facts.least)) +
                    ", so that one component says everything: there is nothing to choose");
  }
  SavedFits saved(world, checkpoint, std::move(identity), hooks.on_warning);
  FitPool<Real> pool(world, prepared.job.plan, mine, options.pool, saved, hooks);
  static_cast<void>(pool.measure(prepared.fits));
  Evidence evidence(prepared, options.masks, saved);
  const ChoiceOptions choice = choice_options(prepared, options, selection.facts.unit);
  // The ridge of a mask, and the end of a fit, leave an exact model that far from the data.
  const double exact = kExactShare * selection.facts.mean_square;
  std::vector<RankEvidence> rows = evidence.rows(exact);
  // What a few masks leave in doubt, all of them together settle.
  if (uses_masks(prepared.method) && options.most_masks > options.masks &&
      disagree(ranks_of_masks(rows, choice))) {
    static_cast<void>(pool.measure(holdouts(prepared.ranks, {options.masks, options.most_masks})));
    evidence.set_masks(options.most_masks);
    rows = evidence.rows(exact);
  }
  const auto recurrences_of = [&](std::span<const Index> ranks) {
    std::vector<FitTask> fits;
    for (const Index k : ranks) fits.push_back({FitKind::recurrence, k, 0});
    static_cast<void>(pool.measure(fits));
    rows = evidence.rows(exact);
  };
  // Largest first, as many at a time as there are groups: the first that recurs decides.
  for (auto wanted = stability_wanted(rows, choice); !wanted.empty();
       wanted = stability_wanted(rows, choice)) {
    const auto at_a_time = static_cast<std::size_t>(prepared.job.plan.active_groups());
    recurrences_of(std::span(wanted).last(std::min(wanted.size(), at_a_time)));
  }
  selection.choice = choose_rank(rows, choice);
  // What comes now need not be long, but all that was measured would be lost with it.
  if (X && prepared.job.plan.group_of(world.rank()) == 0) saved.save(X->grid().all(), 0);
  RunHooks of_fit;
  of_fit.stop_requested = hooks.stop_requested;
  selection.consensus = compare_restarts(world, mine, prepared.job.plan, options.pool,
                                         selection.choice.chosen, of_fit, saved);
  const std::vector<RankEvidence> judged_rows = evidence.rows(exact);
  rows = evidence.rows();
  selection.fits = static_cast<Index>(saved.size());
  const std::vector<RankEvidence> folds = evidence.folds();
  const bool judged = prepared.method != SelectMethod::stability;
  const std::vector<double> shares = judged
                                         ? gain_shares(mean_curve(judged_rows, choice.exact_error))
                                         : std::vector<double>(rows.size(), 0.0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RankRow& row = selection.rows.emplace_back(
        RankRow{rows[i], folds.empty() ? std::vector<double>() : folds[i].held_out, shares[i]});
    for (std::vector<double>* const errors : {&row.evidence.held_out, &row.folds}) {
      for (double& error : *errors) error = std::ldexp(error, 4 * selection.facts.unit);
    }
  }
  return selection;
}

}  // namespace

PreparedSelection prepare_selection(const Communicator& world, const MatrixShape& shape,
                                    const SelectOptions& options, const JobChoices& choices) {
  PreparedSelection prepared;
  prepared.method = settled(options, shape);
  check_range(options.range, prepared.method, shape);
  if (uses_masks(prepared.method)) check_masks(options, shape);
  const bool needs_held_out = rank_rule(options.rule).needs_held_out;
  if (prepared.method == SelectMethod::stability && needs_held_out &&
      options.rule != RankRule::gain) {
    refuse("--rule " + rank_rule(options.rule).name +
           " goes by held-out errors, which --method stability does not measure");
  }
  prepared.ranks = ranks_of(options.range);
  prepared.fits = fits_of(prepared.method, prepared.ranks, options.masks);
  FactorizeOptions fit = options.pool.fit;
  fit.components = prepared.ranks.back();
  fit.restarts = static_cast<Index>(prepared.fits.size());
  JobChoices planned = choices;
  planned.plan.batch = 1;
  planned.sketch = SketchChoice::off;
  prepared.job =
      prepare_job(world, shape, fit, planned,
                  uses_masks(prepared.method) ? RowsNeeded::whole : RowsNeeded::by_options);
  prepared.job.plan.bytes_per_process += bytes_of_measuring(prepared, options, choices);
  return prepared;
}

Selection run_selection(const Communicator& world, const PreparedSelection& prepared,
                        MatrixSource& source, const std::string& name, const SelectOptions& options,
                        const CheckpointOptions& checkpoint, const PoolHooks& hooks) {
  return prepared.job.choices.single_precision
             ? run<float>(world, prepared, source, name, options, checkpoint, hooks)
             : run<double>(world, prepared, source, name, options, checkpoint, hooks);
}

}  // namespace partita
