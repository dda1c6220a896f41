// TensorList: the data of a model's inputs or outputs, in any of the forms that Keras takes.
#pragma once
#include <concepts>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>

#include <xtape/core/errors.hpp>
#include <xtape/core/one_or_more.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape {

/// Tensors by the names of a model's inputs or outputs: {{"signal", x}, {"label", y}}, or a map.
class TensorsByName : public std::map<std::string, Tensor> {
 public:
  /// A name and its tensor. No number converts to it, so that {{0, 1}, {2, 3}} stays the rows of a tensor.
  struct Entry {
    template <std::convertible_to<std::string> Name>
    requires(!std::integral<Name>) Entry(const Name& its_name, Tensor data)
        : name(its_name), tensor(std::move(data)) {}
    std::string name;
    Tensor tensor;
  };
  TensorsByName() = default;
  TensorsByName(std::map<std::string, Tensor> by_name) : map(std::move(by_name)) {}
  /// Throws ValueError for two entries of one name.
  TensorsByName(std::initializer_list<Entry> entries) {
    for (const Entry& entry : entries)
      require(emplace(entry.name, entry.tensor).second, "TensorsByName", "there are two entries \"",
          entry.name, "\"");
  }
};

/// A tensor, a list in the order of the inputs or outputs, or tensors by the names of these:
///
///     fit(x, y)        fit({a, b}, y)        fit({{"a", a}, {"b", b}}, {{"label", y}})
class TensorList : public OneOrMore<Tensor> {
 public:
  using OneOrMore<Tensor>::OneOrMore;
  TensorList() = default;
  TensorList(TensorsByName by_name) : by_name_(std::move(by_name)) {}
  TensorList(std::initializer_list<TensorsByName::Entry> entries) : by_name_(entries) {}

  /// Whether nothing was given, in any form.
  bool empty() const { return OneOrMore::empty() && by_name_.empty(); }
  bool is_named() const { return !by_name_.empty(); }
  /// What was given by name; the list itself holds nothing then.
  const TensorsByName& by_name() const { return by_name_; }

 private:
  TensorsByName by_name_;
};

}  // namespace xtape
