// Factors a small matrix of exact rank 2 through the installed library, with no command line and no
// file: exits with 0 when the factors are found.
#include <exception>
#include <iostream>
#include <partita/partita.hpp>

namespace {

using partita::Index;

/// X by a formula, delivered as a reader delivers a file: every process takes the part it is given.
class FormulaMatrix final : public partita::MatrixSource {
 public:
  FormulaMatrix(Index rows, Index columns) {
    shape_.rows = rows;
    shape_.columns = columns;
    shape_.stored = rows * columns;
  }
  [[nodiscard]] const partita::MatrixShape& shape() const override { return shape_; }
  [[nodiscard]] const partita::Labels& labels() const override { return labels_; }
  [[nodiscard]] const partita::Reading& reading() const override { return reading_; }
  [[nodiscard]] Index entries() const override { return shape_.stored; }
  void read(const partita::Communicator& world, const partita::Placement& placement,
            partita::PartSink& sink) override {
    const auto& [rows, columns] = placement.part(world.rank());
    for (Index i = rows.begin; i < rows.end; ++i) {
      for (Index j = columns.begin; j < columns.end; ++j) {
        const auto row = static_cast<double>(i);
        const auto column = static_cast<double>(j);
        const double value = (row + 1) * (j < 6 ? 1 : 0) + (20 - row) * (column + 1);
        sink.set(i - rows.begin, j - columns.begin, {&value, 1, 1, 1, 1});
      }
    }
  }

 private:
  partita::MatrixShape shape_;
  partita::Labels labels_;
  partita::Reading reading_;
};

}  // namespace

int main(int argc, char** argv) {
  try {
    const partita::MpiEnvironment mpi(&argc, &argv);
    const auto world = partita::Communicator::world();
    FormulaMatrix X(20, 12);
    partita::FactorizeOptions options;
    options.components = 2;
    options.restarts = 3;
    options.stop.max_iterations = 1000;
    options.stop.tolerance = 0;
    const auto found = partita::factorize(world, X, options);
    if (world.is_root()) std::cout << "relative error " << found.best.relative_error << '\n';
    return found.best.relative_error < 1e-4 ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 70;
  }
}
