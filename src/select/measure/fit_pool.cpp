#include "select/measure/fit_pool.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <limits>
#include <numeric>
#include <utility>

#include "base/interruption.hpp"
#include "base/stopwatch.hpp"
#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "comm/notice_board.hpp"
#include "comm/wait_listening.hpp"
#include "select/measure/recurrence.hpp"

namespace partita {

namespace {

/// Of a pass that does not grow with k, in components' worth.
constexpr double kBase = 4;

/// What fits cost, beside each other: their passes are more or less as many.
double cost(const FitTask& task, Index restarts) {
  const double pass = kBase + static_cast<double>(task.components);
  switch (task.kind) {
    case FitKind::holdout:
      return 1.5 * pass;
    case FitKind::bicrossvalidation:
      return pass / 4;
    case FitKind::recurrence:
      return static_cast<double>(restarts) * pass;
  }
  throw Error(ErrorKind::internal, "there is no such kind of fit");
}

bool is_interruption(const std::exception_ptr& failure) {
  if (failure == nullptr) return false;
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return error.kind() == ErrorKind::interrupted;
  } catch (...) {
    return false;
  }
}

}  // namespace

std::vector<Index> deal(std::span<const FitTask> tasks, Index groups, Index restarts) {
  std::vector<std::size_t> order(tasks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::size_t t) { return cost(tasks[t], restarts); });
  std::vector<double> load(static_cast<std::size_t>(groups), 0.0);
  std::vector<Index> group_of(tasks.size(), 0);
  for (const std::size_t t : order) {
    const auto least = std::ranges::min_element(load);
    group_of[t] = least - load.begin();
    *least += cost(tasks[t], restarts);
  }
  return group_of;
}

template <class Real>
FitPool<Real>::FitPool(const Communicator& world, const JobPlan& plan,
                       const DistributedMatrix<Real>* X, const PoolOptions& options,
                       SavedFits& saved, PoolHooks hooks)
    : world_(world),
      plan_(plan),
      X_(X),
      options_(options),
      saved_(saved),
      hooks_(std::move(hooks)) {
  if (X == nullptr) return;
  masked_.emplace(*X, options);
  quarters_.emplace(*X, options);
}

template <class Real>
FitMeasures FitPool<Real>::measure_one(const FitTask& task, const RunHooks& hooks) {
  switch (task.kind) {
    case FitKind::holdout:
      return masked_->measure(task.components, task.part, hooks);
    case FitKind::bicrossvalidation:
      return quarters_->measure(task.components, task.part, hooks);
    case FitKind::recurrence:
      return measure_recurrence(*X_, options_, task.components, hooks).measures;
  }
  throw Error(ErrorKind::internal, "there is no such kind of fit");
}

/// Those of my group, one after the other. Collective over the group.
template <class Real>
void FitPool<Real>::work_on(std::span<const FitTask> tasks, const RunHooks& hooks) {
  const Communicator& group = X_->grid().all();
  const Index number = plan_.group_of(world_.rank());
  double left = 0;
  for (const FitTask& task : tasks) left += cost(task, options_.restarts);
  const Stopwatch clock;
  double done = 0;
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    FitMeasures measures;
    try {
      measures = measure_one(tasks[t], hooks);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::diverged) throw;
      measures.held_out = std::numeric_limits<double>::infinity();
    }
    saved_.add(tasks[t], measures);
    done += cost(tasks[t], options_.restarts);
    left -= cost(tasks[t], options_.restarts);
    if (hooks_.on_fit && group.is_root()) {
      hooks_.on_fit({tasks[t], static_cast<Index>(t) + 1, static_cast<Index>(tasks.size()),
                     clock.seconds() / done * left});
    }
    if (max_over(group, group.is_root() && saved_.due() ? 1 : 0) > 0) saved_.save(group, number);
  }
}

/// What each group found, to all. Collective over the world.
template <class Real>
void FitPool<Real>::share(std::span<const FitTask> tasks, std::span<const Index> groups) {
  constexpr std::size_t kNumbers = FitMeasures::kNumbers;
  const bool is_group_root = X_ != nullptr && X_->grid().all().is_root();
  std::vector<double> numbers(kNumbers * tasks.size(), 0.0);
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    if (!is_group_root || groups[t] != plan_.group_of(world_.rank())) continue;
    std::ranges::copy(saved_.find(tasks[t])->numbers(),
                      numbers.begin() + static_cast<std::ptrdiff_t>(kNumbers * t));
  }
  sum_over(world_, std::span<double>(numbers));
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    std::array<double, kNumbers> of_task{};
    std::copy_n(numbers.begin() + static_cast<std::ptrdiff_t>(kNumbers * t), kNumbers,
                of_task.begin());
    saved_.add(tasks[t], FitMeasures::of(of_task));
  }
}

template <class Real>
std::vector<FitMeasures> FitPool<Real>::measure(std::span<const FitTask> tasks) {
  std::vector<FitTask> open;
  std::ranges::copy_if(tasks, std::back_inserter(open),
                       [&](const FitTask& task) { return !saved_.find(task); });
  const std::vector<Index> groups = deal(open, plan_.active_groups(), options_.restarts);
  const Index my_group = X_ != nullptr ? plan_.group_of(world_.rank()) : -1;
  std::vector<FitTask> mine;
  for (std::size_t t = 0; t < open.size(); ++t) {
    if (groups[t] == my_group) mine.push_back(open[t]);
  }
  const bool is_group_root = X_ != nullptr && X_->grid().all().is_root();
  NoticeBoard board(world_.split(is_group_root ? 0 : 1));
  RunHooks hooks;
  hooks.stop_requested = [&] {
    const bool asked = hooks_.stop_requested && hooks_.stop_requested();
    return asked || (is_group_root && board.heard().has_value());
  };
  hooks.on_warning = hooks_.on_warning;
  std::exception_ptr failure;
  try {
    if (X_ != nullptr) work_on(mine, hooks);
  } catch (...) {
    failure = std::current_exception();
    if (is_group_root) board.post(1);
  }
  wait_listening(world_);
  board.settle();
  if (max_over(world_, failure != nullptr ? 1 : 0) > 0) {
    const InterruptionHold hold;
    if (X_ != nullptr && saved_.size() > 0) saved_.save(X_->grid().all(), my_group);
    // What stopped one group may have stopped the others by the notice of it alone.
    agree_on_failure(world_, is_interruption(failure) ? nullptr : failure);
    agree_on_failure(world_, failure);
  }
  share(open, groups);
  std::vector<FitMeasures> measures;
  for (const FitTask& task : tasks) measures.push_back(*saved_.find(task));
  return measures;
}

template class FitPool<double>;
template class FitPool<float>;

}  // namespace partita
