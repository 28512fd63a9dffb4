#pragma once

#include <initializer_list>

namespace partita {

/// What some solvers can do and others cannot. A setting that needs an ability is refused with
/// solvers that lack it.
enum class Ability : unsigned {
  batches,           ///< advances several restarts together
  threads,           ///< shares its work among threads
  race,              ///< what its first iterations say decides a race
  sketch,            ///< works on products with X alone, so also on a compressed X
  improved_starts,   ///< its starts may be improved on a part of X
  choice_of_nnls,    ///< takes the rule for its least squares from --nnls
  weighted_entries,  ///< takes missing and weighted entries
  biases,            ///< takes biases and penalties that pull towards a centre, over such entries
  entry_rules,       ///< fits whole rows to entries by --entry-rule, and weighs what is not stored
  penalties,         ///< minimises l1 and l2 penalties too
  fixed_components,  ///< leaves given components as they are
  no_constraint,     ///< can do without the constraint
  drawn_lines,       ///< updates a number of drawn rows and columns in an iteration
  recorded_draws,    ///< replays recorded draws
  kaczmarz_steps,    ///< steps towards drawn rows: their number, sampling and length
};

/// A set of abilities.
class Abilities {
 public:
  constexpr Abilities(std::initializer_list<Ability> abilities) {
    for (const Ability ability : abilities) bits_ |= bit(ability);
  }
  [[nodiscard]] constexpr bool has(Ability ability) const { return (bits_ & bit(ability)) != 0; }

 private:
  static constexpr unsigned bit(Ability ability) { return 1U << static_cast<unsigned>(ability); }
  unsigned bits_ = 0;
};

}  // namespace partita
