// TensorList: the data of a model's inputs or outputs, in any of the forms that Keras takes.
#pragma once
#include <concepts>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <xtape/core/one_or_more.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape {

/// Tensors by name: {{"signal", x}, {"label", y}}.
class TensorsByName {
 public:
  struct Entry {
    template <std::convertible_to<std::string> Name>
    requires(!std::integral<Name>) Entry(const Name& its_name, Tensor data)
        : name(its_name), tensor(std::move(data)) {}
    std::string name;
    Tensor tensor;
  };
  TensorsByName() = default;
  TensorsByName(std::initializer_list<Entry> entries) : entries_(entries) {}
  TensorsByName(const std::map<std::string, Tensor>& by_name) {
    for (const auto& [name, tensor] : by_name) entries_.emplace_back(name, tensor);
  }

  /// In the order of `names`; None for one that has no entry. Throws ValueError, beginning with `owner` and calling the data
  /// `what`, for an entry whose name is not among these, and for two of one name.
  std::vector<Tensor> in_order_of(
      const std::vector<std::string>& names, std::string_view owner, std::string_view what) const;
  bool empty() const { return entries_.empty(); }
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

/// A tensor, a list in the order of the inputs or outputs, or tensors by the names of these:
///
///     fit(x, y)        fit({a, b}, y)        fit({{"a", a}, {"b", b}}, {{"label", y}})
class TensorList : public OneOrMore<Tensor> {
 public:
  using OneOrMore<Tensor>::OneOrMore;
  TensorList() = default;
  TensorList(TensorsByName named) : named_(std::move(named)) {}
  TensorList(std::initializer_list<TensorsByName::Entry> named) : named_(named) {}

  bool is_named() const { return !named_.empty(); }
  /// What was given by name; the list is empty then.
  const TensorsByName& named() const { return named_; }

 private:
  TensorsByName named_;
};

}  // namespace xtape
