// Which instruction sets the kernels are compiled for. Included before any Highway header.
//
// Register tiles are arrays of vectors, which scalable vectors (SVE, RVV) cannot be; SSSE3 and
// AVX3_DL would bring object code but no speed over their neighbours.
#pragma once

#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

/// Highway dispatches functions by their names, not templates: a file of kernels instantiates its
/// own for each type of the arithmetic by a macro that takes the type.
#define PARTITA_FOR_REALS(MACRO) MACRO(double) MACRO(float)
