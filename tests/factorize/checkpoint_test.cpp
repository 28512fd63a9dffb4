// Runs that are stopped and continue: on the same layout bit for bit, on another one to rounding.
#include "factorize/run/checkpoint.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/threads.hpp"
#include "comm/agreement.hpp"
#include "io/files/checkpoint_file.hpp"
#include "support/files.hpp"
#include "support/matrices.hpp"

namespace partita::testing {
namespace {

constexpr Index kRows = 34;
constexpr Index kColumns = 23;
constexpr Index kComponents = 3;
constexpr Index kRestarts = 5;

Matrix noisy() {
  return low_rank_matrix({.rows = kRows,
                          .columns = kColumns,
                          .components = kComponents,
                          .noise = 0.2,
                          .density = 0.6,
                          .seed = 3});
}

struct Case {
  const char* name;
  std::function<void(FactorizeOptions&)> choose;
  bool sparse = false;
  Index iterations = 30;
};

std::vector<Case> cases() {
  const auto random = [](SolverKind solver) {
    return [solver](FactorizeOptions& options) {
      options.solver = solver;
      options.schedule = Schedule::random;
      if (solver == SolverKind::kaczmarz) options.inner = 3;
    };
  };
  return {
      {"hals", [](FactorizeOptions&) {}},
      {"hals on a sparse matrix", [](FactorizeOptions&) {}, true},
      {"hals on threads", [](FactorizeOptions& o) { o.threads = has_threads() ? 2 : 1; }},
      {"hals with penalties",
       [](FactorizeOptions& o) {
         o.penalties = {0.1, 0.2, 0.1, 0.3};
       }},
      {"hals from a subsample", [](FactorizeOptions& o) { o.subsample.lines = 12; }},
      {"hals from a part of a sparse matrix",
       [](FactorizeOptions& o) { o.subsample = {.lines = 12, .across = 6}; }, true},
      {"hals on a sketch", [](FactorizeOptions& o) { o.sketch = 8; }},
      {"race on a sketch",
       [](FactorizeOptions& o) {
         o.sketch = 8;
         o.race = true;
       }},
      {"bpp", [](FactorizeOptions& o) { o.nnls = NnlsKind::bpp; }},
      {"none", [](FactorizeOptions& o) { o.nnls = NnlsKind::none; }},
      {"clip", [](FactorizeOptions& o) { o.nnls = NnlsKind::clip; }},
      {"mu", [](FactorizeOptions& o) { o.solver = SolverKind::mu; }},
      {"block kaczmarz", [](FactorizeOptions& o) { o.solver = SolverKind::kaczmarz; }, true, 12},
      {"sampled als", random(SolverKind::als), false, 60},
      {"sampled kaczmarz", random(SolverKind::kaczmarz), false, 60}};
}

FactorizeOptions options_of(const Case& what) {
  FactorizeOptions options;
  options.components = kComponents;
  options.restarts = kRestarts;
  options.seed = 7;
  options.stop.max_iterations = what.iterations;
  options.stop.tolerance = 0;
  what.choose(options);
  return options;
}

/// Asks for a stop on one process only, the last that has work, once it has been asked `polls`
/// times.
RunHooks stop_after(const Communicator& world, const JobPlan& plan, Index polls,
                    std::vector<std::string>* warnings) {
  RunHooks hooks;
  if (world.rank() == plan.active_groups() * plan.grid.processes() - 1) {
    hooks.stop_requested = [polls, asked = Index{0}]() mutable { return ++asked >= polls; };
  }
  if (warnings != nullptr) {
    hooks.on_warning = [warnings](const std::string& text) { warnings->push_back(text); };
  }
  return hooks;
}

template <class Real>
WholeRun run_on(const Communicator& world, const JobPlan& plan, const Case& what,
                const CheckpointOptions& checkpoint, const RunHooks& hooks = {}) {
  return run<Real>(world, plan, noisy(), options_of(what), what.sparse, {}, hooks, checkpoint);
}

/// Stops a run every `polls` iterations and continues it until it ends.
template <class Real>
WholeRun run_in_pieces(const Communicator& world, const JobPlan& plan, const Case& what,
                       const CheckpointOptions& checkpoint, Index polls) {
  for (int piece = 0; piece < 1000; ++piece) {
    WholeRun part =
        run_on<Real>(world, plan, what, checkpoint, stop_after(world, plan, polls, nullptr));
    const bool whole = static_cast<Index>(part.restarts.size()) == kRestarts &&
                       std::ranges::none_of(part.restarts, [](const RestartResult& r) {
                         return r.stop == StopReason::interrupted;
                       });
    if (whole) return part;
  }
  ADD_FAILURE() << "the run never ends";
  return {};
}

void expect_same_bits(const WholeRun& found, const WholeRun& expected) {
  expect_same_traces(found, expected, 0);
  EXPECT_EQ(found.best.restart, expected.best.restart);
  EXPECT_TRUE(found.factors.A == expected.factors.A);
  EXPECT_TRUE(found.factors.S == expected.factors.S);
}

/// The layouts to try: all of few processes, every third of many.
std::vector<JobPlan> some_plans(const Communicator& world) {
  const std::vector<JobPlan> all = job_plans(world.size(), kRestarts);
  std::vector<JobPlan> some;
  for (std::size_t i = 0; i<all.size(); i += world.size()> 4 ? 3 : 1) some.push_back(all[i]);
  return some;
}

template <class Real>
void expect_pieces_to_make_a_whole(const Communicator& world, const Case& what, Index batch) {
  for (JobPlan plan : some_plans(world)) {
    plan.batch = batch;
    SCOPED_TRACE(std::string(what.name) + ", " + name_of(plan));
    const Folder folder(world);
    const WholeRun whole = run_on<Real>(world, plan, what, {});
    const WholeRun pieces = run_in_pieces<Real>(
        world, plan, what, {.folder = folder.file("checkpoint")}, what.iterations / 3);
    expect_same_bits(pieces, whole);
  }
}

TEST(Checkpoint, TheSameLayoutContinuesBitForBit) {
  const Communicator world = Communicator::world();
  for (const Case& what : cases()) expect_pieces_to_make_a_whole<double>(world, what, 2);
}

TEST(Checkpoint, SinglePrecisionToo) {
  const Communicator world = Communicator::world();
  if (world.size() > 2) GTEST_SKIP() << "shown on fewer processes";
  for (const Case& what : cases()) expect_pieces_to_make_a_whole<float>(world, what, kRestarts);
}

TEST(Checkpoint, ToleranceAndDeadComponentsContinueToo) {
  const Communicator world = Communicator::world();
  Case what{"tolerance", [](FactorizeOptions& options) {
              options.stop.tolerance = 1e-3;
              options.components = 6;  // of rank 3: components die and are seeded anew
            }};
  what.iterations = 200;
  const JobPlan plan = squarest(world, kRestarts);
  const Folder folder(world);
  const WholeRun whole = run_on<double>(world, plan, what, {});
  expect_same_bits(
      run_in_pieces<double>(world, plan, what, {.folder = folder.file("checkpoint")}, 4), whole);
}

TEST(Checkpoint, AnotherLayoutContinuesToRounding) {
  const Communicator world = Communicator::world();
  for (const Case& what : cases()) {
    // Sampled Kaczmarz averages over the blocks: its distributed form depends on the grid.
    if (std::string(what.name) == "sampled kaczmarz") continue;
    const WholeRun whole = run_on<double>(world, squarest(world, kRestarts), what, {});
    for (const JobPlan& first : some_plans(world)) {
      const Folder folder(world);
      const CheckpointOptions checkpoint{.folder = folder.file("checkpoint")};
      static_cast<void>(run_on<double>(world, first, what, checkpoint,
                                       stop_after(world, first, what.iterations / 2, nullptr)));
      std::vector<JobPlan> plans = job_plans(world.size(), kRestarts);
      std::ranges::reverse(plans);
      SCOPED_TRACE(std::string(what.name) + ", " + name_of(first) + " then " +
                   name_of(plans.front()));
      expect_same_traces(run_on<double>(world, plans.front(), what, checkpoint), whole, 1e-8);
    }
  }
}

TEST(Checkpoint, FewerProcessesContinue) {
  const Communicator world = Communicator::world();
  const Case what = cases().front();
  const Folder folder(world);
  const CheckpointOptions checkpoint{.folder = folder.file("checkpoint")};
  const WholeRun whole = run_on<double>(world, squarest(world, kRestarts), what, {});
  static_cast<void>(run_on<double>(world, squarest(world, kRestarts), what, checkpoint,
                                   stop_after(world, squarest(world, kRestarts), 7, nullptr)));
  const Communicator alone = world.split(world.rank());
  if (world.is_root()) {
    expect_same_traces(run_on<double>(alone, squarest(alone, kRestarts), what, checkpoint), whole,
                       1e-8);
  }
}

TEST(Checkpoint, AStopOfOneGroupReachesTheOthers) {
  const Communicator world = Communicator::world();
  Case endless = cases().front();
  endless.iterations = std::numeric_limits<Index>::max();
  for (const JobPlan& plan : job_plans(world.size(), kRestarts)) {
    SCOPED_TRACE(name_of(plan));
    const Folder folder(world);
    const CheckpointOptions checkpoint{.folder = folder.file("checkpoint")};
    const WholeRun signalled =
        run_on<double>(world, plan, endless, checkpoint, stop_after(world, plan, 5, nullptr));
    for (const RestartResult& r : signalled.restarts) EXPECT_EQ(r.stop, StopReason::interrupted);
    RunHooks hooks;
    if (world.is_root()) {
      hooks.seconds_left = [asked = 0]() mutable { return ++asked < 9 ? 1e9 : 0.0; };
    }
    const WholeRun timed = run_on<double>(world, plan, endless, checkpoint, hooks);
    for (const RestartResult& r : timed.restarts) EXPECT_EQ(r.stop, StopReason::time_limit);
  }
}

TEST(Checkpoint, AFinishedRestartIsNotRunAgain) {
  const Communicator world = Communicator::world();
  const Case what = cases().front();
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}, .batch = 1, .restarts = kRestarts};
  const Folder folder(world);
  const CheckpointOptions checkpoint{.folder = folder.file("checkpoint")};
  static_cast<void>(
      run_on<double>(world, plan, what, checkpoint, stop_after(world, plan, 70, nullptr)));
  Index least = kRestarts;
  Index asked = 0;
  RunHooks hooks;
  hooks.on_iteration = [&](const Progress& now) { least = std::min(least, now.restart); };
  hooks.stop_requested = [&] { return ++asked < 0; };
  static_cast<void>(run_on<double>(world, plan, what, checkpoint, hooks));
  if (world.is_root()) {
    EXPECT_EQ(least, 2);
  }
  EXPECT_EQ(asked, 5 * what.iterations - 70);
}

/// A run that has saved itself twice, and was stopped then.
CheckpointOptions stopped_run(const Communicator& world, const Folder& folder, const JobPlan& plan,
                              const Case& what) {
  CheckpointOptions checkpoint{.folder = folder.file("checkpoint")};
  checkpoint.every = 0;
  static_cast<void>(
      run_on<double>(world, plan, what, checkpoint, stop_after(world, plan, 9, nullptr)));
  return checkpoint;
}

TEST(Checkpoint, AnotherRunIsRefusedWithTheDifference) {
  const Communicator world = Communicator::world();
  const JobPlan plan = squarest(world, kRestarts);
  const Case what = cases().front();
  const Folder folder(world);
  const CheckpointOptions checkpoint = stopped_run(world, folder, plan, what);
  const auto expect_refusal = [&](const std::string& named, Case other) {
    SCOPED_TRACE(named);
    expect_error(world, ErrorKind::usage, {"another run: " + named, "--resume never"},
                 [&] { static_cast<void>(run_on<double>(world, plan, other, checkpoint)); });
  };
  expect_refusal("seed is 7 there and 8 here", {"", [](auto& o) { o.seed = 8; }});
  expect_refusal("components is 3", {"", [](auto& o) { o.components = 2; }});
  expect_refusal("nnls is hals there and bpp here", {"", [](auto& o) { o.nnls = NnlsKind::bpp; }});
  expect_refusal("max-iterations is 30", {"", [](auto&) {}, false, 31});
  expect_refusal("l2-S is 0", {"", [](auto& o) { o.penalties.l2_S = 1; }});
  expect_error(world, ErrorKind::usage, {"precision is"},
               [&] { static_cast<void>(run_on<float>(world, plan, what, checkpoint)); });
  Matrix X = noisy();
  X(kRows - 1, kColumns - 1) += 1e-9;
  expect_error(world, ErrorKind::usage, {"content of the matrix is"}, [&] {
    static_cast<void>(run(world, plan, X, options_of(what), false, {}, {}, checkpoint));
  });
  // Dense or sparse storage is the same X.
  const WholeRun sparse = run(world, plan, noisy(), options_of(what), true, {}, {}, checkpoint);
  EXPECT_EQ(static_cast<Index>(sparse.restarts.size()), kRestarts);
}

TEST(Checkpoint, ADamagedOneIsToldAndThePreviousIsUsed) {
  const Communicator world = Communicator::world();
  const JobPlan plan = squarest(world, kRestarts);
  const Case what = cases().front();
  const Folder folder(world);
  const CheckpointOptions checkpoint = stopped_run(world, folder, plan, what);
  const std::string newest = "checkpoint/group-0.checkpoint";
  std::string bytes = content_of(folder.file(newest));
  wait_for_all(world);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  static_cast<void>(folder.put(newest, bytes));
  std::vector<std::string> warnings;
  const WholeRun found =
      run_on<double>(world, plan, what, checkpoint, stop_after(world, plan, 1000, &warnings));
  expect_same_bits(found, run_on<double>(world, plan, what, {}));
  if (!world.is_root()) return;
  ASSERT_GE(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("damaged checkpoint"), std::string::npos) << warnings[0];
  EXPECT_NE(warnings[0].find("group-0.checkpoint"), std::string::npos) << warnings[0];
}

TEST(Checkpoint, ATextOfAnotherKindIsToldAndNotUsed) {
  const Communicator world = Communicator::world();
  const JobPlan plan = squarest(world, kRestarts);
  const Case what = cases().front();
  const std::string deep(200000, '\x81');  // an array of one array of one ...
  const std::string empty_map(1, '\xa0');
  for (const std::string& text : {std::string("no CBOR"), std::string(), deep, empty_map}) {
    const Folder folder(world);
    const CheckpointOptions checkpoint{.folder = folder.file("checkpoint")};
    if (world.is_root()) std::filesystem::create_directory(checkpoint.folder);
    wait_for_all(world);
    write_checkpoint(world, checkpoint.folder + "/group-0.checkpoint", text, {});
    std::vector<std::string> warnings;
    const WholeRun found =
        run_on<double>(world, plan, what, checkpoint, stop_after(world, plan, 1000, &warnings));
    expect_same_bits(found, run_on<double>(world, plan, what, {}));
    if (!world.is_root()) continue;
    ASSERT_GE(warnings.size(), 1U);
    EXPECT_NE(warnings[0].find("no checkpoint of this version"), std::string::npos) << warnings[0];
  }
}

TEST(Checkpoint, AnotherVersionIsRefusedByName) {
  const Communicator world = Communicator::world();
  const JobPlan plan = squarest(world, kRestarts);
  const Case what = cases().front();
  for (const bool versioned : {true, false}) {
    const Folder folder(world);
    const CheckpointOptions checkpoint{.folder = folder.file("checkpoint")};
    if (world.is_root()) std::filesystem::create_directory(checkpoint.folder);
    wait_for_all(world);
    nlohmann::json head{{"identity", nlohmann::json::array()}};
    if (versioned) {
      head["content"] = 999;
      head["program"] = "7.8.9";
    }
    std::string text;
    nlohmann::json::to_cbor(head, text);
    const std::string file = checkpoint.folder + "/group-0.checkpoint";
    write_checkpoint(world, file, text, {});
    try {
      static_cast<void>(run_on<double>(world, plan, what, checkpoint));
      ADD_FAILURE() << "went on";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      const std::string message = error.what();
      EXPECT_NE(message.find(file), std::string::npos) << message;
      EXPECT_NE(message.find(versioned ? "7.8.9" : "before 0.2"), std::string::npos) << message;
      EXPECT_NE(message.find("--resume never"), std::string::npos) << message;
    }
    wait_for_all(world);
    EXPECT_TRUE(!world.is_root() || std::filesystem::exists(file)) << "nothing is lost";
  }
}

TEST(Checkpoint, NothingToContinueFrom) {
  const Communicator world = Communicator::world();
  const JobPlan plan = squarest(world, kRestarts);
  const Case what = cases().front();
  const Folder folder(world);
  CheckpointOptions checkpoint = stopped_run(world, folder, plan, what);
  checkpoint.resume = ResumePolicy::never;
  Index asked = 0;
  RunHooks hooks;
  hooks.stop_requested = [&] { return ++asked < 0; };
  static_cast<void>(run_on<double>(world, plan, what, checkpoint, hooks));
  EXPECT_EQ(asked, what.iterations);
  checkpoint = {.folder = folder.file("elsewhere"), .resume = ResumePolicy::require};
  expect_error(world, ErrorKind::no_input, {"--resume require", "elsewhere"},
               [&] { static_cast<void>(run_on<double>(world, plan, what, checkpoint)); });
}

TEST(Checkpoint, AFailingWriteIsToldAndTheRunGoesOn) {
  const Communicator world = Communicator::world();
  const Case what = cases().front();
  for (const JobPlan& plan : job_plans(world.size(), kRestarts)) {
    const Folder folder(world);
    CheckpointOptions checkpoint{.folder = folder.put("file", "") + "/checkpoint"};
    checkpoint.every = 0;
    std::vector<std::string> warnings;
    const WholeRun found =
        run_on<double>(world, plan, what, checkpoint, stop_after(world, plan, 1000, &warnings));
    expect_same_bits(found, run_on<double>(world, plan, what, {}));
    if (world.is_root()) {
      ASSERT_FALSE(warnings.empty());
      EXPECT_NE(warnings[0].find("no checkpoint was written"), std::string::npos);
    }
  }
}

TEST(Checkpoint, AllCanBeRemoved) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const JobPlan plan = job_plans(world.size(), kRestarts).back();
  const CheckpointOptions checkpoint = stopped_run(world, folder, plan, cases().front());
  if (world.is_root()) {
    EXPECT_EQ(folder.names(), std::vector<std::string>{"checkpoint"});
  }
  wait_for_all(world);
  remove_checkpoints(world, checkpoint.folder);
  if (world.is_root()) {
    EXPECT_TRUE(folder.names().empty());
  }
}

}  // namespace
}  // namespace partita::testing
