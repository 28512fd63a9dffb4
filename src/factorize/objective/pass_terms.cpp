#include "factorize/objective/pass_terms.hpp"

#include <algorithm>
#include <utility>

namespace partita {

void StackedTerms::put(const GramMatrix& gram) {
  summed_.insert(summed_.end(), gram.values().begin(), gram.values().end());
}

/// @return behind what was taken.
auto StackedTerms::take(Numbers::const_iterator next, GramMatrix& gram) -> Numbers::const_iterator {
  const auto count = static_cast<Index>(gram.values().size());
  std::copy_n(next, count, gram.values().begin());
  return next + count;
}

void StackedTerms::begin() {
  sum_.emplace(group_, std::span<double>(summed_));
}

void StackedTerms::finish() {
  sum_->wait();
  sum_.reset();
}

void StackedTerms::begin_gram(GramMatrix PassTerms::*gram) {
  summed_.clear();
  for (const PassTerms& terms : terms_) put(terms.*gram);
  begin();
}

void StackedTerms::finish_gram(GramMatrix PassTerms::*gram) {
  finish();
  auto next = summed_.cbegin();
  for (PassTerms& terms : terms_) next = take(next, terms.*gram);
}

void StackedTerms::begin_all_of_A(bool with_Ay, std::span<const double> riders) {
  summed_.clear();
  for (const PassTerms& terms : terms_) {
    summed_.push_back(terms.model_dot_X);
    summed_.push_back(terms.penalty);
    put(terms.gram_A);
    if (with_Ay) put(terms.gram_Ay);
  }
  summed_.insert(summed_.end(), riders.begin(), riders.end());
  begin();
}

std::vector<double> StackedTerms::finish_all_of_A(bool with_Ay) {
  finish();
  auto next = summed_.cbegin();
  for (PassTerms& terms : terms_) {
    terms.model_dot_X = *next++;
    terms.penalty = *next++;
    next = take(next, terms.gram_A);
    if (with_Ay) next = take(next, terms.gram_Ay);
  }
  return {next, summed_.cend()};
}

void StackedTerms::keep(const std::vector<bool>& kept) {
  std::vector<PassTerms> rest;
  for (std::size_t r = 0; r < kept.size(); ++r) {
    if (kept[r]) rest.push_back(std::move(terms_[r]));
  }
  terms_ = std::move(rest);
}

}  // namespace partita
