// When a restart is at its end: traces in, reasons out, without any run.
#include "factorize/solve/stop_rule.hpp"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace partita::testing {
namespace {

constexpr double kRounding = 1e-15;

/// A trace of objectives that are the errors too.
ErrorTrace trace_of(const std::vector<double>& errors) {
  ErrorTrace trace;
  for (const double error : errors) {
    trace.push_back({static_cast<Index>(trace.size()), 0, error, error});
  }
  return trace;
}

/// Falls by a share of itself an iteration.
ErrorTrace falling(std::size_t points, double share) {
  std::vector<double> errors{1};
  while (errors.size() < points) errors.push_back(errors.back() * (1 - share));
  return trace_of(errors);
}

TEST(StopRule, GoesOnWhileTheObjectiveFalls) {
  const StopRule rule({.max_iterations = 100, .tolerance = 1e-3}, kRounding);
  EXPECT_FALSE(rule(falling(1, 0)).has_value());
  EXPECT_FALSE(rule(falling(50, 1e-3)).has_value());
}

TEST(StopRule, ConvergesWhenTheFallOverTheWindowIsBelowTheTolerance) {
  const StopRule rule({.max_iterations = 100, .tolerance = 1e-3}, kRounding);
  EXPECT_FALSE(rule(falling(10, 1e-6)).has_value()) << "the window is not full";
  EXPECT_EQ(rule(falling(11, 1e-6)), StopReason::converged);
  const StopRule wide({.max_iterations = 100, .tolerance = 1e-3}, kRounding, 20);
  EXPECT_FALSE(wide(falling(11, 1e-6)).has_value());
}

TEST(StopRule, WithoutToleranceOnlyTheCountEndsIt) {
  const StopRule rule({.max_iterations = 30, .tolerance = 0}, kRounding);
  EXPECT_FALSE(rule(falling(30, 0)).has_value());
  EXPECT_EQ(rule(falling(31, 0)), StopReason::max_iterations);
}

TEST(StopRule, AnErrorOfRoundingSizeIsTheEnd) {
  const StopRule rule({.max_iterations = 30, .tolerance = 0}, kRounding);
  EXPECT_EQ(rule(trace_of({1, 0})), StopReason::converged);
  EXPECT_EQ(rule(trace_of({1, kRounding})), StopReason::converged);
  EXPECT_FALSE(rule(trace_of({1, 2 * kRounding})).has_value());
  const StopRule replay({.max_iterations = 30, .tolerance = 0}, -1);
  EXPECT_FALSE(replay(trace_of({1, 0})).has_value());
}

TEST(StopRule, WhatIsNoNumberHasDiverged) {
  const StopRule rule({.max_iterations = 1, .tolerance = 1e-3}, kRounding);
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(rule(trace_of({1, bad})), StopReason::diverged);
  }
}

TEST(StopRule, AWindowOfRejectionsIsNotConvergence) {
  const StopRule rule({.max_iterations = 100, .tolerance = 1e-3}, kRounding);
  ErrorTrace trace = falling(12, 0);
  for (TracePoint& point : trace) point.kept = false;
  EXPECT_EQ(rule(trace), StopReason::diverged);
  trace.back().kept = true;
  EXPECT_EQ(rule(trace), StopReason::converged);
}

}  // namespace
}  // namespace partita::testing
