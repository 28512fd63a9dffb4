#pragma once

#include "partita/base/error.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "factorize/run/saved_run.hpp"

namespace partita {

/// Takes the fields of a solver's state by name: numbers into `saved`, matrices to whoever stores
/// them.
template <class Real>
class FieldWriter {
 public:
  /// Stores my rows of a matrix and tells its place.
  using Store = std::function<Index(const TallMatrix<Real>&)>;

  FieldWriter(SavedRestart& saved, Store store_of_A, Store store_of_S)
      : saved_(saved), store_of_A_(std::move(store_of_A)), store_of_S_(std::move(store_of_S)) {}

  template <class Value>
  void value(const std::string& name, const Value& value) {
    if constexpr (std::is_arithmetic_v<Value>) {
      saved_.values[name] = {static_cast<double>(value)};
    } else {
      saved_.values[name] = value;
    }
  }
  void of_A(const std::string& name, const TallMatrix<Real>& W) {
    saved_.of_A[name] = store_of_A_(W);
  }
  void of_S(const std::string& name, const TallMatrix<Real>& W) {
    saved_.of_S[name] = store_of_S_(W);
  }

 private:
  SavedRestart& saved_;
  Store store_of_A_;
  Store store_of_S_;
};

/// Fills the fields of a solver's state from what was saved under their names.
/// @throws Error (bad_data) that names the file and the field when one is missing.
template <class Real>
class FieldReader {
 public:
  /// My rows of the matrix at a place.
  using Load = std::function<TallMatrix<Real>(Index place)>;

  FieldReader(std::string path, const SavedRestart& saved, Load load_of_A, Load load_of_S)
      : path_(std::move(path)),
        saved_(saved),
        load_of_A_(std::move(load_of_A)),
        load_of_S_(std::move(load_of_S)) {}

  template <class Value>
  void value(const std::string& name, Value& value) const {
    const std::vector<double>& numbers = found(saved_.values, name);
    if constexpr (std::is_arithmetic_v<Value>) {
      if (numbers.size() != 1) missing(name);
      value = static_cast<Value>(numbers.front());
    } else {
      value = numbers;
    }
  }
  void of_A(const std::string& name, TallMatrix<Real>& W) const {
    W = load_of_A_(found(saved_.of_A, name));
  }
  void of_S(const std::string& name, TallMatrix<Real>& W) const {
    W = load_of_S_(found(saved_.of_S, name));
  }

 private:
  template <class Map>
  const typename Map::mapped_type& found(const Map& fields, const std::string& name) const {
    const auto field = fields.find(name);
    if (field == fields.end()) missing(name);
    return field->second;
  }
  [[noreturn]] void missing(const std::string& name) const {
    throw Error(ErrorKind::bad_data, path_ + ": restart " + std::to_string(saved_.restart) +
                                         " has no field '" + name + "'");
  }

  std::string path_;
  const SavedRestart& saved_;
  Load load_of_A_;
  Load load_of_S_;
};

/// The state of that kName, empty; false when there is none.
template <class Real, std::size_t kKind = 0>
bool become(SolverState<Real>& state, const std::string& name) {
  if constexpr (kKind == std::variant_size_v<SolverState<Real>>) {
    return false;
  } else {
    if (std::variant_alternative_t<kKind, SolverState<Real>>::kName != name) {
      return become<Real, kKind + 1>(state, name);
    }
    state.template emplace<kKind>();
    return true;
  }
}

}  // namespace partita
