// Terms of a pass: sums over the group, against closed forms of the process numbers.
#include "factorize/objective/pass_terms.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace partita::testing {
namespace {

constexpr Index kSize = 3;
constexpr std::size_t kRestarts = 3;

/// What process `rank` has of entry (i, j) of the Gram matrix `which` of a restart.
double part(int rank, std::size_t restart, int which, Index i, Index j) {
  return double((rank + 1) * (100 * which + 10 * i + j) + int(restart));
}
double whole(int processes, std::size_t restart, int which, Index i, Index j) {
  double sum = 0;
  for (int rank = 0; rank < processes; ++rank) sum += part(rank, restart, which, i, j);
  return sum;
}

constexpr GramMatrix PassTerms::*kGrams[] = {&PassTerms::gram_A, &PassTerms::gram_Ay,
                                             &PassTerms::gram_Sy};

/// Puts in this process's part of everything.
void put_parts(StackedTerms& terms, const Communicator& group) {
  for (std::size_t r = 0; r < kRestarts; ++r) {
    for (int which = 0; which < 3; ++which) {
      for (Index i = 0; i < kSize; ++i) {
        for (Index j = 0; j < kSize; ++j) {
          (terms[r].*kGrams[which])(i, j) = part(group.rank(), r, which, i, j);
        }
      }
    }
    terms[r].model_dot_X = group.rank() + double(r);
    terms[r].penalty = 2.0 * group.rank();
  }
}

/// Whether a Gram matrix of every restart is the sum over the group, or still this process's part.
void expect_grams(const StackedTerms& terms, int which, const Communicator& group, bool summed) {
  for (std::size_t r = 0; r < terms.size(); ++r) {
    for (Index i = 0; i < kSize; ++i) {
      for (Index j = 0; j < kSize; ++j) {
        EXPECT_EQ((terms[r].*kGrams[which])(i, j),
                  summed ? whole(group.size(), r, which, i, j) : part(group.rank(), r, which, i, j))
            << which << " of " << r;
      }
    }
  }
}

TEST(PassTerms, OneGramOfEveryRestartIsSummedAndNoOther) {
  const Communicator group = Communicator::world();
  for (int which = 0; which < 3; ++which) {
    StackedTerms terms(group, kRestarts, kSize);
    put_parts(terms, group);
    terms.begin_gram(kGrams[which]);
    terms.finish_gram(kGrams[which]);
    for (int other = 0; other < 3; ++other) expect_grams(terms, other, group, other == which);
  }
}

TEST(PassTerms, AllTermsOfATravelWithTheirRiders) {
  const Communicator group = Communicator::world();
  const int n = group.size();
  const int ranks = n * (n - 1) / 2;  // their sum
  for (const bool with_Ay : {false, true}) {
    StackedTerms terms(group, kRestarts, kSize);
    put_parts(terms, group);
    const std::vector<double> riders = {1, double(group.rank()), -0.5};
    terms.begin_all_of_A(with_Ay, riders);
    const std::vector<double> sums = {double(n), double(ranks), -0.5 * n};
    EXPECT_EQ(terms.finish_all_of_A(with_Ay), sums);
    expect_grams(terms, 0, group, true);
    expect_grams(terms, 1, group, with_Ay);
    expect_grams(terms, 2, group, false);
    for (std::size_t r = 0; r < kRestarts; ++r) {
      EXPECT_EQ(terms[r].model_dot_X, ranks + double(n) * double(r));
      EXPECT_EQ(terms[r].penalty, 2.0 * ranks);
    }
  }
}

TEST(PassTerms, WithoutRidersNoneComeBack) {
  const Communicator group = Communicator::world();
  StackedTerms terms(group, kRestarts, kSize);
  put_parts(terms, group);
  terms.begin_all_of_A(true, {});
  EXPECT_TRUE(terms.finish_all_of_A(true).empty());
}

TEST(PassTerms, SumsFollowEachOther) {
  const Communicator group = Communicator::world();
  StackedTerms terms(group, kRestarts, kSize);
  put_parts(terms, group);
  terms.begin_gram(&PassTerms::gram_Sy);
  terms.finish_gram(&PassTerms::gram_Sy);
  terms.begin_all_of_A(false, {});
  static_cast<void>(terms.finish_all_of_A(false));
  expect_grams(terms, 0, group, true);
  expect_grams(terms, 2, group, true);
}

TEST(PassTerms, OnlyTheKeptRestartsStay) {
  const Communicator group = Communicator::world();
  StackedTerms terms(group, kRestarts, kSize);
  put_parts(terms, group);
  terms.keep({true, false, true});
  ASSERT_EQ(terms.size(), 2U);
  EXPECT_EQ(terms[0].model_dot_X, group.rank());
  EXPECT_EQ(terms[1].model_dot_X, group.rank() + 2.0);
  terms.begin_gram(&PassTerms::gram_A);
  terms.finish_gram(&PassTerms::gram_A);
  EXPECT_EQ(terms[1].gram_A(1, 2), whole(group.size(), 2, 0, 1, 2));
  terms.keep({false, false});
  EXPECT_EQ(terms.size(), 0U);
}

}  // namespace
}  // namespace partita::testing
