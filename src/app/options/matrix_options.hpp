#pragma once

#include "partita/io/spread/matrix_source.hpp"

#include <cstddef>
#include <memory>
#include <string>

#include "options.hpp"
#include "options/into.hpp"

namespace partita::app {

/// A matrix file and how to read it.
struct MatrixInput {
  std::string file;
  std::string format;  ///< name of a format; empty: by the file's extension
  ReadOptions read;
  bool nan_is_missing = false;  ///< else it is an error
};

/// --format, --transpose, what is stated of tables, --dataset, files of names. The group fills
/// `input`, which must outlive it.
[[nodiscard]] OptionGroup file_options(MatrixInput& input);
/// The same with --unstored and --nan, of commands for which every entry is a number.
[[nodiscard]] OptionGroup matrix_options(MatrixInput& input);

/// --quiet; fills `quiet`, which must outlive it.
[[nodiscard]] Option quiet_option(bool& quiet);

/// --quiet, of commands that have no other messages on stderr.
[[nodiscard]] OptionGroup message_options(bool& quiet);

/// Opens the matrix and says on stderr, unless `quiet`, how it was understood. Collective over
/// `world`. @throws Error on every process.
[[nodiscard]] std::unique_ptr<MatrixSource> open_input(const Communicator& world,
                                                       const MatrixInput& input, bool quiet);
/// What may have been misunderstood in an opened file, a line each, by process 0.
void tell_warnings(const Communicator& world, const std::string& file, const MatrixSource& source,
                   bool quiet);

/// Takes the operand FILE; borrows `input`.
[[nodiscard]] inline auto file_operand(MatrixInput& input) {
  return [&input](std::size_t /*position*/, const std::string& text) { input.file = text; };
}

/// Refuses what belongs to the contract but not to this version. @throws Error (usage).
[[noreturn]] void refuse_unavailable(const std::string& what);

}  // namespace partita::app
