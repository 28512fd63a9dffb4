#pragma once

namespace partita::app {

/// How a run shows on stderr how it goes on.
enum class ProgressStyle { automatic, bar, lines, none };

}  // namespace partita::app
