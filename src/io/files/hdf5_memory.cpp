#include "io/files/hdf5_memory.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <limits>
#include <memory>

namespace partita {

namespace {

constexpr haddr_t kPage = 4096;

/// What the properties of a file hold for the driver.
struct DriverInfo {
  Hdf5Memory* memory;
};

/// What HDF5 knows the file by; it sees the base alone.
struct OpenedMemory {
  H5FD_t base;
  Hdf5Memory* memory;
};

Hdf5Memory& memory_of(const H5FD_t* file) {
  return *reinterpret_cast<const OpenedMemory*>(file)->memory;
}

H5FD_t* open_memory(const char* /*name*/, unsigned /*flags*/, hid_t access, haddr_t /*most*/) {
  const void* const info = H5Pget_driver_info(access);
  if (info == nullptr) return nullptr;
  auto* const opened = new (std::nothrow) OpenedMemory{};
  if (opened != nullptr) opened->memory = static_cast<const DriverInfo*>(info)->memory;
  return opened == nullptr ? nullptr : &opened->base;
}

herr_t close_memory(H5FD_t* file) {
  const std::unique_ptr<OpenedMemory> closed(reinterpret_cast<OpenedMemory*>(file));
  return 0;
}

herr_t query_memory(const H5FD_t* /*file*/, unsigned long* flags) {
  *flags = 0;
  return 0;
}

haddr_t end_of_memory(const H5FD_t* file, H5FD_mem_t /*type*/) {
  return memory_of(file).end;
}

herr_t set_end_of_memory(H5FD_t* file, H5FD_mem_t /*type*/, haddr_t end) {
  memory_of(file).end = end;
  return 0;
}

herr_t read_memory(H5FD_t* file, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t address,
                   std::size_t size, void* out) {
  memory_of(file).get(address, {static_cast<char*>(out), size});
  return 0;
}

herr_t write_memory(H5FD_t* file, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t address,
                    std::size_t size, const void* bytes) {
  try {
    memory_of(file).put(address, {static_cast<const char*>(bytes), size});
    return 0;
  } catch (...) {  // HDF5 is C
    return -1;
  }
}

/// The functions by which HDF5 uses such a file.
H5FD_class_t driver_class() {
  H5FD_class_t driver{};
#if H5_VERSION_GE(1, 13, 0)
  driver.version = H5FD_CLASS_VERSION;
  driver.value = static_cast<H5FD_class_value_t>(600);  // one of those that are free to be taken
#endif
  driver.name = "partita_memory";
  driver.maxaddr = static_cast<haddr_t>(std::numeric_limits<Index>::max());
  driver.fc_degree = H5F_CLOSE_WEAK;
  driver.fapl_size = sizeof(DriverInfo);
  driver.open = open_memory;
  driver.close = close_memory;
  driver.query = query_memory;
  driver.get_eoa = end_of_memory;
  driver.set_eoa = set_end_of_memory;
  driver.get_eof = end_of_memory;
  driver.read = read_memory;
  driver.write = write_memory;
  return driver;
}

Hdf5Handle created(hid_t id, Hdf5Handle::Close close) {
  if (id >= 0) return {id, close};
  throw Error(ErrorKind::internal, "HDF5 cannot write into memory: " + hdf5_reason());
}

}  // namespace

Hdf5Memory::Hdf5Memory() {
  prepare_hdf5();
  static const H5FD_class_t kDriver = driver_class();
  driver_ = created(H5FDregister(&kDriver), H5FDunregister);
  access_ = created(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  const DriverInfo info{this};
  if (H5Pset_driver(access_.id(), driver_.id(), &info) < 0) {
    throw Error(ErrorKind::internal, "HDF5 cannot write into memory: " + hdf5_reason());
  }
}

void Hdf5Memory::put(haddr_t address, std::span<const char> bytes) {
  while (!bytes.empty()) {
    std::vector<char>& page = pages_[address / kPage];
    if (page.empty()) page.resize(kPage);
    const auto begin = static_cast<std::size_t>(address % kPage);
    const std::size_t count = std::min(bytes.size(), static_cast<std::size_t>(kPage) - begin);
    std::ranges::copy(bytes.first(count), page.begin() + static_cast<std::ptrdiff_t>(begin));
    bytes = bytes.subspan(count);
    address += count;
  }
}

void Hdf5Memory::get(haddr_t address, std::span<char> bytes) const {
  while (!bytes.empty()) {
    const auto page = pages_.find(address / kPage);
    const auto begin = static_cast<std::size_t>(address % kPage);
    const std::size_t count = std::min(bytes.size(), static_cast<std::size_t>(kPage) - begin);
    if (page == pages_.end()) {
      std::ranges::fill(bytes.first(count), '\0');
    } else {
      std::ranges::copy(std::span(page->second).subspan(begin, count), bytes.begin());
    }
    bytes = bytes.subspan(count);
    address += count;
  }
}

void Hdf5Memory::write_out(
    const std::function<void(Index offset, std::span<const char> bytes)>& write) const {
  constexpr char kNothing = '\0';
  haddr_t written = 0;
  for (const auto& [number, page] : pages_) {
    const haddr_t begin = number * kPage;
    const std::size_t count = std::min<std::size_t>(page.size(), begin < end ? end - begin : 0);
    write(static_cast<Index>(begin), std::span(page).first(count));
    written = begin + count;
  }
  if (written < end) write(static_cast<Index>(end) - 1, {&kNothing, 1});
}

}  // namespace partita
