#pragma once

#include "partita/io/spread/matrix_source.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/spread/entry_router.hpp"
#include "io/spread/flat_array.hpp"
#include "io/spread/line_starts.hpp"
#include "io/spread/source_views.hpp"

namespace partita {

/// How the entries of a sparse matrix lie in arrays.
enum class SparseOrder { by_rows, by_columns, coordinates };

/// A sparse matrix in arrays of equal length, an element an entry, as CSR, CSC or COO.
struct SparseArrays {
  std::string name;  ///< of the file and of the matrix in it, for messages
  SparseOrder order = SparseOrder::by_rows;
  Index rows = 0;
  Index columns = 0;
  std::unique_ptr<FlatArray> values;
  std::unique_ptr<FlatArray> places;  ///< column of an entry; of CSC its row
  std::unique_ptr<FlatArray> lines;   ///< of coordinates: its row
  std::unique_ptr<FlatArray> starts;  ///< else: where lines begin, one more than there are lines
  /// Names of the arrays in messages: what the file calls them.
  std::string places_name = "indices";
  std::string lines_name = "row";
  std::string starts_name = "indptr";
  Reading reading = {};  ///< what is told of the file
  /// Called on every process once all has been read; throws where the file changed.
  std::function<void()> at_end = [] {};

  /// Lines that `starts` cuts the entries into.
  [[nodiscard]] Index line_count() const {
    return order == SparseOrder::by_columns ? columns : rows;
  }
  /// Largest place, plus 1.
  [[nodiscard]] Index place_count() const {
    return order == SparseOrder::by_columns ? rows : columns;
  }
};

/// Reads such a matrix: every process takes slices of the arrays and sends the entries to their
/// owners. An array that can only be read from its beginning is read by one process, each by
/// another where there are several, which hands the slices out.
class SparseArraysSource : public MatrixSource {
 public:
  /// @param labels  as labels() gives them, of X as it is asked for. @param named  which there are,
  /// the same on every process.
  /// @throws Error (bad_data) when the arrays do not fit each other. Local, the same everywhere.
  SparseArraysSource(const ReadOptions& options, SparseArrays arrays, Labels labels = {},
                     NamedSides named = {});

  [[nodiscard]] const MatrixShape& shape() const override { return shape_; }
  [[nodiscard]] const Labels& labels() const override { return labels_; }
  [[nodiscard]] const Reading& reading() const override { return arrays_.reading; }
  [[nodiscard]] Index entries() const override { return entries_; }
  void read(const Communicator& world, const Placement& placement, PartSink& sink) override;

 private:
  /// This process's slice of the arrays, and those of all.
  struct Slices {
    std::vector<Range> all;  ///< by process
    Range mine;
    [[nodiscard]] Range round() const { return {all.front().begin, all.back().end}; }
  };

  void check_lengths() const;
  [[nodiscard]] Index slice_length(const Communicator& world, const Placement& placement) const;
  template <class T>
  void load(const Communicator& world, FlatArray& array, int owner, const Slices& slices,
            std::vector<T>& out) const;
  template <class T>
  void hand_out(const Communicator& world, const FlatArray& array, int owner, const Slices& slices,
                std::vector<T>& values) const;
  void put_slice(Range slice, EntryRouter& router);
  void check_index(Index index, Index extent, const std::string& array, Index entry) const;

  ReadOptions options_;
  SparseArrays arrays_;
  MatrixShape shape_;
  Labels labels_;
  std::optional<LineStarts> starts_;
  std::vector<double> values_;  ///< of this process's slice, or, before it is handed out, of all
  std::vector<Index> places_;
  std::vector<Index> lines_;
  Index entries_ = 0;
};

}  // namespace partita
