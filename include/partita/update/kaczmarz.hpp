#pragma once

#include <span>

namespace partita {

/// One projection towards the hyperplane a · s = x: s += step (x - a · s) a, with
/// step = relaxation / ||a||² by default; then non-negative if asked. A zero row does nothing.
/// Strohmer & Vershynin 2009; with the constraint, projected randomized Kaczmarz.
/// @param cap  upper limit of 1 / ||a||² in the step: with uniform draws a step of 1 / ||a||² would
///             minimise another sum than that of the squared residuals (rows would count by
///             1 / ||a||²), so it is limited to the mean, n / ||A||².
void kaczmarz_step(std::span<double> s, std::span<const double> a, double x, double relaxation,
                   double cap, bool nonnegative);

}  // namespace partita
