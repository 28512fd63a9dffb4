// A format from the outside: this file and its row are all that matrices and factors need of it.
#include "partita/base/error.hpp"
#include "partita/io/formats/factor_files.hpp"
#include "partita/io/formats/matrix_format.hpp"

#include <array>

#include "comm/agreement.hpp"
#include "io/files/atomic_file.hpp"
#include "io/files/input_file.hpp"
#include "io/io_support.hpp"

namespace partita::testing {
namespace {

/// Rows and columns, then the values row by row.
using ToyHead = std::array<Index, 2>;

Index place_of(Index columns, Index row, Index column) {
  return static_cast<Index>(sizeof(ToyHead)) +
         (row * columns + column) * static_cast<Index>(sizeof(double));
}

template <class T>
std::span<const char> bytes_of(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

void write_head(const Communicator& comm, AtomicFile& file, const ToyHead& head) {
  if (comm.is_root()) file.write(0, bytes_of<Index>(head));
}

class ToySource final : public MatrixSource {
 public:
  ToySource(const Communicator& world, const std::string& path, const ReadOptions& options)
      : transpose_(options.transpose), file_(open_everywhere(world, path)) {
    together(world, [&] { file_.read(0, {reinterpret_cast<char*>(&head_), sizeof(head_)}); });
    shape_.rows = head_[transpose_ ? 1 : 0];
    shape_.columns = head_[transpose_ ? 0 : 1];
    shape_.stored = entries();
  }
  [[nodiscard]] const MatrixShape& shape() const override { return shape_; }
  [[nodiscard]] const Labels& labels() const override { return labels_; }
  [[nodiscard]] const Reading& reading() const override { return reading_; }
  [[nodiscard]] Index entries() const override { return head_[0] * head_[1]; }
  void read(const Communicator& world, const Placement& placement, PartSink& sink) override {
    together(world, [&] {
      const Part& part = placement.part(world.rank());
      for (Index i = 0; i < part.rows.size(); ++i) {
        for (Index j = 0; j < part.columns.size(); ++j) {
          Index row = part.rows.begin + i;
          Index column = part.columns.begin + j;
          if (transpose_) std::swap(row, column);
          double value = 0;
          file_.read(place_of(head_[1], row, column),
                     {reinterpret_cast<char*>(&value), sizeof(value)});
          sink.set(i, j, {&value, 1, 1, 1, 1});
        }
      }
    });
  }

 private:
  bool transpose_;
  InputFile file_;
  ToyHead head_{};
  MatrixShape shape_;
  Labels labels_;
  Reading reading_;
};

std::unique_ptr<MatrixSource> open_toy(const Communicator& world, const std::string& path,
                                       const ReadOptions& options) {
  return std::make_unique<ToySource>(world, path, options);
}

void write_toy(const Communicator& comm, const std::string& path, Range my_rows,
               const MatrixRows& matrix) {
  AtomicFile file(comm, path);
  together(comm, [&] {
    write_head(comm, file, {matrix.rows, matrix.columns});
    std::vector<double> values(static_cast<std::size_t>(my_rows.size() * matrix.columns));
    matrix.fill(my_rows, values);
    file.write(place_of(matrix.columns, my_rows.begin, 0), bytes_of<double>(values));
  });
  file.commit();
}

void write_toy_factor(const Communicator& comm, const std::string& path, const FactorShare& share,
                      Index components, const Labels& /*labels*/) {
  AtomicFile file(comm, path);
  const bool is_A = share.side == Side::A;
  const Index columns = is_A ? components : share.total;
  together(comm, [&] {
    write_head(comm, file, {is_A ? share.total : components, columns});
    for (Index i = 0; i < share.values.rows(); ++i) {
      for (Index c = 0; c < components; ++c) {
        const Index line = share.range.begin + i;
        const double value = share.values(i, c);
        file.write(is_A ? place_of(columns, line, c) : place_of(columns, c, line),
                   bytes_of<double>({&value, 1}));
      }
    }
  });
  file.commit();
}

/// The row; also one of a format that is only read. Added once a program.
void add_toys() {
  static const bool added = [] {
    add_format({.name = "toy",
                .extensions = {".toy"},
                .open = open_toy,
                .write = write_toy,
                .write_factor = write_toy_factor});
    add_format({.name = "shelf", .extensions = {".shelf"}, .open = open_toy});
    return true;
  }();
  static_cast<void>(added);
}

double entry(Index i, Index j) {
  return 1 + static_cast<double>(i) / 8 + 100 * static_cast<double>(j);
}

TEST(ToyFormat, HoldsMatrices) {
  add_toys();
  const Communicator world = Communicator::world();
  const Folder folder(world);
  MatrixRows X{.rows = 7, .columns = 4, .fill = {}, .list = {}, .labels = {}};
  X.fill = [](Range rows, std::span<double> values) {
    for (Index i = rows.begin; i < rows.end; ++i) {
      for (Index j = 0; j < 4; ++j) {
        values[static_cast<std::size_t>((i - rows.begin) * 4 + j)] = entry(i, j);
      }
    }
  };
  const Range mine = BlockDistribution(7, world.size()).range(world.rank());
  write_matrix(world, folder.file("x.toy"), mine, X);
  expect_file(world, folder.file("x.toy"), make_whole(7, 4, entry));
  write_matrix(world, folder.file("x.of-a-name"), mine, X, "toy");
  EXPECT_EQ(open_matrix(world, folder.file("x.of-a-name"), {}, "TOY")->shape().rows, 7);
}

TEST(ToyFormat, HoldsFactors) {
  add_toys();
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const Range mine = BlockDistribution(5, world.size()).range(world.size() - 1 - world.rank());
  TallMatrix<double> values(mine.size(), 3);
  for (Index i = 0; i < mine.size(); ++i) {
    for (Index c = 0; c < 3; ++c) values(i, c) = entry(mine.begin + i, c);
  }
  const MatrixFormat& toy = factor_format("toy", true);
  for (const Side side : {Side::A, Side::S}) {
    const std::string path = folder.file(factor_file_name(side, toy));
    EXPECT_TRUE(path.ends_with(side == Side::A ? "/A.toy" : "/S.toy"));
    write_factor(world, path, {side, values, mine, 5});
    const auto source = open_factor(world, path, side);
    ASSERT_EQ(source->shape().rows, 5);
    ASSERT_EQ(source->shape().columns, 3);
    const TallMatrix<double> back = read_factor(world, *source, {1, 4});
    for (Index i = 0; i < 3; ++i) {
      for (Index c = 0; c < 3; ++c) EXPECT_EQ(back(i, c), entry(i + 1, c));
    }
  }
}

TEST(ToyFormat, IsRefusedWhereItCannotServe) {
  add_toys();
  const Communicator world = Communicator::world();
  const Folder folder(world);
  expect_error(world, ErrorKind::usage, {"x.dat", "toy (.toy)", "shelf (.shelf)"},
               [&] { (void)open_matrix(world, folder.file("x.dat")); });
  expect_error(world, ErrorKind::usage, {"x.toy", "--header", "csv and tsv"},
               [&] { (void)open_matrix(world, folder.file("x.toy"), {.header = Presence::yes}); });
  expect_error(world, ErrorKind::usage, {"shelf", "not written"},
               [&] { (void)find_output_format("x.shelf"); });
  const TallMatrix<double> nothing;
  expect_error(world, ErrorKind::usage, {"mtx", "holds no factors", "npy, csv, hdf5, toy"}, [&] {
    write_factor(world, folder.file("A.mtx"), {Side::A, nothing, {}, 0});
  });
  expect_error(world, ErrorKind::usage, {"shelf", "npy, csv, hdf5, toy"},
               [&] { (void)factor_format("shelf", false); });
  EXPECT_TRUE(folder.names().empty());
}

TEST(ToyFormat, NamesAndExtensionsAreUnique) {
  add_toys();
  const Communicator world = Communicator::world();
  const auto added = [](const std::string& name, const std::string& extension) {
    return [=] { add_format({.name = name, .extensions = {extension}, .open = open_toy}); };
  };
  expect_error(world, ErrorKind::usage, {"csv"}, added("csv", ".other"));
  expect_error(world, ErrorKind::usage, {"other", "csv"}, added("other", ".csv.gz"));
  expect_error(world, ErrorKind::usage, {"other", "a way to open"},
               [] { add_format({.name = "other", .extensions = {".other"}}); });
  EXPECT_EQ(factor_format("", false).name, "npy") << "what comes later is no default";
  EXPECT_EQ(factor_format("", true).name, "csv");
}

}  // namespace
}  // namespace partita::testing
