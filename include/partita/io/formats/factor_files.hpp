#pragma once

#include "partita/base/index.hpp"
#include "partita/comm/communicator.hpp"
#include "partita/data/tall_matrix.hpp"
#include "partita/io/spread/matrix_source.hpp"

#include <memory>
#include <string>

namespace partita {

/// Which factor a file holds: A is n x k; S is k x m in the file and Sᵀ, m x k, in memory.
enum class FactorSide { A, S };

/// This process's share of a factor: rows [range) of A, or columns [range) of S, of `total`.
/// Processes may own nothing; ranges need not be in the order of ranks.
struct FactorShare {
  FactorSide side;
  const TallMatrix<double>& values;  ///< range.size() x k
  Range range;
  Index total;
};

/// Writes A as (n, k) in C order, S as (k, m) in Fortran order, both <f8: in either case each owner
/// writes one contiguous piece. Whole or not at all. Collective over `comm`.
/// @throws Error (cannot_create, input_output) on every process.
void write_factor_npy(const Communicator& comm, const std::string& path, const FactorShare& share);

/// Writes A with a header row of components (component_1, ...) and a first column of row labels, S
/// with a first column of components and a header row of column labels; without labels that row or
/// column is left out. Numbers are the shortest that read back the same. Collective over `comm`.
/// @throws Error (cannot_create, input_output) on every process.
void write_factor_csv(const Communicator& comm, const std::string& path, const FactorShare& share,
                      const Labels& labels);

/// Opens a factor in any matrix format, any finite values; shape() is that in memory: rows n or m,
/// columns k. Collective over `comm`. @throws Error on every process.
[[nodiscard]] std::unique_ptr<MatrixSource> open_factor(const Communicator& comm,
                                                        const std::string& path, FactorSide side);

/// Rows `mine` of an opened factor (A, or Sᵀ), mine.size() x k. Ranges of different processes may
/// overlap or be empty. Collective over `comm`. @throws Error on every process.
[[nodiscard]] TallMatrix<double> read_factor(const Communicator& comm, MatrixSource& source,
                                             Range mine);

}  // namespace partita
