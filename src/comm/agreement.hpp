#pragma once

#include "partita/comm/communicator.hpp"

#include <exception>
#include <utility>

#include "base/interruption.hpp"

namespace partita {

/// If any process brings a failure, throws the failure of the lowest such rank, as the same Error,
/// on every process. Collective over `comm`.
void agree_on_failure(const Communicator& comm, const std::exception_ptr& failure);

/// Runs a local action on every process; a failure on one becomes the same Error on all, so that
/// nobody walks into the next collective alone. The action may be interrupted. Collective over
/// `comm`.
template <class Action>
void together(const Communicator& comm, Action&& action) {
  std::exception_ptr failure;
  try {
    const Interruptible here;
    std::forward<Action>(action)();
  } catch (...) {
    failure = std::current_exception();
  }
  agree_on_failure(comm, failure);
}

}  // namespace partita
