#pragma once

#include <span>

#include "update/row_rule.hpp"

namespace partita {

/// How a step of Kaczmarz is taken.
struct KaczmarzStep {
  double relaxation = 1;
  /// Upper limit of 1 / ||a||² in the step: with uniform draws a step of 1 / ||a||² would minimise
  /// another sum than that of the squared residuals (rows would count by 1 / ||a||²), so it is
  /// limited to the mean, n / ||A||².
  double cap = 0;
  bool nonnegative = true;
  /// Of the moving factor: its proximal step follows the projection. Drawn rows make up a gradient
  /// step of length relaxation / ||A||² on the whole loss, so that is its length.
  FactorPenalty penalty = {};
  double squared_norm = 0;  ///< ||A||² of the whole fixed factor; read with penalties or drift
  /// Added to every step, with the length of that gradient step; may be empty.
  std::span<const double> drift = {};
};

/// One projection towards the hyperplane a · s = x: s += step (x - a · s) a, with
/// step = relaxation / ||a||² by default; then towards smaller penalties, and non-negative if
/// asked. A zero row does nothing. Strohmer & Vershynin 2009; with the constraint, projected
/// randomized Kaczmarz.
void kaczmarz_step(std::span<double> s, std::span<const double> a, double x,
                   const KaczmarzStep& how);

}  // namespace partita
