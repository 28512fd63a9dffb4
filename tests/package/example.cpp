// Factors a small matrix of exact rank 2 through the installed library, with no command line: exits
// with 0 when the factors are found.
#include <exception>
#include <iostream>
#include <memory>
#include <partita/comm/communicator.hpp>
#include <partita/data/dense_block.hpp>
#include <partita/factorize/factorize.hpp>
#include <utility>

int main(int argc, char** argv) {
  try {
    const partita::MpiEnvironment mpi(&argc, &argv);
    const auto world = partita::Communicator::world();
    constexpr partita::Index kRows = 20;
    constexpr partita::Index kColumns = 12;

    partita::FactorizeOptions options;
    options.components = 2;
    options.restarts = 3;
    options.stop.max_iterations = 1000;
    options.stop.tolerance = 0;
    const auto plan = partita::make_plan({.rows = kRows,
                                          .columns = kColumns,
                                          .stored = kRows * kColumns,
                                          .components = options.components,
                                          .restarts = options.restarts,
                                          .processes = world.size()},
                                         {.groups = 1, .grid = {}, .batch = {}});

    const partita::MatrixLayout layout(kRows, kColumns, plan.grid);
    const auto rows = layout.block_rows(world.rank());
    const auto columns = layout.block_columns(world.rank());
    auto block = std::make_unique<partita::DenseBlock<double>>(rows.size(), columns.size());
    for (partita::Index i = 0; i < rows.size(); ++i) {
      for (partita::Index j = 0; j < columns.size(); ++j) {
        const auto row = static_cast<double>(rows.begin + i);
        const auto column = static_cast<double>(columns.begin + j);
        block->row(i)[j] = (row + 1) * (column < 6 ? 1 : 0) + (20 - row) * (column + 1);
      }
    }
    const partita::DistributedMatrix<double> X(partita::ProcessGrid(world, plan.grid), layout,
                                               std::move(block));
    const auto found = partita::factorize(world, plan, &X, options);
    if (world.is_root()) std::cout << "relative error " << found.best.relative_error << '\n';
    return found.best.relative_error < 1e-4 ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 70;
  }
}
