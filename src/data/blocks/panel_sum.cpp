#include "data/blocks/panel_sum.hpp"

#include "data/blocks/panels.hpp"

namespace partita {

template <class Real>
void PanelSum<Real>::begin(const Block<Real>& block, Index width) {
  parts_.resize(static_cast<std::size_t>(thread_count()));
  deal_to_threads(thread_count(), [&](Index /*thread*/, Index item) {
    TallMatrix<Real>& mine = part(item);
    mine.reshape(block.sum_rows(), width);
    mine.fill(0);
  });
}

template <class Real>
TallMatrix<Real>& PanelSum<Real>::finish(const Block<Real>& block) {
  TallMatrix<Real>& sum = parts_.front();
  const auto row_bytes = static_cast<Index>(sizeof(Real)) * 2 * sum.width();
  if (parts_.size() > 1) {
    for_each_panel(sum.rows(), panel_rows(sum.rows(), row_bytes), [&](Index, Range rows) {
      for (std::size_t other = 1; other < parts_.size(); ++other) {
        const Real* from = parts_[other].row(rows.begin);
        Real* to = sum.row(rows.begin);
        for (Index e = 0; e < rows.size() * sum.width(); ++e) to[e] += from[e];
      }
    });
  }
  block.complete(sum);
  return sum;
}

template class PanelSum<double>;
template class PanelSum<float>;

}  // namespace partita
