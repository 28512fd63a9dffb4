#pragma once

#include "partita/base/index.hpp"

#include <functional>
#include <map>
#include <span>
#include <vector>

#include "io/files/hdf5_handle.hpp"

namespace partita {

/// Where HDF5 puts what it writes of a new file: into memory, in pages, so that what it leaves for
/// numbers costs nothing. It cannot cope with a disk that gets full, and has not to.
class Hdf5Memory {
 public:
  Hdf5Memory();
  Hdf5Memory(const Hdf5Memory&) = delete;
  Hdf5Memory& operator=(const Hdf5Memory&) = delete;

  /// How the file is to be created: properties for H5Fcreate. The memory must outlive the file.
  [[nodiscard]] hid_t access() const { return access_.id(); }
  /// Calls write(offset, bytes) for the pages in order and for the end of the file. What lies
  /// between written bytes of a page comes as zeros.
  void write_out(const std::function<void(Index offset, std::span<const char> bytes)>& write) const;

  /// For HDF5: bytes of the file. @throws std::bad_alloc.
  void put(haddr_t address, std::span<const char> bytes);
  void get(haddr_t address, std::span<char> bytes) const;
  haddr_t end = 0;  ///< of the space that HDF5 has given out

 private:
  std::map<haddr_t, std::vector<char>> pages_;  ///< by number
  Hdf5Handle driver_;
  Hdf5Handle access_;
};

}  // namespace partita
