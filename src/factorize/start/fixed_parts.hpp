// Components that are given and stay as they are, on their way into a run and out of it. A run
// holds a fixed column a_j of A as a_j / 2^e, and s_j as 2^e s_j, so that components whose files
// have other units are of like size: rules take a part for dead that is tiny beside the others.
// Powers of two round nothing, and the parts that come out are those that went in, bit for bit.
#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/factorize/options.hpp"
#include "partita/factorize/result.hpp"
#include "partita/factorize/start/given_start.hpp"

#include <vector>

#include "data/factor_pair.hpp"

namespace partita {

/// e of every fixed component: its largest entry comes to 1 ... 2. None where penalties weigh the
/// partners as they are. It depends on nothing but the parts. Collective over `comm`, which holds
/// all their rows.
[[nodiscard]] std::vector<int> fixed_units(const Communicator& comm,
                                           const FactorizeOptions& options,
                                           const GivenStart& given);

/// The fixed parts and the start in those units; local.
void into_units(const FixedCounts& fixed, const std::vector<int>& units, GivenStart& given);

/// The factors of a run out of those units, with the fixed parts as they were given; local.
void out_of_units(const FixedCounts& fixed, const std::vector<int>& units, const GivenStart& given,
                  Factors& factors);

/// The fixed parts take their places in a start. Where it is not given in whole, their partners are
/// scaled so that the components stay as large as they were. Collective over `comm`.
template <class Real>
void put_fixed_parts(const Communicator& comm, const FactorizeOptions& options,
                     const GivenStart& given, FactorPair<Real>& factors);

}  // namespace partita
