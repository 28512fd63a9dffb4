#include "progress.hpp"

#include <algorithm>
#include <array>
#include <unistd.h>

namespace partita::app {

namespace {

constexpr double kSecondsBetweenBars = 0.25;
constexpr double kSecondsBetweenLines = 10;
constexpr Index kBarWidth = 30;

}  // namespace

ProgressReporter::ProgressReporter(ProgressStyle style, Index restarts, Index max_iterations,
                                   std::FILE* stream)
    : style_(style), restarts_(restarts), max_iterations_(max_iterations), stream_(stream) {
  if (style_ == ProgressStyle::automatic) {
    style_ = isatty(fileno(stream_)) == 1 ? ProgressStyle::bar : ProgressStyle::lines;
  }
}

std::string ProgressReporter::text(const Progress& progress, Index restarts, Index max_iterations) {
  std::array<char, 128> line{};
  std::snprintf(line.data(), line.size(),
                "restart %lld of %lld, iteration %lld of %lld, relative error %.6g",
                static_cast<long long>(progress.restart), static_cast<long long>(restarts),
                static_cast<long long>(progress.iteration), static_cast<long long>(max_iterations),
                progress.relative_error);
  return line.data();
}

void ProgressReporter::report(const Progress& progress) {
  const auto most = static_cast<double>(std::max<Index>(1, max_iterations_));
  show(static_cast<double>(progress.iteration) / most, text(progress, restarts_, max_iterations_));
}

void ProgressReporter::show(double share, const std::string& text) {
  if (style_ == ProgressStyle::none) return;
  const bool bar = style_ == ProgressStyle::bar;
  if (since_last_.seconds() < (bar ? kSecondsBetweenBars : kSecondsBetweenLines)) return;
  since_last_.restart();
  if (bar) {
    show_bar(share, text);
  } else {
    std::fprintf(stream_, "partita: %s\n", text.c_str());
  }
  std::fflush(stream_);
}

void ProgressReporter::show_bar(double share, const std::string& text) {
  const auto filled = static_cast<std::size_t>(
      std::clamp<Index>(static_cast<Index>(share * static_cast<double>(kBarWidth)), 0, kBarWidth));
  const std::string bar =
      std::string(filled, '#') + std::string(static_cast<std::size_t>(kBarWidth) - filled, '.');
  // Erases to the end of the line first: the text may have become shorter.
  std::fprintf(stream_, "\r\033[K[%s] %s", bar.c_str(), text.c_str());
  line_open_ = true;
}

void ProgressReporter::finish() {
  if (line_open_) std::fprintf(stream_, "\n");
  line_open_ = false;
}

}  // namespace partita::app
