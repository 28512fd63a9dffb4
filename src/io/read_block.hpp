#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/io/spread/matrix_source.hpp"
#include "partita/layout/job_plan.hpp"
#include "partita/layout/matrix_layout.hpp"

#include <memory>

#include "data/blocks/sparse_block.hpp"

namespace partita {

/// In which unit a block holds X: as it is, or, where its squares would vanish or overflow, in that
/// of its largest entry (Block::unit()).
enum class HeldUnit { as_it_is, that_suits };

/// Reads X; every active group of the plan gets its own copy, spread over its processes by
/// `layout`. Returns this process's block, sparse when source.shape().sparse and else dense;
/// nullptr on processes without an active group. Where the plan shares X, processes of a node that
/// have the same place in their groups get one block in common memory; the blocks must then end
/// (be destroyed) at the same time on all processes. Collective over `world`.
/// @param width  of the factors that X is to be multiplied with: sparse blocks are arranged for it.
/// @throws Error on every process: what MatrixSource::read throws; bad_data for a value beyond the
/// range of Real, or, in a unit that suits, for values that are all below it.
template <class Real>
[[nodiscard]] std::unique_ptr<Block<Real>> read_block(const Communicator& world,
                                                      MatrixSource& source, const JobPlan& plan,
                                                      const MatrixLayout& layout,
                                                      Index width = kUsualWidth,
                                                      HeldUnit unit = HeldUnit::as_it_is);

}  // namespace partita
