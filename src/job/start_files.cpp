#include "job/start_files.hpp"

#include "partita/base/error.hpp"
#include "partita/io/formats/factor_files.hpp"

#include <memory>

namespace partita {

namespace {

TallMatrix<double> read_one(const Communicator& world, const std::string& file, Side side,
                            Index rows, Index components, Range mine, const OnOpened& on_opened) {
  const std::unique_ptr<MatrixSource> source = open_factor(world, file, side);
  on_opened(file, *source);
  const MatrixShape& shape = source->shape();
  if (shape.rows != rows || shape.columns != components) {
    const auto text = [&](Index length, Index k) {
      return side == Side::A ? std::to_string(length) + " x " + std::to_string(k)
                             : std::to_string(k) + " x " + std::to_string(length);
    };
    throw Error(ErrorKind::bad_data, file + ": the start is " + text(shape.rows, shape.columns) +
                                         ", the matrix and -k need " + text(rows, components));
  }
  return read_factor(world, *source, mine);
}

}  // namespace

GivenStart read_start(const Communicator& world, const JobChoices& choices,
                      const MatrixShape& shape, Index components, Range rows, Range columns,
                      const OnOpened& on_opened) {
  return {read_one(world, choices.init_A, Side::A, shape.rows, components, rows, on_opened),
          read_one(world, choices.init_S, Side::S, shape.columns, components, columns, on_opened)};
}

}  // namespace partita
