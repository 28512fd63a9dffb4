// Compiled, never run: a local position cannot be taken for a global one, nor the other way round.
// Each mixture is an error of its own; without any of them the file compiles.
#include "partita/layout/block_distribution.hpp"

namespace partita {

Index owner_of(const BlockDistribution& blocks, Index local, GlobalIndex global) {
#if defined(LOCAL_FOR_GLOBAL)
  return blocks.to_local(local);
#elif defined(GLOBAL_FOR_LOCAL)
  return blocks.to_global(0, global).value;
#elif defined(COMPARISON)
  return global < local ? 0 : 1;
#elif defined(SUM)
  return blocks.owner(global + local);
#elif defined(CONVERSION)
  const Index position = global;
  return position;
#elif defined(ASSIGNMENT)
  global = local;
  return blocks.owner(global);
#else
  return local < blocks.to_local(global) ? blocks.owner(global) : blocks.to_global(0, local).value;
#endif
}

}  // namespace partita
