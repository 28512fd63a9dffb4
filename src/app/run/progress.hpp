#pragma once

#include "partita/base/index.hpp"

#include <cstdio>
#include <string>

#include "base/stopwatch.hpp"
#include "factorize/factorize.hpp"
#include "options/progress_style.hpp"

namespace partita::app {

/// Shows how a run goes on one stream, at most a few times a second: a line that is overwritten
/// (bar), or a line every ten seconds. For one process only.
class ProgressReporter {
 public:
  /// @param style  automatic becomes bar on a terminal, lines elsewhere.
  ProgressReporter(ProgressStyle style, Index restarts, Index max_iterations,
                   std::FILE* stream = stderr);
  void report(const Progress& progress);
  /// The same for anything else. @param share  of it that is done, 0 to 1.
  void show(double share, const std::string& text);
  /// Ends an overwritten line, so that other output starts on a new one.
  void finish();

  /// "restart 2 of 5, iteration 57 of 500, relative error 0.0123": restarts counted from 0.
  [[nodiscard]] static std::string text(const Progress& progress, Index restarts,
                                        Index max_iterations);

 private:
  void show_bar(double share, const std::string& text);

  ProgressStyle style_;
  Index restarts_;
  Index max_iterations_;
  std::FILE* stream_;
  Stopwatch since_last_;
  bool line_open_ = false;
};

}  // namespace partita::app
