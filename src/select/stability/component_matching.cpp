#include "select/stability/component_matching.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <Eigen/Core>

#include "select/stability/assignment.hpp"

namespace partita {

namespace {

using RowMajorMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr int kMostRounds = 100;  // for equal sums that could go round for ever

std::size_t at(Index i) {
  return static_cast<std::size_t>(i);
}

/// A k x k part of the products of all components.
TallMatrix<double> products_between(const TallMatrix<double>& products, Index one, Index other,
                                    Index k) {
  TallMatrix<double> part(k, k);
  for (Index i = 0; i < k; ++i) std::copy_n(products.row(one * k + i) + other * k, k, part.row(i));
  return part;
}

/// Clusters by the pairings of all restarts with one of them.
struct Alignment {
  std::vector<Index> cluster;
  double agreement = 0;
};

Alignment aligned_with(const TallMatrix<double>& products, Index centre, Index k) {
  Alignment alignment{std::vector<Index>(at(products.rows())), 0};
  for (Index restart = 0; restart < products.rows() / k; ++restart) {
    const ComponentMatch match = match_components(products_between(products, restart, centre, k));
    std::ranges::copy(match.partner, alignment.cluster.begin() + restart * k);
    alignment.agreement += std::accumulate(match.cosine.begin(), match.cosine.end(), 0.0);
  }
  return alignment;
}

/// The products of every component with the unit vector of every cluster's sum: N x k.
TallMatrix<double> products_with_sums(const TallMatrix<double>& products,
                                      const std::vector<Index>& cluster, Index k) {
  TallMatrix<double> with_sums(products.rows(), k);
  std::vector<double> square(at(k));
  for (Index i = 0; i < products.rows(); ++i) {
    for (Index j = 0; j < products.rows(); ++j) with_sums(i, cluster[at(j)]) += products(i, j);
    square[at(cluster[at(i)])] += with_sums(i, cluster[at(i)]);
  }
  for (Index i = 0; i < products.rows(); ++i) {
    for (Index c = 0; c < k; ++c) {
      const double length = std::sqrt(std::max(0.0, square[at(c)]));
      with_sums(i, c) = length > 0 ? with_sums(i, c) / length : 0;
    }
  }
  return with_sums;
}

}  // namespace

void check_comparable(std::span<const TallMatrix<double>> restarts) {
  const auto differs = [&](const TallMatrix<double>& restart) {
    return restart.width() != restarts.front().width() || restart.rows() != restarts.front().rows();
  };
  if (restarts.size() < 2 || std::ranges::any_of(restarts, differs)) {
    throw Error(ErrorKind::internal, "agreement of restarts: two are needed, of equal shape");
  }
}

void scale_to_unit_rows(TallMatrix<double>& rows) {
  for (Index i = 0; i < rows.rows(); ++i) {
    double* row = rows.row(i);
    // Of the largest entry first, as squares of small or large ones would not be numbers.
    const double largest = std::accumulate(row, row + rows.width(), 0.0, [](double most, double x) {
      return std::max(most, std::abs(x));
    });
    if (!(largest > 0)) continue;
    double square = 0;
    for (Index j = 0; j < rows.width(); ++j) square += (row[j] / largest) * (row[j] / largest);
    const double length = std::sqrt(square);
    for (Index j = 0; j < rows.width(); ++j) row[j] = row[j] / largest / length;
  }
}

TallMatrix<double> unit_components(std::span<const TallMatrix<double>> restarts) {
  Index count = 0;
  for (const TallMatrix<double>& restart : restarts) count += restart.width();
  TallMatrix<double> rows(count, restarts.empty() ? 0 : restarts.front().rows());
  Index first = 0;
  for (const TallMatrix<double>& restart : restarts) {
    if (restart.rows() != rows.width()) {
      throw Error(ErrorKind::internal, "components of restarts differ in their length");
    }
    for (Index j = 0; j < restart.rows(); ++j) {
      for (Index c = 0; c < restart.width(); ++c) rows(first + c, j) = restart(j, c);
    }
    first += restart.width();
  }
  scale_to_unit_rows(rows);
  return rows;
}

TallMatrix<double> row_products(const TallMatrix<double>& rows) {
  TallMatrix<double> products(rows.rows(), rows.rows());
  Eigen::Map<RowMajorMatrix> G(products.data(), rows.rows(), rows.rows());
  G.selfadjointView<Eigen::Lower>().rankUpdate(
      Eigen::Map<const RowMajorMatrix>(rows.data(), rows.rows(), rows.width()));
  G.triangularView<Eigen::StrictlyUpper>() = G.transpose();
  return products;
}

TallMatrix<double> component_cosines(const TallMatrix<double>& one,
                                     const TallMatrix<double>& other) {
  const TallMatrix<double> a = unit_components({&one, 1});
  const TallMatrix<double> b = unit_components({&other, 1});
  if (a.width() != b.width()) {
    throw Error(ErrorKind::internal, "components of two fits differ in their length");
  }
  TallMatrix<double> cosines(a.rows(), b.rows());
  for (Index i = 0; i < a.rows(); ++i) {
    for (Index j = 0; j < b.rows(); ++j) {
      cosines(i, j) = std::inner_product(a.row(i), a.row(i) + a.width(), b.row(j), 0.0);
    }
  }
  return cosines;
}

ComponentMatch match_components(const TallMatrix<double>& cosines) {
  ComponentMatch match{best_assignment(cosines), {}};
  for (Index i = 0; i < cosines.rows(); ++i) {
    match.cosine.push_back(cosines(i, match.partner[at(i)]));
  }
  return match;
}

std::vector<Index> matched_clusters(const TallMatrix<double>& products, Index k) {
  if (k < 1 || products.rows() % k != 0) {
    throw Error(ErrorKind::internal, "every restart is to have all components");
  }
  Alignment best;
  for (Index centre = 0; centre < products.rows() / k; ++centre) {
    Alignment alignment = aligned_with(products, centre, k);
    if (centre == 0 || alignment.agreement > best.agreement) best = std::move(alignment);
  }
  for (int round = 0; round < kMostRounds; ++round) {
    const TallMatrix<double> with_sums = products_with_sums(products, best.cluster, k);
    std::vector<Index> cluster(best.cluster.size());
    for (Index first = 0; first < products.rows(); first += k) {
      TallMatrix<double> scores(k, k);
      std::copy_n(with_sums.row(first), k * k, scores.data());
      std::ranges::copy(best_assignment(scores), cluster.begin() + first);
    }
    if (cluster == best.cluster) break;
    best.cluster = std::move(cluster);
  }
  return best.cluster;
}

}  // namespace partita
