#pragma once

#include "partita/base/index.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/files/hdf5_handle.hpp"
#include "io/files/hdf5_heap.hpp"
#include "io/files/input_file.hpp"

namespace partita {

/// What an object in an HDF5 file is.
enum class Hdf5Kind { none, group, dataset, other };

/// An HDF5 file opened for reading by one process. Links that lead out of it are refused. All
/// functions are local. @throws Error (bad_data, input_output) where they fail.
class Hdf5File {
 public:
  /// @throws Error (no_input, bad_data).
  explicit Hdf5File(const std::string& path);
  Hdf5File(const Hdf5File&) = delete;
  Hdf5File& operator=(const Hdf5File&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Bytes of the file.
  [[nodiscard]] Index size() const { return file_.size(); }

  /// What is at a path such as "layers/counts"; none also where a part of the path is not there.
  [[nodiscard]] Hdf5Kind kind_of(const std::string& object) const;
  [[nodiscard]] bool has_dataset(const std::string& object) const {
    return kind_of(object) == Hdf5Kind::dataset;
  }
  /// Dimensions of a dataset of numbers; 0 for any other object.
  [[nodiscard]] int dimensions_of(const std::string& object) const;
  /// Names in a group, in order of their bytes; at most `most` of them.
  [[nodiscard]] std::vector<std::string> names_in(const std::string& group, std::size_t most) const;
  [[nodiscard]] Hdf5Handle open_object(const std::string& object) const;

  /// An attribute of one string; nothing where there is no such attribute, or it is no string.
  [[nodiscard]] std::optional<std::string> text_attribute(const std::string& object,
                                                          const std::string& name) const;
  /// An attribute of whole numbers; nothing where there is no such attribute.
  [[nodiscard]] std::optional<std::vector<Index>> whole_attribute(const std::string& object,
                                                                  const std::string& name) const;
  /// The strings in one field of a dataset of records. @throws Error (bad_data) also where there is
  /// no such field, and for more than `most` records.
  [[nodiscard]] std::vector<std::string> text_field(const std::string& object,
                                                    const std::string& field, Index most) const;
  /// Strings of variable length.
  [[nodiscard]] const Hdf5Heap& heap() const { return *heap_; }
  /// @throws Error (bad_data) when the file has become another since it was opened.
  void check_unchanged() const { file_.check_unchanged(); }

 private:
  [[nodiscard]] bool has_attribute(hid_t object, const std::string& name) const;
  /// Throws where the last failure was a link out of the file.
  void refuse_link_outside() const;

  std::string path_;
  InputFile file_;
  std::unique_ptr<std::string> link_outside_;  ///< where a refused link leads
  Hdf5Handle links_;                           ///< how links are followed
  Hdf5Handle handle_;
  std::unique_ptr<Hdf5Heap> heap_;
};

}  // namespace partita
