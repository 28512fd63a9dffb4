#include "comm/agreement.hpp"

#include "partita/base/error.hpp"

#include <new>
#include <string>

#include "base/stop_exchange.hpp"
#include "comm/collectives.hpp"

namespace partita {

namespace {

Error as_error(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return {ErrorKind::internal, "out of memory"};
  } catch (const std::exception& error) {
    return {ErrorKind::internal, error.what()};
  } catch (...) {
    return {ErrorKind::internal, "an exception of an unknown type"};
  }
}

}  // namespace

void agree_on_failure(const Communicator& comm, const std::exception_ptr& failure) {
  if (failure != nullptr) exchange_stop_requests();
  const int first = first_where(comm, failure != nullptr);
  if (first == comm.size()) return;
  int kind = 0;
  std::string message;
  if (comm.rank() == first) {
    const Error error = as_error(failure);
    kind = static_cast<int>(error.kind());
    message = error.what();
  }
  broadcast(comm, std::span<int>(&kind, 1), first);
  broadcast(comm, message, first);
  throw Error(static_cast<ErrorKind>(kind), message);
}

}  // namespace partita
