#include "factorize/solve/stacked_factors.hpp"

#include <algorithm>
#include <functional>
#include <utility>
#include <variant>

#include "factorize/matrix/windows.hpp"

namespace partita {

namespace {

/// The k values of each kept position.
template <class T>
std::vector<T> kept_values(const std::vector<T>& values, const std::vector<bool>& kept, Index k) {
  std::vector<T> rest;
  for (std::size_t r = 0; r < kept.size(); ++r) {
    if (!kept[r]) continue;
    const auto begin = values.begin() + static_cast<Index>(r) * k;
    rest.insert(rest.end(), begin, begin + k);
  }
  return rest;
}

}  // namespace

template <class Real>
StackedFactors<Real>::StackedFactors(std::vector<RestartStart<Real>>& starts, Index components)
    : k(components),
      step_of_A(starts.size()),
      scales_of_A(starts.size() * static_cast<std::size_t>(components), 1.0),
      scales_of_S(scales_of_A) {
  for (std::size_t r = 0; r < starts.size(); ++r) {
    if (starts[r].saved) {
      take_saved(r, std::get<PassesState<Real>>(starts[r].saved->of_solver));
      continue;
    }
    FactorPair<Real>& factors = starts[r].factors;
    TallMatrix<Real> plain_S = factors.S;
    take_in(plain_S, S, offset(r), width());
    take_in(factors.S, Sy, offset(r), width());
    take_in(factors.A, A, offset(r), width());
  }
  A_other.reshape(A.rows(), width());
}

/// The inverse of saved().
template <class Real>
void StackedFactors<Real>::take_saved(std::size_t position, PassesState<Real>& saved) {
  take_in(saved.A, A, offset(position), width());
  take_in(saved.A_before, A_other, offset(position), width());
  take_in(saved.S, S, offset(position), width());
  take_in(saved.Sy, Sy, offset(position), width());
  step_of_A[position] = static_cast<Real>(saved.step_of_A);
  std::ranges::copy(saved.scales_of_A, scales_of_A.begin() + offset(position));
  std::ranges::copy(saved.scales_of_S, scales_of_S.begin() + offset(position));
}

template <class Real>
FactorPair<Real> StackedFactors<Real>::pair(std::size_t position) const {
  return {take_window(A, offset(position), k), take_window(Sy, offset(position), k)};
}

template <class Real>
PassesState<Real> StackedFactors<Real>::saved(std::size_t position) const {
  const auto part = [&](const TallMatrix<Real>& stacked) {
    return take_window(stacked, offset(position), k);
  };
  const auto scales = [&](const std::vector<double>& of_all) {
    const auto begin = of_all.begin() + offset(position);
    return std::vector<double>(begin, begin + k);
  };
  PassesState<Real> state;
  state.scales_of_A = scales(scales_of_A);
  state.scales_of_S = scales(scales_of_S);
  state.step_of_A = static_cast<double>(step_of_A[position]);
  state.A = part(A);
  state.A_before = part(A_other);
  state.S = part(S);
  state.Sy = part(Sy);
  return state;
}

template <class Real>
void StackedFactors<Real>::settle(const std::vector<bool>& accepted,
                                  const std::vector<Real>& steps) {
  if (std::ranges::all_of(accepted, std::identity{})) {
    std::swap(A, A_other);
    std::swap(Sy, Sy_new);
    step_of_A = steps;
    return;
  }
  for (std::size_t r = 0; r < accepted.size(); ++r) settle_one(r, accepted[r], steps[r]);
}

template <class Real>
void StackedFactors<Real>::settle_one(std::size_t position, bool accepted, Real step) {
  const Index first = offset(position);
  if (accepted) {
    swap_windows(A, A_other, first, k);
    copy_window(Sy_new, Sy, first, k);
    step_of_A[position] = step;
  } else {
    copy_window(Sy, S, first, k);
    step_of_A[position] = 0;
  }
}

template <class Real>
void StackedFactors<Real>::keep(const std::vector<bool>& kept) {
  for (TallMatrix<Real>* stacked : {&A, &A_other, &S, &Sy, &Q}) {
    drop_windows(*stacked, k, kept);
  }
  step_of_A = kept_values(step_of_A, kept, 1);
  scales_of_A = kept_values(scales_of_A, kept, k);
  scales_of_S = kept_values(scales_of_S, kept, k);
}

template struct StackedFactors<double>;
template struct StackedFactors<float>;

}  // namespace partita
