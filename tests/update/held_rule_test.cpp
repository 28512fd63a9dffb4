// A rule that leaves the first components of every row as they are, against the rule that it wraps
// on what they leave to explain.
#include "update/held_rule.hpp"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "data/blocks/gram.hpp"
#include "update/rules.hpp"

namespace partita {
namespace {

constexpr Index kRows = 37;
constexpr Index kWidth = 6;

TallMatrix<double> filled(Index rows, Index width, std::uint64_t seed) {
  const RandomField field(seed, Purpose::start_A);
  TallMatrix<double> W(rows, width);
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < width; ++j) W(i, j) = field.uniform(i, j);
  }
  return W;
}

TallMatrix<double> columns_of(const TallMatrix<double>& W, Index first) {
  TallMatrix<double> part(W.rows(), W.width() - first);
  for (Index i = 0; i < W.rows(); ++i) {
    for (Index j = first; j < W.width(); ++j) part(i, j - first) = W(i, j);
  }
  return part;
}

std::vector<std::unique_ptr<RowRule<double>>> rules() {
  std::vector<std::unique_ptr<RowRule<double>>> all;
  const FactorPenalty penalty{0.1, 0.2};
  all.push_back(make_hals_rule<double>(5, penalty));
  all.push_back(make_bpp_rule<double>(penalty));
  all.push_back(make_least_squares_rule<double>({0, 0.2}));
  all.push_back(make_clip_rule<double>({}));
  all.push_back(make_multiplicative_rule<double>(5, penalty));
  return all;
}

TEST(HeldRule, ImprovesTheFreeComponentsOfWhatTheHeldOnesLeave) {
  const GramMatrix G = gram_of(whole(filled(20, kWidth, 1)));
  const TallMatrix<double> C = filled(kRows, kWidth, 2);
  const TallMatrix<double> start = filled(kRows, kWidth, 3);
  for (Index held = 0; held <= kWidth; ++held) {
    auto plain = rules();
    auto holding = rules();
    for (std::size_t r = 0; r < plain.size(); ++r) {
      const auto rule = hold_components(std::move(holding[r]), held);
      TallMatrix<double> W = start;
      rule->update({W.data(), kRows, kWidth, kWidth}, whole(C), G);
      TallMatrix<double> free = columns_of(start, held);
      TallMatrix<double> right = columns_of(C, held);
      GramMatrix of_free(kWidth - held);
      for (Index a = held; a < kWidth; ++a) {
        for (Index b = held; b < kWidth; ++b) of_free(a - held, b - held) = G(a, b);
        for (Index i = 0; i < kRows; ++i) {
          for (Index l = 0; l < held; ++l) right(i, a - held) -= start(i, l) * G(l, a);
        }
      }
      if (held < kWidth) {
        plain[r]->update({free.data(), kRows, free.width(), free.width()}, whole(right), of_free);
      }
      for (Index i = 0; i < kRows; ++i) {
        for (Index j = 0; j < held; ++j) EXPECT_EQ(W(i, j), start(i, j));
        for (Index j = held; j < kWidth; ++j) {
          EXPECT_NEAR(W(i, j), free(i, j - held), 1e-12) << "rule " << r << ", held " << held;
        }
      }
    }
  }
}

}  // namespace
}  // namespace partita
