#pragma once

#include <string>

#include "base/choices.hpp"

// The table of formats in the words of options.
namespace partita::app {

/// What matrices are read from: "mtx, npy, csv or tsv".
[[nodiscard]] std::string readable_formats();
/// What matrices are written as.
[[nodiscard]] std::string writable_formats();
/// The usual extension of each that is read: ".mtx .npy .csv .tsv".
[[nodiscard]] std::string usual_extensions();

/// Names of the formats of factors.
[[nodiscard]] Choices<std::string> factor_formats();
/// The same in words: "npy, csv or hdf5".
[[nodiscard]] std::string listed_factor_formats();
/// What is chosen where nothing is stated: "npy, csv for labelled input".
[[nodiscard]] std::string default_factor_formats();

}  // namespace partita::app
