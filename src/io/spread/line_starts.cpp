#include "io/spread/line_starts.hpp"

#include "partita/base/error.hpp"
#include "partita/layout/block_distribution.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "base/interruption.hpp"
#include "comm/agreement.hpp"
#include "comm/collectives.hpp"

namespace partita {

namespace {

constexpr Index kMostKept = 4096;
constexpr Index kLeastStride = 1024;
constexpr Index kAtATime = Index{1} << 16;

}  // namespace

Index LineStarts::stride() const {
  return std::max(kLeastStride, lines() / kMostKept + 1);
}

void LineStarts::check_share(Range lines, Index entries) {
  const auto bad = [&](const std::string& what) {
    return Error(ErrorKind::bad_data, name_ + ": " + what);
  };
  std::vector<Index> starts;
  Index before = 0;
  // One start beyond the share, the end of its last line.
  for (Index begin = lines.begin; begin <= lines.end && !lines.empty(); begin += kAtATime) {
    check_interrupted();
    const Range some{begin, std::min(begin + kAtATime, lines.end + 1)};
    starts.resize(static_cast<std::size_t>(some.size()));
    starts_.read(some, starts);
    for (Index line = some.begin; line < some.end; ++line) {
      const Index start = starts[static_cast<std::size_t>(line - some.begin)];
      const std::string found = "element " + std::to_string(line) + " is " + std::to_string(start);
      if (line == 0 && start != 0) throw bad(found + "; the first must be 0");
      if (start < before) throw bad(found + ", less than the one before");
      if (start > entries) {
        throw bad(found + ", but there are " + std::to_string(entries) + " entries");
      }
      if (line == this->lines() && start != entries) {
        throw bad("the last element is " + std::to_string(start) + ", but there are " +
                  std::to_string(entries) + " entries");
      }
      before = start;
      if (line % stride() == 0 && line < lines.end) kept_.push_back(start);
    }
  }
}

void LineStarts::check(const Communicator& world, Index entries) {
  const BlockDistribution shares(lines(), world.size());
  kept_.clear();
  near_line_ = -1;
  first_ = last_ = 0;
  together(world, [&] { check_share(shares.range(world.rank()), entries); });
  const std::vector<Index> mine = std::move(kept_);
  std::vector<Index> counts;
  Index all = 0;
  for (int p = 0; p < world.size(); ++p) {
    // Multiples of the stride in [begin, end).
    const auto below = [&](Index line) { return (line + stride() - 1) / stride(); };
    const Range share = shares.range(p);
    counts.push_back(share.empty() ? 0 : below(share.end) - below(share.begin));
    all += counts.back();
  }
  kept_.resize(static_cast<std::size_t>(all));
  all_gather<Index>(world, mine, kept_, counts);
}

void LineStarts::find(Index entry) {
  const auto above = std::ranges::upper_bound(kept_, entry) - kept_.begin();
  const Index from = (above - 1) * stride();
  if (from != near_line_) {
    // The next lines begin where those before end: a stream need not go back for that.
    const Index ready = near_line_ >= 0 && from == near_line_ + stride() ? 1 : 0;
    if (ready > 0) near_.front() = near_.back();
    near_line_ = from;
    near_.resize(static_cast<std::size_t>(std::min(stride(), lines() - from) + 1));
    starts_.read({from + ready, from + static_cast<Index>(near_.size())},
                 std::span(near_).subspan(static_cast<std::size_t>(ready)));
  }
  // The last start that is not above the entry: lines before it that begin there too are empty.
  const auto next = std::ranges::upper_bound(near_, entry);
  if (next == near_.begin() || next == near_.end()) {
    throw Error(ErrorKind::bad_data, name_ + ": it changed while it was read");
  }
  line_ = near_line_ + (next - near_.begin()) - 1;
  first_ = *std::prev(next);
  last_ = *next;
}

}  // namespace partita
