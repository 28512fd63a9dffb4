#include "comm/process_grid.hpp"

#include "partita/base/error.hpp"

namespace partita {

namespace {

const Communicator& checked(const Communicator& parent, GridShape shape) {
  if (parent.size() != shape.processes()) {
    throw Error(ErrorKind::internal, "a process grid needs exactly rows x columns processes");
  }
  return parent;
}

}  // namespace

ProcessGrid::ProcessGrid(const Communicator& parent, GridShape shape)
    : shape_(shape),
      all_(checked(parent, shape).split(0)),
      row_(all_.rank() / static_cast<int>(shape.columns)),
      column_(all_.rank() % static_cast<int>(shape.columns)),
      same_row_(all_.split(row_)),
      same_column_(all_.split(column_)) {}

}  // namespace partita
