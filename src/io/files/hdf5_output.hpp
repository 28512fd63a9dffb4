#pragma once

#include "partita/base/index.hpp"

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "io/files/hdf5_handle.hpp"
#include "io/files/hdf5_memory.hpp"

namespace partita {

/// Types of numbers that are written.
enum class Hdf5Number { real, whole_32, whole_64 };

/// An HDF5 file that is made on one process: everything but the numbers of its datasets, whose
/// places are then known, so that all processes can write them. What it becomes depends on nothing
/// else, as no times are kept. All functions are local. @throws Error (input_output).
class NewHdf5File {
 public:
  /// @param name  of the file in messages.
  explicit NewHdf5File(std::string name);
  NewHdf5File(const NewHdf5File&) = delete;
  NewHdf5File& operator=(const NewHdf5File&) = delete;

  void add_group(const std::string& object);
  /// Makes room for numbers, row by row; returns where in the file they are to be written.
  [[nodiscard]] Index add_numbers(const std::string& object, std::span<const Index> extents,
                                  Hdf5Number type);
  void add_texts(const std::string& object, const std::vector<std::string>& texts);
  /// Attributes of an object ("/" is the file).
  void set_text(const std::string& object, const std::string& name, const std::string& value);
  void set_wholes(const std::string& object, const std::string& name,
                  std::span<const Index> values);
  /// An attribute that is a list of no strings.
  void set_no_texts(const std::string& object, const std::string& name);
  /// To be called at the end: writes the file, complete but for the numbers, by
  /// write(offset, bytes). It goes first, as zeros stand where numbers begin or end.
  void close(const std::function<void(Index offset, std::span<const char> bytes)>& write);

 private:
  template <class Result>
  Result checked(Result result) const;
  void set(const std::string& object, const std::string& name, hid_t type, hid_t space,
           const void* value);

  std::string name_;
  Hdf5Memory memory_;
  Hdf5Handle text_;  ///< the type of strings
  Hdf5Handle file_;
};

}  // namespace partita
