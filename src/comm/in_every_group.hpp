#pragma once

#include "partita/comm/communicator.hpp"

#include <exception>
#include <utility>

#include "comm/agreement.hpp"

namespace partita {

/// What each group of processes does by itself, perhaps collective over its own: when it fails or
/// is interrupted in one, it is the same Error in all. Collective over `world`.
template <class Action>
void in_every_group(const Communicator& world, Action&& action) {
  std::exception_ptr failure;
  try {
    std::forward<Action>(action)();
  } catch (...) {
    failure = std::current_exception();
  }
  agree_on_failure(world, failure);
}

}  // namespace partita
