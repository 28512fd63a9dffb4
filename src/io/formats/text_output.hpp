#pragma once

#include "partita/base/index.hpp"
#include "partita/comm/communicator.hpp"
#include "partita/io/spread/matrix_rows.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/files/atomic_file.hpp"

namespace partita {

/// Text on its way to one place of a file, through a bounded buffer; or only counted.
class TextOutput {
 public:
  TextOutput() = default;  ///< counts
  TextOutput(AtomicFile& file, Index offset) : file_(&file), offset_(offset) {}

  /// The buffer to append to; call flush_if_large() now and then, flush() at the end.
  [[nodiscard]] std::string& text() { return text_; }
  void flush_if_large() {
    if (text_.size() >= kLargeBuffer) flush();
  }
  void flush();
  [[nodiscard]] Index written() const { return written_; }

 private:
  static constexpr std::size_t kLargeBuffer = std::size_t{1} << 20;

  AtomicFile* file_ = nullptr;
  Index offset_ = 0;
  Index written_ = 0;
  std::string text_;
};

/// Sum of `length` over the processes whose `mine` comes before this one's, and over all.
struct PlaceInOrder {
  Index before = 0;
  Index total = 0;
};
[[nodiscard]] PlaceInOrder place_in_order(const Communicator& comm, Range mine, Index length);

/// Calls visit(rows, values) for bounded runs of the rows of a matrix, dense (row-major).
void for_each_dense_run(const MatrixRows& matrix, Range rows,
                        const std::function<void(Range, std::span<const double>)>& visit);
/// Calls visit(entries) for bounded runs of rows of a matrix, non-zeros only.
void for_each_sparse_run(const MatrixRows& matrix, Range rows,
                         const std::function<void(std::span<const MatrixEntry>)>& visit);

/// @throws Error (internal) unless the processes' rows are all rows, once.
void check_rows(const Communicator& comm, Range mine, Index total);

/// Appends a text field, quoted where it must be.
void append_field(std::string& text, std::string_view field, char separator);

/// Gives every process the labels of its range; they come from process 0, which has all.
/// Collective. Empty everywhere when process 0 has none.
[[nodiscard]] std::vector<std::string> scatter_labels(const Communicator& comm,
                                                      const std::vector<std::string>& labels,
                                                      Range mine);
/// Everybody gets the labels of process 0. Collective.
void broadcast_labels(const Communicator& comm, std::vector<std::string>& labels);
/// Appends to `labels` of process 0 everybody's `mine`, by rank. Collective.
void gather_labels(const Communicator& comm, const std::vector<std::string>& mine,
                   std::vector<std::string>& labels);

}  // namespace partita
