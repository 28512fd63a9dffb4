#include "factorize/objective/entry_objective.hpp"

#include "factorize/objective/objective.hpp"

namespace partita {

EntryPenalty entry_penalty(const FactorizeOptions& options, Side side) {
  EntryPenalty penalty;
  penalty.plain = side == Side::A ? options.penalties.of_A() : options.penalties.of_S();
  if (options.center) {
    penalty.pull = penalty.plain.l2;
    penalty.plain.l2 = 0;
    penalty.centre = options.center_at;
  }
  if (options.bias) {
    const Index first = options.components;
    penalty.bias =
        side == Side::A
            ? BiasColumns{.own = first, .one = first + 1, .damping = options.bias_damping}
            : BiasColumns{.own = first + 1, .one = first, .damping = options.bias_damping};
  }
  return penalty;
}

template <class Real>
double penalty_of(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                  const FactorPair<Real>& factors) {
  if (X.counts_all_alike()) {
    return penalty_of(whole(factors.A), options.penalties.of_A()) +
           penalty_of(whole(factors.S), options.penalties.of_S());
  }
  return penalty_of(whole(factors.A), X.observed().of_rows, entry_penalty(options, Side::A)) +
         penalty_of(whole(factors.S), X.observed().of_columns, entry_penalty(options, Side::S));
}

template double penalty_of(const DistributedMatrix<double>&, const FactorizeOptions&,
                           const FactorPair<double>&);
template double penalty_of(const DistributedMatrix<float>&, const FactorizeOptions&,
                           const FactorPair<float>&);

}  // namespace partita
