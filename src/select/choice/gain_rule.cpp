#include "select/choice/gain_rule.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace partita {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Fall of the error a component, from one position to a later one.
double gain(const ErrorCurve& curve, std::size_t from, std::size_t to) {
  return (curve.error[from] - curve.error[to]) / static_cast<double>(curve.k[to] - curve.k[from]);
}

double share_of(const ErrorCurve& curve, std::size_t first, std::size_t position) {
  double share = 0;
  for (std::size_t q = position + 1; q < curve.k.size(); ++q) {
    if (!(curve.error[q] < curve.error[position])) continue;
    const double whole = gain(curve, first, q);
    share = std::max(share, whole > 0 ? gain(curve, position, q) / whole : kInfinity);
  }
  return share;
}

}  // namespace

std::vector<double> gain_shares(const ErrorCurve& curve) {
  std::vector<double> shares(curve.k.size(), kInfinity);
  std::size_t first = curve.k.size();
  for (std::size_t position = 0; position < curve.k.size(); ++position) {
    if (!std::isfinite(curve.error[position])) continue;
    first = std::min(first, position);
    shares[position] = share_of(curve, first, position);
  }
  return shares;
}

std::size_t smallest_within(const ErrorCurve& curve, const std::vector<double>& shares, double tau,
                            Index least) {
  for (std::size_t position = 0; position < curve.k.size(); ++position) {
    if (curve.k[position] >= least && std::isfinite(curve.error[position]) &&
        shares[position] <= tau) {
      return position;
    }
  }
  throw Error(ErrorKind::diverged, "choice of k: no k from " + std::to_string(least) +
                                       " on has a finite held-out error");
}

}  // namespace partita
