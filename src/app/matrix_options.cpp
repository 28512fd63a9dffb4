#include "matrix_options.hpp"

#include "partita/base/error.hpp"

namespace partita::app {

namespace {

const Choices<Presence> kPresences = {
    {"detect", Presence::detect}, {"yes", Presence::yes}, {"no", Presence::no}};

/// Takes a choice of which only one is there yet.
auto only(const std::string& available, const std::string& other) {
  return [available, other](const std::string& option, const std::string& text) {
    const Choices<bool> choices = {{available, true}, {other, false}};
    if (!parse_choice(option, text, choices)) refuse_unavailable(option + " " + text);
  };
}

}  // namespace

void refuse_unavailable(const std::string& what) {
  throw Error(ErrorKind::usage, what + " is not available in this version");
}

Option unavailable(const std::string& name, const std::string& argument, const std::string& help) {
  return {name, 0, argument, "", help, [](const std::string& option, const std::string& /*text*/) {
            refuse_unavailable(option);
          }};
}

OptionGroup matrix_options(MatrixInput& input) {
  return {"Matrix",
          {{"format", 0, "NAME", "by extension",
            "mtx, npy, csv or tsv; extensions .mtx .npy .csv .tsv, with .gz for text",
            into(input.format)},
           {"transpose", 0, "", "", "take the transposed matrix", into(input.read.transpose),
            Told::always, [&input] { return SettingValue(input.read.transpose); }},
           {"header", 0, "detect|yes|no", "detect", "whether a CSV file begins with column names",
            into_choice(input.read.header, kPresences)},
           {"row-labels", 0, "detect|yes|no", "detect",
            "whether the first column of a CSV file names the rows",
            into_choice(input.read.row_labels, kPresences)},
           {"unstored", 0, "zero|missing", "zero",
            "what a sparse file does not store (missing: not in this version)",
            only("zero", "missing")},
           {"nan", 0, "error|missing", "error", "what NaN means (missing: not in this version)",
            only("error", "missing")},
           unavailable("dataset", "NAME", "matrix inside an HDF5 file (not in this version)")}};
}

}  // namespace partita::app
