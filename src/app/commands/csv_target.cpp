#include "csv_target.hpp"

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "shared_text.hpp"

namespace partita::app {

CsvTarget::CsvTarget(const Communicator& world, const std::string& path) : world_(world) {
  if (!path.empty()) file_.emplace(world, path);
}

void CsvTarget::write(const std::string& text) {
  if (!file_) {
    print_on_root(world_, text);
    return;
  }
  together(world_, [&] {
    if (world_.is_root()) file_->write(written_, text);
  });
  written_ += max_over(world_, world_.is_root() ? static_cast<Index>(text.size()) : Index{0});
}

void CsvTarget::write_by_rank(const std::string& mine) {
  const auto length = static_cast<Index>(mine.size());
  if (file_) {
    const Index before = exclusive_sum(world_, length);
    together(world_, [&] { file_->write(written_ + before, mine); });
    written_ += sum_over(world_, length);
    return;
  }
  // One process's at a time, so that process 0 never holds them all.
  for (int process = 0; process < world_.size(); ++process) {
    const bool is_mine = process == world_.rank();
    const auto texts =
        gather<char>(world_, is_mine ? std::span<const char>(mine) : std::span<const char>(), 0);
    std::string text;
    for (const std::vector<char>& part : texts) text.append(part.begin(), part.end());
    print_on_root(world_, text);
  }
}

void CsvTarget::commit() {
  if (file_) file_->commit();
}

}  // namespace partita::app
