#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include <Eigen/Dense>

#include "update/rules.hpp"

namespace partita {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using RowMajorMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// A set of components as bits, of any number of components.
class PassiveSet {
 public:
  explicit PassiveSet(Index components)
      : words_(static_cast<std::size_t>((components + 63) / 64), 0) {}
  [[nodiscard]] bool has(Index j) const { return ((words_[word(j)] >> (j % 64)) & 1U) != 0; }
  void flip(Index j) { words_[word(j)] ^= std::uint64_t{1} << (j % 64); }
  friend bool operator<(const PassiveSet& a, const PassiveSet& b) { return a.words_ < b.words_; }

 private:
  static std::size_t word(Index j) { return static_cast<std::size_t>(j / 64); }
  std::vector<std::uint64_t> words_;
};

/// One row of the factor on its way to optimality.
struct PivotingRow {
  Index row;
  PassiveSet passive;
  Index fewest_infeasible;
  int full_exchanges_left;
};

constexpr int kFullExchanges = 3;
/// Rounds after which a row is left as it is. Pivoting is finite in exact arithmetic; rounding in a
/// nearly singular G is what this guards against.
constexpr int kRoundsPerComponent = 10;
/// Diagonal shift, relative to tr(G) / k, that keeps Cholesky alive for dependent components.
constexpr double kJitter = 1e-12;

template <class Real>
class BppRule final : public RowRule<Real> {
 public:
  explicit BppRule(FactorPenalty penalty) : penalty_(penalty) {}

  void update(TallView<Real> W, TallView<const Real> C, const GramMatrix& G) const override {
    const Index k = W.width;
    if (W.rows == 0) return;
    MatrixXd gram = Eigen::Map<const RowMajorMatrix>(G.data(), k, k);
    gram.diagonal().array() += penalty_.l2 + kJitter * G.trace() / static_cast<double>(k);
    std::vector<PivotingRow> pending = start(W);
    const Index rounds = kRoundsPerComponent * k + kRoundsPerComponent;
    for (Index round = 0; round < rounds && !pending.empty(); ++round) {
      pending = solve_and_exchange(W, C, gram, std::move(pending));
    }
  }

 private:
  /// Warm start: the positive entries of W are passive.
  static std::vector<PivotingRow> start(const TallView<Real>& W) {
    std::vector<PivotingRow> pending;
    pending.reserve(static_cast<std::size_t>(W.rows));
    for (Index i = 0; i < W.rows; ++i) {
      PivotingRow row{i, PassiveSet(W.width), W.width + 1, kFullExchanges};
      for (Index j = 0; j < W.width; ++j) {
        if (W.row(i)[j] > 0) row.passive.flip(j);
      }
      pending.push_back(std::move(row));
    }
    return pending;
  }

  /// Solves every pending row on its passive set, one factorisation a distinct set; writes the
  /// feasible part to W and returns the rows that still have infeasible variables, exchanged.
  std::vector<PivotingRow> solve_and_exchange(const TallView<Real>& W,
                                              const TallView<const Real>& C, const MatrixXd& gram,
                                              std::vector<PivotingRow> pending) const {
    std::map<PassiveSet, std::vector<PivotingRow*>> groups;
    for (PivotingRow& row : pending) groups[row.passive].push_back(&row);
    std::vector<PivotingRow> still;
    for (auto& [passive, rows] : groups) {
      const std::vector<Index> inside = members(passive, W.width);
      const MatrixXd part = gram(inside, inside);
      const Eigen::LLT<MatrixXd> factor(part);
      for (PivotingRow* row : rows) {
        const VectorXd c = right_side(C, row->row);
        const VectorXd solution = inside.empty() ? VectorXd() : VectorXd(factor.solve(c(inside)));
        VectorXd w = VectorXd::Zero(W.width);
        for (std::size_t j = 0; j < inside.size(); ++j) {
          w[inside[j]] = solution[static_cast<Index>(j)];
        }
        const VectorXd gradient = gram * w - c;
        for (Index j = 0; j < W.width; ++j) {
          W.row(row->row)[j] = static_cast<Real>(std::max(0.0, w[j]));
        }
        if (exchange(*row, w, gradient)) still.push_back(std::move(*row));
      }
    }
    return still;
  }

  VectorXd right_side(const TallView<const Real>& C, Index row) const {
    const Real* c = C.data + row * C.stride;
    return VectorXd::NullaryExpr(C.width,
                                 [&](Index j) { return static_cast<double>(c[j]) - penalty_.l1; });
  }

  static std::vector<Index> members(const PassiveSet& set, Index components) {
    std::vector<Index> inside;
    for (Index j = 0; j < components; ++j) {
      if (set.has(j)) inside.push_back(j);
    }
    return inside;
  }

  /// Moves infeasible variables to the other set: all of them while their number falls, and three
  /// times more when it does not; then only the highest, which cannot cycle.
  static bool exchange(PivotingRow& row, const VectorXd& w, const VectorXd& gradient) {
    // Signs below rounding level are not infeasible, or two sets would alternate for ever.
    const double small_w = 1e-13 * w.cwiseAbs().maxCoeff();
    const double small_gradient = 1e-13 * std::max(gradient.cwiseAbs().maxCoeff(), 1e-300);
    std::vector<Index> infeasible;
    for (Index j = 0; j < w.size(); ++j) {
      const bool wrong = row.passive.has(j) ? w[j] < -small_w : gradient[j] < -small_gradient;
      if (wrong) infeasible.push_back(j);
    }
    if (infeasible.empty()) return false;
    const auto count = static_cast<Index>(infeasible.size());
    if (count < row.fewest_infeasible) {
      row.fewest_infeasible = count;
      row.full_exchanges_left = kFullExchanges;
    } else if (row.full_exchanges_left > 0) {
      --row.full_exchanges_left;
    } else {
      infeasible.assign(1, infeasible.back());
    }
    for (const Index j : infeasible) row.passive.flip(j);
    return true;
  }

  FactorPenalty penalty_;
};

}  // namespace

template <class Real>
std::unique_ptr<RowRule<Real>> make_bpp_rule(FactorPenalty penalty) {
  return std::make_unique<BppRule<Real>>(penalty);
}

template std::unique_ptr<RowRule<double>> make_bpp_rule(FactorPenalty);
template std::unique_ptr<RowRule<float>> make_bpp_rule(FactorPenalty);

}  // namespace partita
