// What is packed comes back bit for bit.
#include "data/blocks/packed_matrix.hpp"

#include <cmath>
#include <cstring>
#include <limits>

#include <gtest/gtest.h>

namespace partita::testing {
namespace {

template <typename Real>
void check_round_trip(const TallMatrix<Real>& W) {
  const TallMatrix<Real> again = PackedMatrix<Real>(W).unpacked();
  ASSERT_EQ(again.rows(), W.rows());
  ASSERT_EQ(again.width(), W.width());
  if (W.size() == 0) return;
  EXPECT_EQ(std::memcmp(again.data(), W.data(), sizeof(Real) * std::size_t(W.size())), 0)
      << W.rows() << " x " << W.width();
}

template <typename Real>
class PackedMatrices : public ::testing::Test {};
using Reals = ::testing::Types<double, float>;
TYPED_TEST_SUITE(PackedMatrices, Reals);

TYPED_TEST(PackedMatrices, ComeBackBitForBit) {
  for (const Index rows : {0, 1, 7, 63, 64, 65, 200}) {
    for (const Index width : {1, 3, 64}) {
      TallMatrix<TypeParam> W(rows, width);
      check_round_trip(W);
      for (Index i = 0; i < rows; ++i) {
        for (Index j = 0; j < width; ++j) {
          if ((i * 5 + j * 3) % 4 != 0)
            W(i, j) = static_cast<TypeParam>(std::sin(double(i) + 2 * double(j)));
        }
      }
      check_round_trip(W);
    }
  }
}

TYPED_TEST(PackedMatrices, KeepWhatOnlyLooksLikeZero) {
  TallMatrix<TypeParam> W(2, 2);
  W(0, 0) = -TypeParam{0};
  W(0, 1) = std::numeric_limits<TypeParam>::quiet_NaN();
  W(1, 0) = std::numeric_limits<TypeParam>::denorm_min();
  check_round_trip(W);
}

}  // namespace
}  // namespace partita::testing
