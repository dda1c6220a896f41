// Nested: what may be asked gradients of. A Tensor, a Variable, and vectors and maps of these, as deep as you like. The
// gradients come back in the same form, with a Tensor for each Tensor and Variable.
#pragma once
#include <map>
#include <vector>

#include <xtape/core/tensor.hpp>

namespace xtape {

class Variable;

namespace detail {

/// The variable's value, without telling any tape.
const Tensor& value_of(const Variable& v);

template <class T>
struct Nest {};

template <>
struct Nest<Tensor> {
  using Gradients = Tensor;
  static void flatten(const Tensor& t, std::vector<Tensor>& out) { out.push_back(t); }
  static Tensor pack(const Tensor&, const Tensor*& next) { return *next++; }
};

template <>
struct Nest<Variable> {
  using Gradients = Tensor;
  static void flatten(const Variable& v, std::vector<Tensor>& out) { out.push_back(value_of(v)); }
  static Tensor pack(const Variable&, const Tensor*& next) { return *next++; }
};

template <class T>
requires requires { typename Nest<T>::Gradients; }
struct Nest<std::vector<T>> {
  using Gradients = std::vector<typename Nest<T>::Gradients>;
  static void flatten(const std::vector<T>& list, std::vector<Tensor>& out) {
    for (const T& entry : list) Nest<T>::flatten(entry, out);
  }
  static Gradients pack(const std::vector<T>& list, const Tensor*& next) {
    Gradients out;
    for (const T& entry : list) out.push_back(Nest<T>::pack(entry, next));
    return out;
  }
};

template <class Key, class T>
requires requires { typename Nest<T>::Gradients; }
struct Nest<std::map<Key, T>> {
  using Gradients = std::map<Key, typename Nest<T>::Gradients>;
  static void flatten(const std::map<Key, T>& entries, std::vector<Tensor>& out) {
    for (const auto& [key, entry] : entries) Nest<T>::flatten(entry, out);
  }
  static Gradients pack(const std::map<Key, T>& entries, const Tensor*& next) {
    Gradients out;
    for (const auto& [key, entry] : entries) out.emplace(key, Nest<T>::pack(entry, next));
    return out;
  }
};

}  // namespace detail

/// Tensor, Variable, std::vector and std::map of Nested.
template <class T>
concept Nested = requires {
  typename detail::Nest<T>::Gradients;
};

/// The form in which gradients of a T come: T with every Variable replaced by a Tensor.
template <Nested T>
using GradientsOf = typename detail::Nest<T>::Gradients;

/// All tensors in it, in order.
template <Nested T>
std::vector<Tensor> flatten(const T& nested) {
  std::vector<Tensor> out;
  detail::Nest<T>::flatten(nested, out);
  return out;
}

/// The inverse: `flat` in the form of `nested`.
template <Nested T>
GradientsOf<T> pack_as(const T& nested, const std::vector<Tensor>& flat) {
  const Tensor* next = flat.data();
  return detail::Nest<T>::pack(nested, next);
}

}  // namespace xtape
