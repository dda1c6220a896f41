// OneOrMore: a list to which a single entry converts, since Keras takes a tensor wherever it takes a list of tensors.
#pragma once
#include <concepts>
#include <initializer_list>
#include <utility>
#include <vector>

#include <xtape/core/errors.hpp>

namespace xtape {

template <class T>
class OneOrMore : public std::vector<T> {
 public:
  OneOrMore() = default;
  OneOrMore(T one) : std::vector<T>({std::move(one)}), is_list_(false) {}
  /// What a T is made from without saying so: a name, a number.
  template <class U>
  requires(std::convertible_to<U, T> && !std::same_as<U, T> && !std::derived_from<U, std::vector<T>>)
      OneOrMore(const U& one)
      : OneOrMore(T(one)) {}
  OneOrMore(std::vector<T> list) : std::vector<T>(std::move(list)) {}
  OneOrMore(std::initializer_list<T> list) : std::vector<T>(list) {}

  /// Whether it was given as a list, be it of one.
  bool is_list() const { return is_list_; }
  /// The only entry. Throws ValueError when there is none, or more than one.
  const T& single() const {
    require(this->size() == 1, "list", "there must be one entry (there are ", this->size(), ")");
    return this->front();
  }
  operator const T&() const { return single(); }

 private:
  bool is_list_ = true;
};

}  // namespace xtape
