// One process is asked to stop before the first iteration: all end with the same error, whatever
// they are at.
#include "partita/factorize/run/checkpoint_options.hpp"

#include <csignal>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "base/interruption.hpp"
#include "support/files.hpp"
#include "support/matrices.hpp"

namespace partita::testing {
namespace {

Matrix noisy() {
  return low_rank_matrix(
      {.rows = 60, .columns = 50, .components = 3, .noise = 0.2, .density = 1, .seed = 3});
}

FactorizeOptions three_components() {
  FactorizeOptions options;
  options.components = 3;
  options.restarts = 3;
  options.stop.max_iterations = 100'000;
  options.stop.tolerance = 0;
  return options;
}

/// What goes through all of X before the first iteration.
TEST(Interruption, OfStarts) {
  const Communicator world = Communicator::world();
  const Matrix X = noisy();
  for (const std::string name : {"nndsvd", "columns", "sketch", "subsample", "checkpoint"}) {
    for (const bool sparse : {false, true}) {
      for (const JobPlan& plan : job_plans(world.size(), 3)) {
        SCOPED_TRACE(name + ", " + name_of(plan) + (sparse ? ", sparse" : ", dense"));
        FactorizeOptions options = three_components();
        if (name == "nndsvd") options.init = StartKind::nndsvd;
        if (name == "columns") options.init = StartKind::columns;
        if (name == "sketch") options.sketch = 10;
        if (name == "subsample") options.subsample = {.lines = 20};
        const Folder folder(world);
        CheckpointOptions checkpoint;
        if (name == "checkpoint") checkpoint.folder = folder.file("checkpoint");
        const auto here = spread<double>(world, plan, X, sparse);
        if (world.rank() == world.size() - 1) request_stop(SIGINT);
        const auto start = [&] {
          (void)factorize<double>(world, plan, here ? &*here : nullptr, options, {}, {},
                                  checkpoint);
        };
        if (plan.groups == 1) {
          expect_error(world, ErrorKind::interrupted, {"stopped by SIGINT"}, start);
          continue;
        }
        try {  // the other groups may have something to keep by then
          start();
        } catch (const Error& error) {
          EXPECT_EQ(error.kind(), ErrorKind::interrupted) << error.what();
        }
      }
    }
  }
}

/// A run that hears of the request at the end of an iteration keeps what it has.
TEST(Interruption, OfIterationsKeepsTheirResults) {
  const Communicator world = Communicator::world();
  RunHooks hooks;
  hooks.stop_requested = [] { return stop_signal() != 0; };
  FactorizeOptions options = three_components();
  options.sketch = 0;
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}, .batch = 3, .restarts = 3};
  const InterruptionHold hold;  // as if the request came when the starts were made
  const WholeRun stopped = run(world, plan, noisy(), options, false, {}, hooks);
  EXPECT_EQ(stopped.best.stop, StopReason::interrupted);
  EXPECT_EQ(stopped.restarts.size(), 3U);
}

}  // namespace
}  // namespace partita::testing
