#pragma once

#include "partita/base/index.hpp"
#include "partita/comm/communicator.hpp"

#include <string>

namespace partita::app {

/// Text of a file, read by this process, without a byte order mark. @throws Error (no_input,
/// input_output, bad_data for UTF-16).
[[nodiscard]] std::string text_of(const std::string& path);

/// Text of a regular file of at most so many bytes, read by this process; anything else, as a
/// directory or a pipe, is not waited for. @throws Error (no_input, bad_data, input_output).
[[nodiscard]] std::string regular_text_of(const std::string& path, Index most_bytes);

/// Text of a small file, read by process 0 for all. Collective over `world`.
/// @throws what text_of throws, on every process.
[[nodiscard]] std::string read_shared_text(const Communicator& world, const std::string& path);

/// Writes to stdout on process 0. Collective over `world`.
/// @throws Error (input_output) on every process when stdout takes it no more.
void print_on_root(const Communicator& world, const std::string& text);

}  // namespace partita::app
