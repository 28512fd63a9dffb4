#pragma once

#include "partita/base/index.hpp"
#include "partita/data/tall_matrix.hpp"

#include <span>
#include <vector>

namespace partita {

/// @throws Error (internal) if there are fewer than two restarts or their shapes differ.
void check_comparable(std::span<const TallMatrix<double>> restarts);

/// The components of all restarts as rows of unit length, restart after restart: R k x m, of Sᵀ (m
/// x k) of each restart. A component that is zero stays so. All restarts have one m; they may
/// differ in k.
[[nodiscard]] TallMatrix<double> unit_components(std::span<const TallMatrix<double>> restarts);

/// Scales the rows to unit length; those that are zero stay so.
void scale_to_unit_rows(TallMatrix<double>& rows);

/// The scalar products of all rows with one another: of unit rows their cosines, up to 1 but for
/// rounding. One thread, so that it is the same on every machine.
[[nodiscard]] TallMatrix<double> row_products(const TallMatrix<double>& rows);

/// The cosine of every component of `one` (m x k, as a row) with every one of `other` (as a
/// column); 0 with a component that is zero.
[[nodiscard]] TallMatrix<double> component_cosines(const TallMatrix<double>& one,
                                                   const TallMatrix<double>& other);

/// Components of two fits that belong together.
struct ComponentMatch {
  std::vector<Index> partner;  ///< for each component of the one its partner of the other
  std::vector<double> cosine;  ///< of the pair
};

/// The pairing whose sum of cosines is the largest.
[[nodiscard]] ComponentMatch match_components(const TallMatrix<double>& cosines);

/// The cluster of each of R k components, 0 .. k - 1, given the products of unit rows: every
/// restart has one component in each cluster, so that the lengths of the sums over the clusters add
/// up to as much as can be had from this start. Starts from the restart that agrees best with the
/// others; then matches every restart to the sums until nothing changes. Clusters are numbered as
/// the components of that restart are.
[[nodiscard]] std::vector<Index> matched_clusters(const TallMatrix<double>& products, Index k);

}  // namespace partita
