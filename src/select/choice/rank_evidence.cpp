#include "select/choice/rank_evidence.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace partita {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

ErrorCurve curve(std::span<const RankEvidence> evidence, double exact_error,
                 const std::function<double(const RankEvidence&)>& error_of) {
  ErrorCurve result;
  const RankEvidence* exact = nullptr;
  for (const RankEvidence& one : evidence) {
    const double error = error_of(exact != nullptr ? *exact : one);
    result.k.push_back(one.k);
    result.error.push_back(std::isfinite(error) ? error : kInfinity);
    if (exact == nullptr && one.training_error <= exact_error) exact = &one;
  }
  return result;
}

}  // namespace

double held_out_mean(const RankEvidence& evidence) {
  const std::vector<double>& errors = evidence.held_out;
  if (errors.empty()) return kInfinity;
  const double mean =
      std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size());
  return std::isfinite(mean) ? mean : kInfinity;
}

double held_out_standard_error(const RankEvidence& evidence) {
  const double mean = held_out_mean(evidence);
  if (!std::isfinite(mean)) return kInfinity;
  const auto count = static_cast<double>(evidence.held_out.size());
  if (count < 2) return 0;
  double squares = 0;
  for (const double error : evidence.held_out) squares += (error - mean) * (error - mean);
  return std::sqrt(squares / (count - 1) / count);
}

ErrorCurve mean_curve(std::span<const RankEvidence> evidence, double exact_error) {
  return curve(evidence, exact_error, held_out_mean);
}

std::vector<ErrorCurve> mask_curves(std::span<const RankEvidence> evidence, double exact_error) {
  std::vector<ErrorCurve> curves;
  if (evidence.empty()) return curves;
  const std::size_t masks = evidence.front().held_out.size();
  const auto as_many = [masks](const RankEvidence& one) { return one.held_out.size() == masks; };
  if (!std::ranges::all_of(evidence, as_many)) return curves;
  for (std::size_t mask = 0; mask < masks; ++mask) {
    curves.push_back(curve(evidence, exact_error,
                           [mask](const RankEvidence& one) { return one.held_out[mask]; }));
  }
  return curves;
}

}  // namespace partita
