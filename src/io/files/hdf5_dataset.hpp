#pragma once

#include "partita/base/index.hpp"

#include <span>
#include <string>
#include <vector>

#include "io/files/hdf5_file.hpp"

namespace partita {

/// What the elements of a dataset are.
enum class Hdf5Elements { whole, real, boolean, text };

/// A dataset in an HDF5 file, of one or two dimensions, that has been found to hold no more than
/// its file can, in a layout and through filters that are read. All functions are local.
/// @throws Error (bad_data, input_output) where they fail.
class Hdf5Dataset {
 public:
  /// @param file  must outlive the dataset.
  Hdf5Dataset(const Hdf5File& file, const std::string& object);

  /// "FILE: OBJECT", for messages.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<Index>& extents() const { return extents_; }
  /// Elements of a chunk in each dimension; empty where the elements lie one after another.
  [[nodiscard]] const std::vector<Index>& chunk() const { return chunk_; }
  [[nodiscard]] Hdf5Elements elements() const { return elements_; }
  [[nodiscard]] Index item_bytes() const { return item_bytes_; }

  /// The one extent. @throws Error (bad_data) unless there is one dimension, of numbers or of text.
  [[nodiscard]] Index length_of_numbers() const;
  [[nodiscard]] Index length_of_text() const;

  /// Elements of one dimension. @pre out.size() == range.size().
  void read(Range range, std::span<double> out) const;
  void read(Range range, std::span<Index> out) const;
  /// A rectangle of two dimensions, row by row.
  void read(Range rows, Range columns, std::span<double> out) const;
  /// Strings of one dimension.
  [[nodiscard]] std::vector<std::string> read_text(Range range) const;

 private:
  [[nodiscard]] Error bad(const std::string& what) const { return bad_file(name_, what); }
  void check_type();
  void check_layout();
  void check_filters(hid_t creation);
  void check_size(bool is_packed) const;
  /// Chooses a rectangle of the file; returns it and the same in memory.
  struct Selection {
    Hdf5Handle file;
    Hdf5Handle memory;
  };
  [[nodiscard]] Selection select(std::span<const Range> ranges) const;
  void read_as(hid_t type, std::span<const Range> ranges, void* out) const;

  const Hdf5File& file_;
  std::string name_;
  Hdf5Handle handle_;
  Hdf5Handle type_;
  std::vector<Index> extents_;
  std::vector<Index> chunk_;
  Hdf5Elements elements_ = Hdf5Elements::real;
  Index item_bytes_ = 0;
};

}  // namespace partita
