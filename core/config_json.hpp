// From a Config to Keras's JSON and back, by its fields(). For source files; it includes all of nlohmann/json.
#pragma once
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <xtape/core/config.hpp>
#include <xtape/core/dtype.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/json.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/shape.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape {

// ---- one argument -----------------------------------------------------------------------------------------------
// to_json_value and from_json_value know the types that arguments may have. `where` is "Dense: units", for errors.

Json to_json_value(bool v);
Json to_json_value(double v);
Json to_json_value(const std::string& v);
Json to_json_value(std::int64_t v);
Json to_json_value(std::uint64_t v);
template <std::integral I>
requires(!std::same_as<I, bool>) Json to_json_value(I v) {
  if constexpr (std::is_signed_v<I>) {
    return to_json_value(static_cast<std::int64_t>(v));
  } else {
    return to_json_value(static_cast<std::uint64_t>(v));
  }
}
Json to_json_value(DType v);
Json to_json_value(const Tuple1& v);
Json to_json_value(const Tuple2& v);
Json to_json_value(const Shape& v);
/// A number or a list, as it was given.
Json to_json_value(const NumberOrList& v);
/// A number, nested lists of numbers, or null for None.
Json to_json_value(const Tensor& v);
/// A number or a list, as it was given; null for all.
Json to_json_value(const Axes& v);
/// null, and a list of `count` values.
Json none_to_json();
Json list_to_json(std::size_t count, const std::function<Json(std::size_t)>& value);
template <class T>
requires requires(const T& v) {
  { v.to_json() } -> std::convertible_to<Json>;
}
Json to_json_value(const T& v) { return v.to_json(); }
template <class T>
Json to_json_value(const std::vector<T>& v);
template <class T>
Json to_json_value(const std::optional<T>& v) {
  return v ? to_json_value(*v) : none_to_json();
}
template <class T>
Json to_json_value(const std::vector<T>& v) {
  return list_to_json(v.size(), [&](std::size_t i) { return to_json_value(v[i]); });
}

void from_json_value(const Json& json, bool& v, std::string_view where);
void from_json_value(const Json& json, double& v, std::string_view where);
void from_json_value(const Json& json, std::string& v, std::string_view where);
void from_json_value(const Json& json, Index& v, std::string_view where);
void from_json_value(const Json& json, DType& v, std::string_view where);
void from_json_value(const Json& json, Tuple1& v, std::string_view where);
void from_json_value(const Json& json, Tuple2& v, std::string_view where);
void from_json_value(const Json& json, Shape& v, std::string_view where);
/// A bare number, or a float64 tensor.
void from_json_value(const Json& json, Tensor& v, std::string_view where);
void from_json_value(const Json& json, Axes& v, std::string_view where);
void from_json_value(const Json& json, NumberOrList& v, std::string_view where);
bool is_none(const Json& json);
/// Calls f with each entry of a list. Throws ValueError when it is none.
void for_each_entry(const Json& json, std::string_view where, const std::function<void(const Json&)>& f);
template <class T>
requires requires(const Json& json) {
  { T::from_json(json) } -> std::convertible_to<T>;
}
void from_json_value(const Json& json, T& v, std::string_view) { v = T::from_json(json); }
template <std::integral I>
requires(!std::same_as<I, bool> && !std::same_as<I, Index>) void from_json_value(
    const Json& json, I& v, std::string_view where) {
  Index value = 0;
  from_json_value(json, value, where);
  if (!std::in_range<I>(value)) throw ValueError(concat(where, " is out of range (received ", value, ")"));
  v = static_cast<I>(value);
}
template <class T>
void from_json_value(const Json& json, std::vector<T>& v, std::string_view where);
template <class T>
void from_json_value(const Json& json, std::optional<T>& v, std::string_view where) {
  if (is_none(json)) {
    v.reset();
  } else {
    from_json_value(json, v.emplace(), where);
  }
}
template <class T>
void from_json_value(const Json& json, std::vector<T>& v, std::string_view where) {
  v.clear();
  for_each_entry(json, where, [&](const Json& entry) { from_json_value(entry, v.emplace_back(), where); });
}

// ---- all arguments ----------------------------------------------------------------------------------------------
// What is done with all arguments is compiled once, for arguments without their types: a pointer and two functions each.

/// One argument of a Config object.
struct ConfigEntry {
  const char* name;
  const char* doc;
  bool written;
  void* value;
  Json (*write)(const void* value);
  void (*read)(const Json& json, void* value, std::string_view where);
};

template <class T>
Json write_argument(const void* value) {
  return to_json_value(*static_cast<const T*>(value));
}
template <class T>
void read_argument(const Json& json, void* value, std::string_view where) {
  from_json_value(json, *static_cast<T*>(value), where);
}

/// The arguments of `config`, which they point into.
template <class Config>
std::vector<ConfigEntry> entries_of(Config& config) {
  std::vector<ConfigEntry> out;
  for_each_field<Config>([&]<class T>(const Field<Config, T>& field) {
    out.push_back({field.name, field.doc, field.written, &(config.*field.member), &write_argument<T>,
        &read_argument<T>});
  });
  return out;
}

Json entries_to_json(const std::vector<ConfigEntry>& entries);
void entries_from_json(const std::vector<ConfigEntry>& entries, const Json& json, std::string_view owner);

/// {"units": 4, "activation": "relu", ...} in the order of fields(), without those that are not written.
template <class Config>
Json config_to_json(Config config) {
  return entries_to_json(entries_of(config));
}

/// The other way. Arguments that are absent keep their defaults.
/// Throws ValueError for an argument that `owner` does not have, and for values of the wrong kind.
template <class Config>
Config config_from_json(const Json& json, std::string_view owner) {
  Config config;
  entries_from_json(entries_of(config), json, owner);
  return config;
}

/// An argument as documentation shows it.
struct Argument {
  std::string name, default_value, doc;
};
std::vector<Argument> arguments_of(const std::vector<ConfigEntry>& entries);

template <class Config>
std::vector<Argument> arguments_of() {
  Config defaults;
  return arguments_of(entries_of(defaults));
}

}  // namespace xtape
