#pragma once

namespace partita {

/// The two factors, and what of X goes with them: A has a row for each row of X, S a column for
/// each of its columns.
enum class Side { A, S };

}  // namespace partita
