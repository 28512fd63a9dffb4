// Sparse matrices of SciPy (scipy.sparse.save_npz): a zip archive of .npy arrays.
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "comm/agreement.hpp"
#include "io/files/zip_file.hpp"
#include "io/formats/formats.hpp"
#include "io/formats/npy_header.hpp"
#include "io/formats/npy_values.hpp"
#include "io/formats/sparse_arrays.hpp"
#include "io/text/number_text.hpp"

namespace partita {

namespace {

/// Bytes of an array that are turned into numbers at a time.
constexpr Index kPieceBytes = Index{1} << 18;

/// An array in an archive, of one dimension.
class NpzArray final : public FlatArray {
 public:
  NpzArray(std::shared_ptr<const ZipFile> archive, const ZipMember& member)
      : archive_(std::move(archive)),
        name_(archive_->path() + ": " + member.name),
        is_packed_(member.is_packed),
        reader_(*archive_, member) {
    const NpyArray array = read_npy_array(
        [&](Index offset, std::span<char> out) { reader_.read(offset, out); }, member.size, name_);
    set_npy_type(name_, array.type, header_);
    header_.data_offset = array.data_offset;
    if (array.shape.size() != 1) {
      throw bad_file(name_,
                     "it has " + std::to_string(array.shape.size()) + " dimensions; 1 is expected");
    }
    length_ = array.shape.front();
    const Index bytes = member.size - array.data_offset;
    if (length_ > bytes / header_.item_bytes || length_ * header_.item_bytes != bytes) {
      throw bad_file(name_, "it has " + std::to_string(bytes) + " bytes of values where its " +
                                "header asks for " + std::to_string(length_) + " of " +
                                std::to_string(header_.item_bytes));
    }
  }

  [[nodiscard]] Index length() const override { return length_; }
  [[nodiscard]] bool is_stream() const override { return is_packed_; }
  void read(Range range, std::span<double> out) override { read_as(range, out); }
  void read(Range range, std::span<Index> out) override { read_as(range, out); }
  /// @throws Error (bad_data) unless its numbers are whole.
  void expect_whole() const {
    if (header_.kind == 'i' || header_.kind == 'u') return;
    throw bad_file(name_, "whole numbers are expected");
  }

 private:
  template <class Number>
  void read_as(Range range, std::span<Number> out) {
    const Index item = header_.item_bytes;
    for (Index begin = range.begin; begin < range.end;) {
      const Index end = std::min(range.end, begin + kPieceBytes / item);
      bytes_.resize(static_cast<std::size_t>((end - begin) * item));
      reader_.read(header_.data_offset + begin * item, bytes_);
      convert_npy(header_, bytes_.data(),
                  out.subspan(static_cast<std::size_t>(begin - range.begin),
                              static_cast<std::size_t>(end - begin)));
      begin = end;
    }
  }

  std::shared_ptr<const ZipFile> archive_;
  std::string name_;
  bool is_packed_;
  ZipReader reader_;
  NpyHeader header_;
  Index length_ = 0;
  std::vector<char> bytes_;
};

class NpzReader {
 public:
  explicit NpzReader(const std::string& path) : archive_(std::make_shared<const ZipFile>(path)) {}

  [[nodiscard]] SparseArrays read() const {
    SparseArrays arrays;
    arrays.name = archive_->path();
    const std::string format = read_format();
    const std::array<Index, 2> shape = read_shape();
    arrays.rows = shape[0];
    arrays.columns = shape[1];
    arrays.values = std::make_unique<NpzArray>(archive_, member("data.npy"));
    arrays.at_end = [archive = archive_] { archive->file().check_unchanged(); };
    if (format == "coo") {
      arrays.order = SparseOrder::coordinates;
      arrays.lines = whole_array("row.npy");
      arrays.places = whole_array("col.npy");
      arrays.places_name = "col";
      return arrays;
    }
    if (format != "csr" && format != "csc") {
      throw bad_file(archive_->path(), "its format is " + shown(format) +
                                           "; csr, csc and coo are read (save it with .tocsr())");
    }
    arrays.order = format == "csr" ? SparseOrder::by_rows : SparseOrder::by_columns;
    arrays.places = whole_array("indices.npy");
    arrays.starts = whole_array("indptr.npy");
    return arrays;
  }

 private:
  [[nodiscard]] const ZipMember& member(const std::string& name) const {
    const ZipMember* found = archive_->find(name);
    if (found != nullptr) return *found;
    constexpr std::size_t kMostShown = 8;
    std::string others;
    for (const ZipMember& other : archive_->members()) {
      if (&other >= archive_->members().data() + kMostShown) break;
      others += (others.empty() ? "" : ", ") + shown(other.name);
    }
    throw bad_file(archive_->path(), "not a sparse matrix of SciPy: no " + name + " in it" +
                                         (others.empty() ? "" : "; it has " + others));
  }

  [[nodiscard]] std::unique_ptr<FlatArray> whole_array(const std::string& name) const {
    auto array = std::make_unique<NpzArray>(archive_, member(name));
    array->expect_whole();
    return array;
  }

  [[nodiscard]] std::array<Index, 2> read_shape() const {
    const auto array = whole_array("shape.npy");
    if (array->length() != 2) {
      throw bad_file(archive_->path(), "its shape has " + std::to_string(array->length()) +
                                           " dimensions; a matrix has 2");
    }
    std::array<Index, 2> shape{};
    array->read({0, 2}, std::span<Index>(shape));
    if (shape[0] < 0 || shape[1] < 0) throw bad_file(archive_->path(), "its shape is negative");
    return shape;
  }

  /// One string, of bytes or (from Python 3) of characters of 4 bytes.
  [[nodiscard]] std::string read_format() const {
    const ZipMember& text = member("format.npy");
    const std::string name = archive_->path() + ": " + text.name;
    ZipReader reader(*archive_, text);
    const NpyArray array = read_npy_array(
        [&](Index offset, std::span<char> out) { reader.read(offset, out); }, text.size, name);
    constexpr Index kLongest = 64;
    const Index bytes = text.size - array.data_offset;
    const bool is_text = array.type.find_first_of("SU") != std::string::npos;
    if (!is_text || bytes > kLongest) throw bad_file(name, "a short word is expected");
    std::string format(static_cast<std::size_t>(bytes), '\0');
    reader.read(array.data_offset, format);
    std::erase(format, '\0');
    return format;
  }

  std::shared_ptr<const ZipFile> archive_;
};

}  // namespace

std::unique_ptr<MatrixSource> open_scipy(const Communicator& world, const std::string& path,
                                         const ReadOptions& options) {
  static_cast<void>(open_everywhere(world, path));  // says where it is missing
  std::unique_ptr<MatrixSource> source;
  together(world,
           [&] { source = std::make_unique<SparseArraysSource>(options, NpzReader(path).read()); });
  return source;
}

}  // namespace partita
