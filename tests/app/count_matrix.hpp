// Counts whose components are known, for the tests of what is said of a fit's components.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "app/model_runner.hpp"

namespace partita::app {

struct CountMatrix {
  Matrix A;
  Matrix S;     ///< rows of sum 1
  Table means;  ///< A S
  Table counts;
};

/// Each column belongs to one component more than to the others, each row to one or two.
/// @param depth  counts of a row, about
inline CountMatrix count_matrix(std::size_t rows, std::size_t columns, std::size_t k, double depth,
                                std::uint32_t seed = 1) {
  std::mt19937 engine(seed);
  CountMatrix made;
  made.S.assign(k, std::vector<double>(columns));
  for (std::size_t c = 0; c < k; ++c) {
    double sum = 0;
    for (std::size_t j = 0; j < columns; ++j) {
      const double level = j % k == c ? 4 : (j / k) % 3 == c % 3 ? 1 : 0;
      sum += made.S[c][j] = level * (1 + static_cast<double>((j * 7 + c * 3) % 5));
    }
    for (double& value : made.S[c]) value /= sum;
  }
  for (std::size_t j = 0; j < columns; ++j) made.means.columns.push_back("g" + std::to_string(j));
  for (std::size_t i = 0; i < rows; ++i) {
    std::vector<double> a(k, 0.0);
    a[i % k] = depth * (0.5 + static_cast<double>(i * 5 % 7) / 7);
    if (i % 3 != 0) a[(i / k + 1) % k] += depth / 3;
    std::vector<double> row(columns);
    for (std::size_t j = 0; j < columns; ++j) {
      for (std::size_t c = 0; c < k; ++c) row[j] += a[c] * made.S[c][j];
    }
    made.A.push_back(a);
    made.means.rows.push_back("c" + std::to_string(i));
    made.means.values.push_back(row);
  }
  made.counts = made.means;
  for (std::vector<double>& row : made.counts.values) {
    for (double& value : row) {
      value = value > 0 ? static_cast<double>(std::poisson_distribution<long>(value)(engine)) : 0;
    }
  }
  return made;
}

inline double cosine(const std::vector<double>& a, const std::vector<double>& b) {
  return dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));
}

/// For each of some rows that of `others` with the largest cosine.
inline std::vector<std::size_t> nearest_rows(const Matrix& rows, const Matrix& others) {
  std::vector<std::size_t> nearest;
  for (const std::vector<double>& row : rows) {
    std::size_t best = 0;
    for (std::size_t c = 1; c < others.size(); ++c) {
      if (cosine(row, others[c]) > cosine(row, others[best])) best = c;
    }
    nearest.push_back(best);
  }
  return nearest;
}

}  // namespace partita::app
