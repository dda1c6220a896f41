// From a Config to Keras's JSON and back, by its fields(). For source files; it includes all of nlohmann/json.
#pragma once
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <xtape/core/config.hpp>
#include <xtape/core/dtype.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/json.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/shape.hpp>

namespace xtape {

// ---- one argument -----------------------------------------------------------------------------------------------
// to_json_value and from_json_value know the types that arguments may have. `where` is "Dense: units", for errors.

inline Json to_json_value(bool v) { return v; }
inline Json to_json_value(const std::string& v) { return v; }
template <std::integral I>
requires(!std::same_as<I, bool>) Json to_json_value(I v) { return v; }
inline Json to_json_value(double v) { return v; }
inline Json to_json_value(DType v) { return std::string(name(v)); }
inline Json to_json_value(const Tuple1& v) { return Json::array({static_cast<Index>(v)}); }
Json to_json_value(const Shape& v);
/// A number for one axis, a list for several, null for all.
Json to_json_value(const Axes& v);
template <class T>
requires requires(const T& v) {
  { v.to_json() } -> std::convertible_to<Json>;
}
Json to_json_value(const T& v) { return v.to_json(); }
template <class T>
Json to_json_value(const std::vector<T>& v);
template <class T>
Json to_json_value(const std::optional<T>& v) {
  return v ? to_json_value(*v) : Json(nullptr);
}
template <class T>
Json to_json_value(const std::vector<T>& v) {
  Json out = Json::array();
  for (const T& entry : v) out.push_back(to_json_value(entry));
  return out;
}

void from_json_value(const Json& json, bool& v, std::string_view where);
void from_json_value(const Json& json, double& v, std::string_view where);
void from_json_value(const Json& json, std::string& v, std::string_view where);
void from_json_value(const Json& json, Index& v, std::string_view where);
void from_json_value(const Json& json, DType& v, std::string_view where);
void from_json_value(const Json& json, Tuple1& v, std::string_view where);
void from_json_value(const Json& json, Shape& v, std::string_view where);
void from_json_value(const Json& json, Axes& v, std::string_view where);
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
  if (json.is_null()) {
    v.reset();
  } else {
    from_json_value(json, v.emplace(), where);
  }
}
template <class T>
void from_json_value(const Json& json, std::vector<T>& v, std::string_view where) {
  if (!json.is_array()) throw ValueError(concat(where, " must be a list (received ", json.dump(), ")"));
  v.clear();
  for (const Json& entry : json) from_json_value(entry, v.emplace_back(), where);
}

// ---- all arguments ----------------------------------------------------------------------------------------------

/// {"units": 4, "activation": "relu", ...} in the order of fields(), without those that are not written.
template <class Config>
Json config_to_json(const Config& config) {
  Json out = Json::object();
  for_each_field<Config>([&](const auto& field) {
    if (field.written) out[field.name] = to_json_value(config.*field.member);
  });
  return out;
}

/// The other way. Arguments that are absent keep their defaults.
/// Throws ValueError for an argument that `owner` does not have, and for values of the wrong kind.
template <class Config>
Config config_from_json(const Json& json, std::string_view owner) {
  if (!json.is_object() && !json.is_null())
    throw ValueError(concat(owner, ": config must be an object (received ", json.dump(), ")"));
  Config config;
  for (const auto& item : json.items()) {
    bool known = false;
    for_each_field<Config>([&](const auto& field) {
      if (item.key() != field.name) return;
      from_json_value(item.value(), config.*field.member, concat(owner, ": ", field.name));
      known = true;
    });
    if (!known)
      throw ValueError(
          concat(owner, ": there is no argument \"", item.key(), "\" (received ", item.value().dump(), ")"));
  }
  return config;
}

/// An argument as documentation shows it.
struct Argument {
  std::string name, default_value, doc;
};

template <class Config>
std::vector<Argument> arguments_of() {
  std::vector<Argument> out;
  const Config defaults;
  for_each_field<Config>([&](const auto& field) {
    out.push_back({field.name, to_json_value(defaults.*field.member).dump(), field.doc});
  });
  return out;
}

}  // namespace xtape
