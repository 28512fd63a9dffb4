#include "partita/base/error.hpp"

#include <algorithm>
#include <vector>

#include "update/filled_row.hpp"
#include "update/panel_rule.hpp"
#include "update/row_tile.hpp"

namespace partita {

namespace {

constexpr int kSweeps = 2;

template <class Real>
class RowResidualRule final : public PanelRule<Real> {
 public:
  RowResidualRule(const EntryPenalty& penalty, bool nonnegative)
      : penalty_(penalty), nonnegative_(nonnegative) {}

  void update(TallView<Real> W, const EntryPanel<Real>& X, TallView<const Real> H,
              const GramMatrix& G) const override {
    if (X.products != nullptr) {
      throw Error(ErrorKind::internal, "residuals of rows need all of their entries");
    }
    RowTile<Real> tile;
    std::vector<double> Gw;
    FilledRow<Real> filled;
    for (Index i = 0; i < W.rows; ++i) {
      const EntryRow<Real> stored = X.row(i);
      if (X.unstored == 0 && EntryPenalty::known_entries(stored) == 0) {
        penalty_.prefer(W.row(i), W.width);
        continue;
      }
      filled.take(stored, H.rows, X.unstored);
      if (filled.unstored() > 0) multiply(G, W.row(i), Gw);
      tile.take(filled.row(), H, W.row(i), filled.unstored());
      update_row(W.row(i), filled.unstored(), penalty_.pull_of(stored), G, tile, Gw);
    }
  }

 private:
  /// @param Gw  G w, kept up to date where what is not stored counts.
  void update_row(Real* w, double unstored, double pull, const GramMatrix& G, RowTile<Real>& tile,
                  std::vector<double>& Gw) const {
    Index moved = 0;
    Real step = 0;  // of the last component that moved, which the residuals have not seen
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      for (Index l = 0; l < G.size(); ++l) {
        if (penalty_.bias && l == penalty_.bias->one) continue;
        const Held held = held_by(l, static_cast<double>(w[l]), pull);
        // minus the slope of the loss, and its curvature
        double slope = tile.advance(moved, step, l) - held.slope;
        double curvature = tile.own(l) + held.curvature;
        if (unstored > 0) {
          slope += unstored * (tile.base(l) - Gw[static_cast<std::size_t>(l)]);
          curvature += unstored * G(l, l);
        }
        moved = l;
        step = step_from(w[l], slope, curvature, held.nonnegative);
        if (step == Real{0}) continue;
        w[l] += step;
        if (unstored > 0) add_to(Gw, static_cast<double>(step), G, l);
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

  static void multiply(const GramMatrix& G, const Real* w, std::vector<double>& Gw) {
    Gw.assign(static_cast<std::size_t>(G.size()), 0.0);
    for (Index a = 0; a < G.size(); ++a) {
      for (Index b = 0; b < G.size(); ++b) {
        Gw[static_cast<std::size_t>(a)] += G(a, b) * static_cast<double>(w[b]);
      }
    }
  }

  static void add_to(std::vector<double>& Gw, double step, const GramMatrix& G, Index l) {
    for (Index other = 0; other < G.size(); ++other) {
      Gw[static_cast<std::size_t>(other)] += step * G(other, l);
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
