#include "io/files/hdf5_handle.hpp"

#include <algorithm>

#include "io/files/hdf5_heap.hpp"

namespace partita {

namespace {

/// Takes the description of the innermost failure, where the walk begins.
herr_t take_first(unsigned /*depth*/, const H5E_error2_t* error, void* text) {
  auto& reason = *static_cast<std::string*>(text);
  if (reason.empty() && error->desc != nullptr) reason = error->desc;
  return 0;
}

}  // namespace

void prepare_hdf5() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLset_loading_state(0);
  static const bool is_registered = [] {
    register_reference_type();
    return true;
  }();
  static_cast<void>(is_registered);
}

std::string hdf5_reason() {
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &reason);
  std::ranges::replace_if(
      reason, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return reason;
}

}  // namespace partita
