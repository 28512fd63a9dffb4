// Sparse matrices as scipy.sparse.save_npz(..., compressed=False) writes CSR.
#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/files/zip_output.hpp"
#include "io/formats/csr_output.hpp"
#include "io/formats/formats.hpp"
#include "io/formats/npy_header.hpp"

namespace partita {

namespace {

/// An array in the archive: its .npy header, and where its values go.
struct NewArray {
  NewZipMember member;
  std::string header;
  Index values = 0;  ///< place of its values in the archive
};

/// Arrays one after another.
class Archive {
 public:
  NewArray& add(const std::string& name, const std::string& type, const std::string& shape,
                Index value_bytes) {
    NewArray array;
    array.header = make_npy_header(type, shape, false);
    array.member = {name, end_, static_cast<Index>(array.header.size()) + value_bytes, 0};
    array.values = end_ + zip_header_size(name) + static_cast<Index>(array.header.size());
    end_ = array.values + value_bytes;
    arrays_.push_back(std::move(array));
    return arrays_.back();
  }
  [[nodiscard]] NewArray& at(std::size_t i) { return arrays_[i]; }
  [[nodiscard]] std::span<NewArray> arrays() { return arrays_; }
  [[nodiscard]] Index end() const { return end_; }

 private:
  std::vector<NewArray> arrays_;
  Index end_ = 0;
};

std::uint32_t checksum_of(std::uint32_t before, std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

/// Takes what all processes wrote of an array, in the order of their rows, into its checksum on
/// process 0. Collective.
void sum_up(const Communicator& comm, NewArray& array, Range my_rows, const BinaryOutput& mine) {
  const std::array<Index, 3> facts{my_rows.begin, mine.written(),
                                   static_cast<Index>(mine.checksum())};
  auto all = gather<Index>(comm, facts, 0);
  std::ranges::stable_sort(all, [](const auto& a, const auto& b) { return a[0] < b[0]; });
  for (const auto& part : all) {
    if (part[1] == 0) continue;
    array.member.checksum = static_cast<std::uint32_t>(
        crc32_combine(array.member.checksum, static_cast<uLong>(part[2]), part[1]));
  }
}

enum Members : std::size_t { indices, indptr, format, shape, data };

Archive lay_out(const MatrixRows& matrix, Index entries, int place_bytes) {
  Archive archive;
  const std::string place = npy_type('i', place_bytes);
  const auto vector_of = [](Index length) { return "(" + std::to_string(length) + ",)"; };
  archive.add("indices.npy", place, vector_of(entries), entries * place_bytes);
  archive.add("indptr.npy", place, vector_of(matrix.rows + 1), (matrix.rows + 1) * place_bytes);
  archive.add("format.npy", "|S3", "()", 3);
  archive.add("shape.npy", npy_type('i', 8), "(2,)", 16);
  archive.add("data.npy", npy_type('f', 8), vector_of(entries), entries * 8);
  for (NewArray& array : archive.arrays()) {
    array.member.checksum = checksum_of(0, array.header);
  }
  return archive;
}

/// Writes what is not values of the matrix, on process 0.
void write_frame(AtomicFile& file, Archive& archive, const MatrixRows& matrix) {
  const std::array<Index, 2> extents{matrix.rows, matrix.columns};
  const std::string_view extent_bytes(reinterpret_cast<const char*>(extents.data()),
                                      sizeof(extents));
  const auto put_values = [&](NewArray& array, std::string_view bytes) {
    array.member.checksum = checksum_of(array.member.checksum, bytes);
    file.write(array.values, bytes);
  };
  put_values(archive.at(format), "csr");
  put_values(archive.at(shape), extent_bytes);
  std::vector<NewZipMember> members;
  for (NewArray& array : archive.arrays()) {
    file.write(array.member.header, zip_header(array.member) + array.header);
    members.push_back(array.member);
  }
  file.write(archive.end(), zip_directory(members, archive.end()));
}

template <class Place>
void write_npz(const Communicator& comm, const std::string& path, const MatrixRows& matrix,
               const CsrShare& share) {
  constexpr auto kPlaceBytes = static_cast<Index>(sizeof(Place));
  Archive archive = lay_out(matrix, share.all_entries, kPlaceBytes);
  AtomicFile file(comm, path);
  BinaryOutput values(file, archive.at(data).values + share.entries_before * 8);
  BinaryOutput columns(file, archive.at(indices).values + share.entries_before * kPlaceBytes);
  const bool is_first = share.rows.begin == 0 && !share.rows.empty();
  BinaryOutput ends(
      file, archive.at(indptr).values + (share.rows.begin + (is_first ? 0 : 1)) * kPlaceBytes);
  together(comm, [&] {
    if (is_first) ends.put(Place{0});
    write_csr<Place>(matrix, share, values, columns, ends);
  });
  sum_up(comm, archive.at(data), share.rows, values);
  sum_up(comm, archive.at(indices), share.rows, columns);
  sum_up(comm, archive.at(indptr), share.rows, ends);
  together(comm, [&] {
    if (comm.is_root()) write_frame(file, archive, matrix);
  });
  file.commit();
}

}  // namespace

void write_scipy(const Communicator& comm, const std::string& path, Range my_rows,
                 const MatrixRows& matrix) {
  const CsrShare share = count_csr(comm, my_rows, matrix);
  // As SciPy chooses it: both arrays of one type.
  constexpr Index kMost = std::numeric_limits<std::int32_t>::max();
  if (std::max(share.all_entries, matrix.columns) <= kMost) {
    write_npz<std::int32_t>(comm, path, matrix, share);
  } else {
    write_npz<std::int64_t>(comm, path, matrix, share);
  }
}

}  // namespace partita
