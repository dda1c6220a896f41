// Config: the arguments of a layer, optimizer, loss or initializer, declared once.
//
// A Config is a plain aggregate in Keras's argument order with Keras's defaults, so that it is written with designated
// initializers, Dense({.units = 3}). Beside it stands one table, fields(), with the name and the meaning of each
// argument. From the two come get_config and from_config (core/config_json.hpp), the documentation and the checks.
#pragma once
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <xtape/core/shape.hpp>

namespace xtape {

/// One argument: its name, where it stands, and what it means.
template <class Config, class T>
struct Field {
  const char* name;
  T Config::*member;
  const char* doc;
  bool written = true;  ///< false: taken from a config, but not part of get_config, as Keras's input_shape
};
template <class Config, class T>
Field(const char*, T Config::*, const char*) -> Field<Config, T>;
template <class Config, class T>
Field(const char*, T Config::*, const char*, bool) -> Field<Config, T>;

/// Calls f(field) for each argument of a Config, in order.
template <class Config, class F>
constexpr void for_each_field(F&& f) {
  std::apply([&](const auto&... field) { (f(field), ...); }, Config::fields());
}

namespace detail {
/// Stands for a member of any type, where nothing is computed.
struct AnyMember {
  template <class T>
  operator T() const;
};
template <class Config, std::size_t... i>
constexpr bool has_members(std::index_sequence<i...>) {
  return requires { Config{(void(i), AnyMember())...}; };
}
}  // namespace detail

/// The number of members of an aggregate: as many as it can be initialized with, and not one more.
template <class Config, std::size_t n = 0>
constexpr std::size_t member_count() {
  if constexpr (detail::has_members<Config>(std::make_index_sequence<n + 1>()))
    return member_count<Config, n + 1>();
  else
    return n;
}
/// Whether fields() lists every member.
template <class Config>
inline constexpr bool lists_every_member =
    member_count<Config>() == std::tuple_size_v<decltype(Config::fields())>;

/// A To with the values of all arguments that it has in common with `from`: what an LSTM hands on to its cell.
template <class To, class From>
To common_arguments(const From& from) {
  To to;
  for_each_field<To>([&](const auto& wanted) {
    for_each_field<From>([&](const auto& given) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(to.*wanted.member)>,
                        std::remove_cvref_t<decltype(from.*given.member)>>)
        if (std::string_view(wanted.name) == given.name) to.*wanted.member = from.*given.member;
    });
  });
  return to;
}

/// An argument that Keras takes as an integer or as a tuple of one integer: kernel_size = 7 or {7}.
class Tuple1 {
 public:
  constexpr Tuple1(Index value = 0) : value_(value), length_(1) {}
  Tuple1(std::initializer_list<Index> values) : Tuple1(std::vector<Index>(values)) {}
  explicit Tuple1(const std::vector<Index>& values)
      : value_(values.empty() ? 0 : values[0]), length_(static_cast<Index>(values.size())) {}

  constexpr operator Index() const { return value_; }
  /// The value. Throws ValueError "owner: name must be ..." unless it is one integer of at least `minimum`.
  Index checked(std::string_view owner, std::string_view name, Index minimum = 1) const;

 private:
  Index value_, length_;
};

/// An argument that Keras takes as a number or as a list of numbers: thresholds = 0.5 or {0.25, 0.75}.
class NumberOrList {
 public:
  NumberOrList(double value = 0) : values_{value} {}
  NumberOrList(std::initializer_list<double> values) : values_(values), is_list_(true) {}
  explicit NumberOrList(std::vector<double> values) : values_(std::move(values)), is_list_(true) {}

  /// One entry for a number.
  const std::vector<double>& values() const { return values_; }
  bool is_list() const { return is_list_; }

 private:
  std::vector<double> values_;
  bool is_list_ = false;
};

/// An argument that Keras takes as an integer or as a tuple of two integers: padding = 1 or {1, 1}.
class Tuple2 {
 public:
  constexpr Tuple2(Index both = 0) : first_(both), second_(both), length_(2) {}
  Tuple2(std::initializer_list<Index> values) : Tuple2(std::vector<Index>(values)) {}
  explicit Tuple2(const std::vector<Index>& values)
      : first_(values.empty() ? 0 : values[0]),
        second_(values.size() < 2 ? 0 : values[1]),
        length_(static_cast<Index>(values.size())) {}

  constexpr Index first() const { return first_; }
  constexpr Index second() const { return second_; }
  /// Throws ValueError "owner: name must be ..." unless it is two integers of at least `minimum`.
  void check(std::string_view owner, std::string_view name, Index minimum) const;

 private:
  Index first_, second_, length_;
};

/// "Conv1DTranspose" -> "conv1d_transpose", as Keras names things by default.
std::string to_snake_case(std::string_view class_name);

}  // namespace xtape
