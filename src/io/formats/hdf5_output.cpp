// Matrices and factors as HDF5 files. Process 0 makes the file; then every process writes its
// numbers at their places in it.
#include "io/files/hdf5_output.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/formats/csr_output.hpp"
#include "io/formats/formats.hpp"
#include "io/formats/text_output.hpp"

namespace partita {

namespace {

constexpr auto kDoubleBytes = static_cast<Index>(sizeof(double));

/// Places of numbers in a file.
using Places = std::array<Index, 3>;

/// Lets process 0 make the temporary's content and tells all where the numbers go. Collective.
Places make_file(const Communicator& comm, AtomicFile& file,
                 const std::function<Places(NewHdf5File&)>& make) {
  Places places{};
  together(comm, [&] {
    if (!comm.is_root()) return;
    NewHdf5File made(file.path());
    places = make(made);
    made.close([&](Index offset, std::span<const char> bytes) { file.write(offset, bytes); });
  });
  broadcast(comm, std::span<Index>(places), 0);
  return places;
}

void add_names(NewHdf5File& file, const Labels& labels) {
  if (!labels.rows.empty()) file.add_texts("row_names", labels.rows);
  if (!labels.columns.empty()) file.add_texts("column_names", labels.columns);
}

void write_dense(AtomicFile& file, Index place, Range my_rows, const MatrixRows& matrix) {
  for_each_dense_run(matrix, my_rows, [&](Range rows, std::span<const double> values) {
    file.write(place + rows.begin * matrix.columns * kDoubleBytes,
               {reinterpret_cast<const char*>(values.data()), values.size_bytes()});
  });
}

/// Names as anndata wants them: lines without names are numbered.
void add_table(NewHdf5File& file, const std::string& table, const std::vector<std::string>& names,
               Index count) {
  file.add_group(table);
  file.set_text(table, "encoding-type", "dataframe");
  file.set_text(table, "encoding-version", "0.2.0");
  file.set_text(table, "_index", "_index");
  file.set_no_texts(table, "column-order");
  std::vector<std::string> numbers;
  if (names.empty()) {
    for (Index i = 0; i < count; ++i) numbers.push_back(std::to_string(i));
  }
  const std::string index = table + "/_index";
  file.add_texts(index, names.empty() ? numbers : names);
  file.set_text(index, "encoding-type", "string-array");
  file.set_text(index, "encoding-version", "0.2.0");
}

void add_anndata(NewHdf5File& file, const MatrixRows& matrix) {
  file.set_text("/", "encoding-type", "anndata");
  file.set_text("/", "encoding-version", "0.1.0");
  add_table(file, "obs", matrix.labels.rows, matrix.rows);
  add_table(file, "var", matrix.labels.columns, matrix.columns);
}

template <class Place>
void write_anndata_sparse(const Communicator& comm, AtomicFile& file, const CsrShare& share,
                          const MatrixRows& matrix) {
  constexpr auto kPlaceBytes = static_cast<Index>(sizeof(Place));
  constexpr Hdf5Number kPlace = sizeof(Place) == 4 ? Hdf5Number::whole_32 : Hdf5Number::whole_64;
  const Places places = make_file(comm, file, [&](NewHdf5File& made) {
    add_anndata(made, matrix);
    made.add_group("X");
    made.set_text("X", "encoding-type", "csr_matrix");
    made.set_text("X", "encoding-version", "0.1.0");
    made.set_wholes("X", "shape", std::array<Index, 2>{matrix.rows, matrix.columns});
    const std::array<Index, 1> entries{share.all_entries};
    const std::array<Index, 1> starts{matrix.rows + 1};
    return Places{made.add_numbers("X/data", entries, Hdf5Number::real),
                  made.add_numbers("X/indices", entries, kPlace),
                  made.add_numbers("X/indptr", starts, kPlace)};
  });
  const bool is_first = share.rows.begin == 0 && !share.rows.empty();
  BinaryOutput values(file, places[0] + share.entries_before * kDoubleBytes);
  BinaryOutput columns(file, places[1] + share.entries_before * kPlaceBytes);
  BinaryOutput ends(file, places[2] + (share.rows.begin + (is_first ? 0 : 1)) * kPlaceBytes);
  together(comm, [&] {
    if (is_first) ends.put(Place{0});
    write_csr<Place>(matrix, share, values, columns, ends);
  });
}

void write_anndata_dense(const Communicator& comm, AtomicFile& file, Range my_rows,
                         const MatrixRows& matrix) {
  const Places places = make_file(comm, file, [&](NewHdf5File& made) {
    add_anndata(made, matrix);
    const std::array<Index, 2> shape{matrix.rows, matrix.columns};
    const Index place = made.add_numbers("X", shape, Hdf5Number::real);
    made.set_text("X", "encoding-type", "array");
    made.set_text("X", "encoding-version", "0.2.0");
    return Places{place};
  });
  together(comm, [&] { write_dense(file, places[0], my_rows, matrix); });
}

}  // namespace

void write_hdf5(const Communicator& comm, const std::string& path, Range my_rows,
                const MatrixRows& matrix) {
  AtomicFile file(comm, path);
  const Places places = make_file(comm, file, [&](NewHdf5File& made) {
    add_names(made, matrix.labels);
    const std::array<Index, 2> shape{matrix.rows, matrix.columns};
    return Places{made.add_numbers("X", shape, Hdf5Number::real)};
  });
  together(comm, [&] { write_dense(file, places[0], my_rows, matrix); });
  file.commit();
}

void write_anndata(const Communicator& comm, const std::string& path, Range my_rows,
                   const MatrixRows& matrix) {
  constexpr Index kMost = std::numeric_limits<std::int32_t>::max();
  if (!matrix.list) {
    AtomicFile file(comm, path);
    write_anndata_dense(comm, file, my_rows, matrix);
    file.commit();
    return;
  }
  const CsrShare share = count_csr(comm, my_rows, matrix);
  AtomicFile file(comm, path);
  if (std::max(share.all_entries, matrix.columns) <= kMost) {  // as SciPy chooses it
    write_anndata_sparse<std::int32_t>(comm, file, share, matrix);
  } else {
    write_anndata_sparse<std::int64_t>(comm, file, share, matrix);
  }
  file.commit();
}

void write_hdf5_factor(const Communicator& comm, const std::string& path, const FactorShare& share,
                       Index components, const Labels& labels) {
  const bool is_A = share.side == Side::A;
  AtomicFile file(comm, path);
  const Places places = make_file(comm, file, [&](NewHdf5File& made) {
    add_names(made, is_A ? Labels{labels.rows, {}} : Labels{{}, labels.columns});
    const std::array<Index, 2> shape{is_A ? share.total : components,
                                     is_A ? components : share.total};
    return Places{made.add_numbers(is_A ? "A" : "S", shape, Hdf5Number::real)};
  });
  together(comm, [&] {
    if (is_A) {
      const std::span<const double> values = share.values.values();
      file.write(places[0] + share.range.begin * components * kDoubleBytes,
                 {reinterpret_cast<const char*>(values.data()), values.size_bytes()});
      return;
    }
    // A line of S is a component; this process has a piece of each.
    std::vector<double> piece(static_cast<std::size_t>(std::max<Index>(share.range.size(), 0)));
    for (Index c = 0; c < components && !piece.empty(); ++c) {
      for (Index j = 0; j < share.range.size(); ++j) {
        piece[static_cast<std::size_t>(j)] = share.values(j, c);
      }
      file.write(places[0] + (c * share.total + share.range.begin) * kDoubleBytes,
                 {reinterpret_cast<const char*>(piece.data()), piece.size() * sizeof(double)});
    }
  });
  file.commit();
}

}  // namespace partita
