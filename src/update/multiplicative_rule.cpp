#include <algorithm>
#include <vector>

#include "update/rules.hpp"

namespace partita {

namespace {

/// The steps of a row end when one moves it by less than this share of the first.
constexpr double kDelta = 0.01;
/// Least size of an entry, as a share of what it would be alone: below it an entry is zero, and
/// from it one that is to grow begins anew, as a product never leaves zero. Lin, IEEE Trans. Neural
/// Networks 18 (2007), has the same cure.
constexpr double kFloor = 1e-8;

/// One row and its model w G, kept current while its entries step one after the other.
class MovingRow {
 public:
  MovingRow(const GramMatrix& G, FactorPenalty penalty)
      : G_(G), penalty_(penalty), w_(static_cast<std::size_t>(G.size())), model_(w_) {}

  template <class Real>
  void improve(Real* w, const Real* c, int max_steps) {
    load(w);
    double first = 0;
    for (int step = 0; step < max_steps; ++step) {
      const double moved = take_step(c);
      if (step == 0) first = moved;
      if (moved <= kDelta * kDelta * first) break;
    }
    for (Index j = 0; j < G_.size(); ++j) w[j] = static_cast<Real>(w_[at(j)]);
  }

 private:
  static std::size_t at(Index j) { return static_cast<std::size_t>(j); }

  template <class Real>
  void load(const Real* w) {
    std::ranges::fill(model_, 0.0);
    for (Index j = 0; j < G_.size(); ++j) {
      w_[at(j)] = 0;
      move(j, static_cast<double>(w[j]));
    }
  }

  void move(Index j, double to) {
    const double change = to - w_[at(j)];
    w_[at(j)] = to;
    for (Index l = 0; l < G_.size(); ++l) model_[at(l)] += change * G_(j, l);
  }

  /// @return squared length of what was moved.
  template <class Real>
  double take_step(const Real* c) {
    double moved = 0;
    for (Index j = 0; j < G_.size(); ++j) {
      const double old = w_[at(j)];
      const double gain = std::max(0.0, static_cast<double>(c[j]));
      const double diagonal = G_(j, j) + penalty_.l2;
      const double floor = diagonal > 0 ? kFloor * gain / diagonal : 0;
      const double from = std::max(old, floor);
      const double model = std::max(0.0, model_[at(j)]) + (from - old) * G_(j, j);
      // l1 among the costs: a gain less l1 could be negative
      const double cost = model + penalty_.l1 + penalty_.l2 * from;
      double to = cost > 0 ? from * (gain / cost) : old;
      if (to <= floor) to = 0;
      if (to == old) continue;
      move(j, to);
      moved += (to - old) * (to - old);
    }
    return moved;
  }

  const GramMatrix& G_;
  FactorPenalty penalty_;
  std::vector<double> w_;
  std::vector<double> model_;
};

template <class Real>
class MultiplicativeRule final : public RowRule<Real> {
 public:
  MultiplicativeRule(int max_steps, FactorPenalty penalty)
      : max_steps_(max_steps), penalty_(penalty) {}

  void update(TallView<Real> W, TallView<const Real> C, const GramMatrix& G) const override {
    MovingRow row(G, penalty_);
    for (Index i = 0; i < W.rows; ++i) {
      row.improve(W.row(i), C.data + i * C.stride, max_steps_);
    }
  }

 private:
  int max_steps_;
  FactorPenalty penalty_;
};

}  // namespace

template <class Real>
std::unique_ptr<RowRule<Real>> make_multiplicative_rule(int max_steps, FactorPenalty penalty) {
  return std::make_unique<MultiplicativeRule<Real>>(max_steps, penalty);
}

template std::unique_ptr<RowRule<double>> make_multiplicative_rule(int, FactorPenalty);
template std::unique_ptr<RowRule<float>> make_multiplicative_rule(int, FactorPenalty);

}  // namespace partita
