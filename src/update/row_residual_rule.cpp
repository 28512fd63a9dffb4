#include <algorithm>
#include <vector>

#include "update/filled_row.hpp"
#include "update/panel_rule.hpp"

namespace partita {

namespace {

constexpr int kSweeps = 2;

/// What one thread works with.
template <class Real>
struct Space {
  std::vector<Real> tile;      ///< k x entries: the rows of H that belong to them, transposed
  std::vector<Real> residual;  ///< x - w·h of every entry
  std::vector<Real> weights;   ///< of every entry
  std::vector<double> Gw;      ///< G w, where what is not stored counts
};

template <class Real>
struct Sums {
  double gain = 0;    ///< Σ w r h
  double own = 0;     ///< Σ w h²
  double model = 0;   ///< Σ (w·h) h
  double square = 0;  ///< Σ h²
};

/// Sums over the entries of one row for one component; those of the model where it counts.
template <class Real>
Sums<Real> sums_of(const Real* h, const Real* r, const Real* w, const Real* x, std::size_t count,
                   bool unstored_counts) {
  // Several sums side by side: they can be added as vectors.
  constexpr std::size_t kLanes = 8;
  Real gain[kLanes] = {};
  Real own[kLanes] = {};
  std::size_t e = 0;
  for (; e + kLanes <= count; e += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const Real wh = w[e + lane] * h[e + lane];
      gain[lane] += wh * r[e + lane];
      own[lane] += wh * h[e + lane];
    }
  }
  Sums<Real> sums;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    sums.gain += static_cast<double>(gain[lane]);
    sums.own += static_cast<double>(own[lane]);
  }
  for (; e < count; ++e) {
    const Real wh = w[e] * h[e];
    sums.gain += static_cast<double>(wh * r[e]);
    sums.own += static_cast<double>(wh * h[e]);
  }
  if (!unstored_counts) return sums;
  for (e = 0; e < count; ++e) {
    sums.model += static_cast<double>((x[e] - r[e]) * h[e]);
    sums.square += static_cast<double>(h[e] * h[e]);
  }
  return sums;
}

template <class Real>
class RowResidualRule final : public PanelRule<Real> {
 public:
  RowResidualRule(const EntryPenalty& penalty, bool nonnegative)
      : penalty_(penalty), nonnegative_(nonnegative) {}

  void update(TallView<Real> W, const EntryPanel<Real>& X, TallView<const Real> H,
              const GramMatrix& G) const override {
    Space<Real> space;
    FilledRow<Real> filled;
    for (Index i = 0; i < W.rows; ++i) {
      const EntryRow<Real> stored = X.row(i);
      if (stored.size() == 0 && X.unstored == 0) {
        penalty_.prefer(W.row(i), W.width);
        continue;
      }
      filled.take(stored, H.rows, X.unstored);
      update_row(W.row(i), filled.row(), filled.unstored(), penalty_.pull_of(stored), H, G, space);
    }
  }

 private:
  void update_row(Real* w, const EntryRow<Real>& row, double unstored, double pull,
                  TallView<const Real> H, const GramMatrix& G, Space<Real>& space) const {
    const std::size_t count = row.size();
    gather(w, row, H, space);
    if (unstored > 0) multiply(G, w, space.Gw);
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      for (Index l = 0; l < H.width; ++l) {
        if (penalty_.bias && l == penalty_.bias->one) continue;
        const Real* const h = space.tile.data() + static_cast<std::size_t>(l) * count;
        const Sums<Real> sums = sums_of(h, space.residual.data(), space.weights.data(),
                                        row.values.data(), count, unstored > 0);
        const Held held = held_by(l, static_cast<double>(w[l]), pull);
        // minus the slope of the loss, and its curvature
        double slope = sums.gain - held.slope;
        double curvature = sums.own + held.curvature;
        if (unstored > 0) {
          slope -= unstored * (space.Gw[static_cast<std::size_t>(l)] - sums.model);
          curvature += unstored * (G(l, l) - sums.square);
        }
        const Real step = step_from(w[l], slope, curvature, held.nonnegative);
        if (step == Real{0}) continue;
        w[l] += step;
        Real* const r = space.residual.data();
        for (std::size_t e = 0; e < count; ++e) r[e] -= step * h[e];
        if (unstored <= 0) continue;
        for (Index other = 0; other < H.width; ++other) {
          space.Gw[static_cast<std::size_t>(other)] += static_cast<double>(step) * G(other, l);
        }
      }
    }
  }

  /// What holds one number of a row: slope and curvature of its penalty at w.
  struct Held {
    double slope;
    double curvature;
    bool nonnegative;
  };
  [[nodiscard]] Held held_by(Index l, double w, double pull) const {
    if (penalty_.bias && l == penalty_.bias->own) {
      return {penalty_.bias->damping * w, penalty_.bias->damping, false};
    }
    const FactorPenalty& plain = penalty_.plain;
    return {plain.l1 + plain.l2 * w + pull * (w - penalty_.centre), plain.l2 + pull, nonnegative_};
  }

  [[nodiscard]] static Real step_from(Real w, double slope, double curvature, bool nonnegative) {
    if (!(curvature > 0)) return nonnegative && slope < 0 ? -w : Real{0};
    const auto step = static_cast<Real>(slope / curvature);
    return nonnegative ? std::max(step, -w) : step;
  }

  static void gather(const Real* w, const EntryRow<Real>& row, TallView<const Real> H,
                     Space<Real>& space) {
    const std::size_t count = row.size();
    space.tile.resize(count * static_cast<std::size_t>(H.width));
    space.residual.resize(count);
    space.weights.resize(count);
    for (std::size_t e = 0; e < count; ++e) {
      const Real* const h = H.row(row.columns[e]);
      Real model = 0;
      for (Index l = 0; l < H.width; ++l) {
        space.tile[static_cast<std::size_t>(l) * count + e] = h[l];
        model += w[l] * h[l];
      }
      space.residual[e] = row.values[e] - model;
      space.weights[e] = row.weights.empty() ? Real{1} : row.weights[e];
    }
  }

  static void multiply(const GramMatrix& G, const Real* w, std::vector<double>& Gw) {
    Gw.assign(static_cast<std::size_t>(G.size()), 0.0);
    for (Index a = 0; a < G.size(); ++a) {
      for (Index b = 0; b < G.size(); ++b) {
        Gw[static_cast<std::size_t>(a)] += G(a, b) * static_cast<double>(w[b]);
      }
    }
  }

  EntryPenalty penalty_;
  bool nonnegative_;
};

}  // namespace

template <class Real>
std::unique_ptr<PanelRule<Real>> make_row_residual_rule(const EntryPenalty& penalty,
                                                        bool nonnegative) {
  return std::make_unique<RowResidualRule<Real>>(penalty, nonnegative);
}

template std::unique_ptr<PanelRule<double>> make_row_residual_rule(const EntryPenalty&, bool);
template std::unique_ptr<PanelRule<float>> make_row_residual_rule(const EntryPenalty&, bool);

}  // namespace partita
