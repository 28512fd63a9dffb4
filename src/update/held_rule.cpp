#include "update/held_rule.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace partita {

namespace {

template <class Real>
class HeldRule final : public RowRule<Real> {
 public:
  HeldRule(std::unique_ptr<RowRule<Real>> rule, Index held) : rule_(std::move(rule)), held_(held) {}

  void update(TallView<Real> W, TallView<const Real> C, const GramMatrix& G) const override {
    const Index free = W.width - held_;
    if (free <= 0) return;
    GramMatrix own(free);
    for (Index a = 0; a < free; ++a) {
      for (Index b = 0; b < free; ++b) own(a, b) = G(held_ + a, held_ + b);
    }
    std::vector<Real> right(static_cast<std::size_t>(W.rows * free));
    for (Index i = 0; i < W.rows; ++i) {
      const Real* const w = W.row(i);
      for (Index b = 0; b < free; ++b) {
        auto c = static_cast<double>(C.row(i)[held_ + b]);
        for (Index a = 0; a < held_; ++a) c -= static_cast<double>(w[a]) * G(a, held_ + b);
        right[static_cast<std::size_t>(i * free + b)] = static_cast<Real>(c);
      }
    }
    rule_->update({W.data + held_, W.rows, free, W.stride}, {right.data(), W.rows, free, free},
                  own);
  }

 private:
  std::unique_ptr<RowRule<Real>> rule_;
  Index held_;
};

template <class Real>
class KeepingRule final : public PanelRule<Real> {
 public:
  KeepingRule(std::unique_ptr<PanelRule<Real>> rule, Index kept)
      : rule_(std::move(rule)), kept_(kept) {}

  void update(TallView<Real> W, const EntryPanel<Real>& X, TallView<const Real> H,
              const GramMatrix& G) const override {
    TallMatrix<Real> before(W.rows, kept_);
    for (Index i = 0; i < W.rows; ++i) std::copy_n(W.row(i), kept_, before.row(i));
    rule_->update(W, X, H, G);
    for (Index i = 0; i < W.rows; ++i) std::copy_n(before.row(i), kept_, W.row(i));
  }

 private:
  std::unique_ptr<PanelRule<Real>> rule_;
  Index kept_;
};

}  // namespace

template <class Real>
std::unique_ptr<PanelRule<Real>> keep_components(std::unique_ptr<PanelRule<Real>> rule,
                                                 Index held) {
  if (held == 0) return rule;
  return std::make_unique<KeepingRule<Real>>(std::move(rule), held);
}

template <class Real>
std::unique_ptr<RowRule<Real>> hold_components(std::unique_ptr<RowRule<Real>> rule, Index held) {
  if (held == 0) return rule;
  return std::make_unique<HeldRule<Real>>(std::move(rule), held);
}

template std::unique_ptr<RowRule<double>> hold_components(std::unique_ptr<RowRule<double>>, Index);
template std::unique_ptr<PanelRule<double>> keep_components(std::unique_ptr<PanelRule<double>>,
                                                            Index);
template std::unique_ptr<PanelRule<float>> keep_components(std::unique_ptr<PanelRule<float>>,
                                                           Index);
template std::unique_ptr<RowRule<float>> hold_components(std::unique_ptr<RowRule<float>>, Index);

}  // namespace partita
