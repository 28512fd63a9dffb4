#pragma once

#include "partita/comm/communicator.hpp"

#include <functional>
#include <string>

namespace partita {

/// Writes a gzip file: lets `write` make a plain one beside it, packs that on process 0 and takes
/// it away. The file appears whole or not at all, and depends on what is in it alone. Collective.
/// @param write  collective; makes a file of the name that it is given.
/// @throws Error (cannot_create, input_output) on every process, and what `write` throws.
void write_gzip(const Communicator& comm, const std::string& path,
                const std::function<void(const std::string& plain)>& write);

}  // namespace partita
