#include <algorithm>
#include <cmath>
#include <cstdint>

#include <xtape/core/config_json.hpp>

namespace xtape {
namespace {

[[noreturn]] void wrong(std::string_view where, std::string_view expected, const Json& json) {
  throw ValueError(concat(where, " must be ", expected, " (received ", json.dump(), ")"));
}

}  // namespace

Json to_json_value(bool v) { return v; }
Json to_json_value(double v) { return v; }
Json to_json_value(const std::string& v) { return v; }
Json to_json_value(std::int64_t v) { return v; }
Json to_json_value(std::uint64_t v) { return v; }
Json to_json_value(DType v) { return std::string(name(v)); }
Json to_json_value(const Tuple1& v) { return Json::array({static_cast<Index>(v)}); }
Json to_json_value(const Tuple2& v) { return Json::array({v.first(), v.second()}); }
Json none_to_json() { return nullptr; }
bool is_none(const Json& json) { return json.is_null(); }

Json list_to_json(std::size_t count, const std::function<Json(std::size_t)>& value) {
  Json out = Json::array();
  for (std::size_t i = 0; i < count; ++i) out.push_back(value(i));
  return out;
}

void for_each_entry(const Json& json, std::string_view where, const std::function<void(const Json&)>& f) {
  if (!json.is_array()) wrong(where, "a list", json);
  for (const Json& entry : json) f(entry);
}

Json to_json_value(const Axes& v) {
  if (v.all()) return nullptr;
  return v.is_number() ? Json(v.numbers()[0]) : Json(v.numbers());
}

Json to_json_value(const NumberOrList& v) { return v.is_list() ? Json(v.values()) : Json(v.values()[0]); }

Json to_json_value(const Shape& v) {
  Json out = Json::array();
  for (const Index length : v) out.push_back(length == None ? Json(nullptr) : Json(length));
  return out;
}

namespace {

/// The elements of a tensor from `next` on, in the form of `shape` from that axis on.
Json nested_lists(const std::vector<double>& values, const Shape& shape, Index axis, std::size_t& next) {
  if (axis == shape.rank()) return values[next++];
  Json out = Json::array();
  for (Index i = 0; i < shape[axis]; ++i) out.push_back(nested_lists(values, shape, axis + 1, next));
  return out;
}

/// The other way: appends the numbers. Throws ValueError when lists differ in length or depth.
void flatten(
    const Json& json, const Shape& shape, Index axis, std::vector<double>& values, std::string_view where) {
  const bool fits = axis == shape.rank() ? json.is_number()
                                         : json.is_array() && static_cast<Index>(json.size()) == shape[axis];
  if (!fits) wrong(where, "a number, or lists of equal lengths", json);
  if (axis == shape.rank()) return values.push_back(json.get<double>());
  for (const Json& entry : json) flatten(entry, shape, axis + 1, values, where);
}

}  // namespace

Json to_json_value(const Tensor& v) {
  if (!v) return nullptr;
  const Tensor exact = v.is_weak() ? v.number_as(DType::float64) : v;
  std::size_t next = 0;
  return nested_lists(exact.to_vector(), exact.shape(), 0, next);
}

void from_json_value(const Json& json, Tensor& v, std::string_view where) {
  if (json.is_null()) {
    v = {};
  } else if (json.is_number()) {
    v = json.get<double>();
  } else {
    Shape shape;
    for (const Json* level = &json; level->is_array(); level = &level->front()) {
      shape.push_back(static_cast<Index>(level->size()));
      if (level->empty()) break;
    }
    std::vector<double> values;
    flatten(json, shape, 0, values, where);
    v = Tensor::from(values, shape);
  }
}

void from_json_value(const Json& json, bool& v, std::string_view where) {
  if (!json.is_boolean()) wrong(where, "true or false", json);
  v = json.get<bool>();
}
void from_json_value(const Json& json, double& v, std::string_view where) {
  if (!json.is_number()) wrong(where, "a number", json);
  v = json.get<double>();
}
void from_json_value(const Json& json, std::string& v, std::string_view where) {
  if (!json.is_string()) wrong(where, "a string", json);
  v = json.get<std::string>();
}
void from_json_value(const Json& json, Index& v, std::string_view where) {
  if (json.is_number_float()) {  // 3.0 is an integer too; beyond 2^53 a float does not say which one it is
    const double number = json.get<double>();
    if (number != std::trunc(number) || std::abs(number) > 0x1p53) wrong(where, "an integer", json);
    v = static_cast<Index>(number);
  } else {
    const bool fits = !json.is_number_unsigned() || json.get<std::uint64_t>() <= std::uint64_t{PTRDIFF_MAX};
    if (!json.is_number_integer() || !fits) wrong(where, "an integer", json);
    v = json.get<Index>();
  }
}
void from_json_value(const Json& json, DType& v, std::string_view where) {
  // Keras 3 writes a policy, {"class_name": "DTypePolicy", "config": {"name": "float32"}}; older files the bare name.
  const Json* name = &json;
  if (json.is_object() && json.contains("config") && json["config"].contains("name"))
    name = &json["config"]["name"];
  if (!name->is_string()) wrong(where, "the name of a dtype", json);
  v = dtype_from_name(name->get<std::string>());
}
namespace {

/// From a list of integers, or from one.
template <class Tuple>
void tuple_from(const Json& json, Tuple& v, std::string_view where) {
  if (json.is_array()) {
    std::vector<Index> values;
    from_json_value(json, values, where);
    v = Tuple(values);
  } else {
    Index value = 0;
    from_json_value(json, value, where);
    v = Tuple(value);
  }
}

}  // namespace

void from_json_value(const Json& json, Tuple1& v, std::string_view where) { tuple_from(json, v, where); }
void from_json_value(const Json& json, Tuple2& v, std::string_view where) { tuple_from(json, v, where); }
void from_json_value(const Json& json, Shape& v, std::string_view where) {
  if (json.is_number()) {  // a bare integer stands for a tuple of one
    Index length = 0;
    from_json_value(json, length, where);
    v = Shape{length};
    return;
  }
  if (!json.is_array()) wrong(where, "a list of integers", json);
  v = {};
  for (const Json& entry : json) {
    Index length = None;
    if (!entry.is_null()) from_json_value(entry, length, where);
    v.push_back(length);
  }
}

void from_json_value(const Json& json, Axes& v, std::string_view where) {
  if (json.is_null()) {
    v = {};
  } else if (json.is_array()) {
    std::vector<Index> numbers;
    from_json_value(json, numbers, where);
    v = Axes(std::move(numbers));
  } else {
    if (!json.is_number()) wrong(where, "an integer or a list of integers", json);
    Index number = 0;
    from_json_value(json, number, where);
    v = number;
  }
}

void from_json_value(const Json& json, NumberOrList& v, std::string_view where) {
  if (!json.is_number() && !json.is_array()) wrong(where, "a number or a list of numbers", json);
  std::vector<double> numbers;
  from_json_value(json.is_array() ? json : Json::array({json}), numbers, where);
  v = json.is_number() ? NumberOrList(numbers[0]) : NumberOrList(std::move(numbers));
}

Json entries_to_json(const std::vector<ConfigEntry>& entries) {
  Json out = Json::object();
  for (const ConfigEntry& entry : entries)
    if (entry.written) out[entry.name] = entry.write(entry.value);
  return out;
}

void entries_from_json(const std::vector<ConfigEntry>& entries, const Json& json, std::string_view owner) {
  if (!json.is_object() && !json.is_null())
    throw ValueError(concat(owner, ": config must be an object (received ", json.dump(), ")"));
  for (const auto& item : json.items()) {
    const auto entry = std::find_if(
        entries.begin(), entries.end(), [&](const ConfigEntry& e) { return item.key() == e.name; });
    if (entry == entries.end()) {
      throw ValueError(
          concat(owner, ": there is no argument \"", item.key(), "\" (received ", item.value().dump(), ")"));
    }
    entry->read(item.value(), entry->value, concat(owner, ": ", entry->name));
  }
}

std::vector<Argument> arguments_of(const std::vector<ConfigEntry>& entries) {
  std::vector<Argument> out;
  for (const ConfigEntry& entry : entries)
    out.push_back({entry.name, entry.write(entry.value).dump(), entry.doc});
  return out;
}

}  // namespace xtape
