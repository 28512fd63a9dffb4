#include "factorize/start/check_start.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"

namespace partita {

namespace {

std::string text_of(double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

/// @param name    "A" or "S", whose lines are rows or columns.
/// @param option  by which it is given: "init" or "fix".
void check_values(const TallMatrix<double>& W, Range lines, const std::string& name,
                  const std::string& option, bool nonnegative) {
  for (Index i = 0; i < W.rows(); ++i) {
    for (Index j = 0; j < W.width(); ++j) {
      const double value = W(i, j);
      if (std::isfinite(value) && (value >= 0 || !nonnegative)) continue;
      const std::string line = std::to_string(lines.begin + i + 1);
      const std::string component = std::to_string(j + 1);
      const std::string place = name == "A" ? "row " + line + ", column " + component
                                            : "row " + component + ", column " + line;
      throw Error(ErrorKind::bad_data,
                  "the given " + name + " (--" + option + "-" + name + "): " + place + ": value " +
                      text_of(value) +
                      (std::isfinite(value)
                           ? " is negative, but the factors are to be non-negative; clip what is "
                             "given, or take --constraint none"
                           : " is not finite"));
    }
  }
}

/// Largest size of an entry of each column. Collective.
std::vector<double> sizes(const Communicator& comm, const TallMatrix<double>& W) {
  std::vector<double> largest(static_cast<std::size_t>(W.width()), 0.0);
  for (Index i = 0; i < W.rows(); ++i) {
    for (Index j = 0; j < W.width(); ++j) {
      double& size = largest[static_cast<std::size_t>(j)];
      size = std::max(size, std::abs(W(i, j)));
    }
  }
  max_over(comm, std::span<double>(largest));
  return largest;
}

/// @throws Error (bad_data) for a start of zeros.
void check_that_it_moves(const std::vector<double>& of_A, const std::vector<double>& of_S,
                         SolverKind solver) {
  const auto refuse_zero = [](const std::vector<double>& sizes, const std::string& name) {
    if (std::ranges::any_of(sizes, [](double size) { return size > 0; })) return;
    throw Error(ErrorKind::bad_data, "the given " + name + " (--init-" + name +
                                         ") is all zeros: a solver has nothing to begin with");
  };
  refuse_zero(of_A, "A");
  refuse_zero(of_S, "S");
  if (solver != SolverKind::mu) return;
  for (std::size_t j = 0; j < of_A.size(); ++j) {
    if (of_A[j] > 0 && of_S[j] > 0) return;
  }
  throw Error(ErrorKind::bad_data,
              "in the given start every component is zero in A or in S: multiplicative updates "
              "cannot leave it; take another start or another solver");
}

/// @throws Error (bad_data) for a component of zeros.
void check_that_none_is_zero(const std::vector<double>& sizes, const std::string& name) {
  for (std::size_t j = 0; j < sizes.size(); ++j) {
    if (sizes[j] > 0) continue;
    throw Error(ErrorKind::bad_data,
                "the given " + name + " (--fix-" + name + "): component " + std::to_string(j + 1) +
                    " is all zeros: it explains nothing of this matrix; leave it out");
  }
}

/// What is fixed. Collective over X.grid().all().
template <class Real>
void check_fixed_parts(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                       const std::optional<GivenStart>& start) {
  const auto fits = [&](const TallMatrix<double>& W, Range mine, Index count) {
    return W.width() == count && (count == 0 || W.rows() == mine.size());
  };
  const Communicator& all = X.grid().all();
  together(all, [&] {
    if (!start && !options.fixed.any()) return;
    if (!start || !fits(start->fixed_A, X.factor_rows(), options.fixed.A) ||
        !fits(start->fixed_S, X.factor_columns(), options.fixed.S)) {
      throw Error(ErrorKind::usage,
                  "fixed components need parts of A and S of the shape of X, as many as the "
                  "options say");
    }
    const bool nonnegative = !is_unconstrained(options);
    check_values(start->fixed_A, X.factor_rows(), "A", "fix", nonnegative);
    check_values(start->fixed_S, X.factor_columns(), "S", "fix", nonnegative);
  });
  if (!options.fixed.any()) return;
  check_that_none_is_zero(sizes(all, start->fixed_A), "A");
  check_that_none_is_zero(sizes(all, start->fixed_S), "S");
}

}  // namespace

template <class Real>
void check_start(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                 const std::optional<GivenStart>& start) {
  check_fixed_parts(X, options, start);
  if (options.init != StartKind::given) return;
  const auto fits = [&](const TallMatrix<double>& W, Range mine) {
    return W.rows() == mine.size() && W.width() == options.components;
  };
  const Communicator& all = X.grid().all();
  together(all, [&] {
    if (!start || !fits(start->A, X.factor_rows()) || !fits(start->S, X.factor_columns())) {
      throw Error(ErrorKind::usage,
                  "a given start needs factors A and S of the shape of X and of " +
                      std::to_string(options.components) + " components");
    }
    const bool nonnegative = !is_unconstrained(options);
    check_values(start->A, X.factor_rows(), "A", "init", nonnegative);
    check_values(start->S, X.factor_columns(), "S", "init", nonnegative);
  });
  check_that_it_moves(sizes(all, start->A), sizes(all, start->S), options.solver);
}

template void check_start(const DistributedMatrix<double>&, const FactorizeOptions&,
                          const std::optional<GivenStart>&);
template void check_start(const DistributedMatrix<float>&, const FactorizeOptions&,
                          const std::optional<GivenStart>&);

}  // namespace partita
