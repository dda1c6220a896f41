// PerOutput: an argument of compile that says something of each of a model's outputs, in any of Keras's forms.
#pragma once
#include <concepts>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <xtape/core/errors.hpp>
#include <xtape/core/one_or_more.hpp>

namespace xtape {

/// One for all outputs, a list in the order of the outputs, or a map from the outputs' names:
///
///     .loss = "mse"        .loss = {"mse", "mae"}        .loss = {{"signal", "mse"}, {"label", "mae"}}
template <class T>
class PerOutput {
 public:
  PerOutput() = default;
  template <std::convertible_to<T> U>
  PerOutput(const U& one) : list_{T(one)}, is_one_(true) {}
  PerOutput(std::initializer_list<T> list) : list_(list) {}
  PerOutput(std::vector<T> list) : list_(std::move(list)) {}
  PerOutput(std::map<std::string, T> by_name) : by_name_(std::move(by_name)) {}
  PerOutput(std::initializer_list<std::pair<const std::string, T>> by_name) requires(
      !requires(T t) { t.begin(); })  // a list of lists reads the same
      : by_name_(by_name) {}

  bool empty() const { return list_.empty() && by_name_.empty(); }
  bool is_one() const { return is_one_; }
  bool is_named() const { return !by_name_.empty(); }
  const std::vector<T>& list() const { return list_; }
  const std::map<std::string, T>& by_name() const { return by_name_; }

 private:
  std::vector<T> list_;
  bool is_one_ = false;
  std::map<std::string, T> by_name_;
};

}  // namespace xtape
