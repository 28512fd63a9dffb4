#include "select/bootstrap/alignment.hpp"

#include <cmath>

#include "select/stability/component_matching.hpp"

namespace partita {

namespace {

double length_of(const TallMatrix<double>& S, Index c) {
  double length = 0;
  for (Index j = 0; j < S.rows(); ++j) length = std::hypot(length, S(j, c));
  return length;
}

/// Columns in the order of the partners, each times its scale.
template <class Scale>
TallMatrix<double> aligned(const TallMatrix<double>& W, const Alignment& alignment, Scale scale) {
  TallMatrix<double> result(W.rows(), W.width());
  for (Index i = 0; i < W.rows(); ++i) {
    for (std::size_t c = 0; c < alignment.partner.size(); ++c) {
      result.row(i)[c] = scale(W(i, alignment.partner[c]), alignment.scale[c]);
    }
  }
  return result;
}

}  // namespace

Alignment align_components(const TallMatrix<double>& fit, const TallMatrix<double>& replicate) {
  ComponentMatch match = match_components(component_cosines(fit, replicate));
  Alignment alignment{std::move(match.partner), {}, std::move(match.cosine)};
  for (Index c = 0; c < fit.width(); ++c) {
    const double wanted = length_of(fit, c);
    const double has = length_of(replicate, alignment.partner[static_cast<std::size_t>(c)]);
    alignment.scale.push_back(wanted > 0 && has > 0 ? wanted / has : 1);
  }
  return alignment;
}

TallMatrix<double> aligned_S(const TallMatrix<double>& S, const Alignment& alignment) {
  return aligned(S, alignment, [](double value, double scale) { return value * scale; });
}

TallMatrix<double> aligned_A(const TallMatrix<double>& A, const Alignment& alignment) {
  return aligned(A, alignment, [](double value, double scale) { return value / scale; });
}

std::vector<double> mean_cosines(std::span<const Alignment> replicates) {
  std::vector<double> means(replicates.front().cosine.size());
  for (const Alignment& replicate : replicates) {
    for (std::size_t c = 0; c < means.size(); ++c) {
      means[c] += replicate.cosine[c] / static_cast<double>(replicates.size());
    }
  }
  return means;
}

}  // namespace partita
