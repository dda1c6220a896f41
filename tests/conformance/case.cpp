#include "case.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include <xtape/core/config_json.hpp>
#include <xtape/core/ops/elementwise.hpp>

namespace xtape::conformance {
namespace {

/// What documents say about a case, rather than expect of it.
bool is_remark(const std::string& field) {
  static const std::set<std::string> remarks{"name", "oracle", "source", "reason", "category",
      "category_note", "note", "what", "semantics", "tf24", "tf24_note", "in_tf24", "keras3",
      "keras3_differs", "tolerance", "float64_only", "gram"};
  return remarks.contains(field);
}

/// Numbers, and what Python writes for those that JSON has no word for.
double to_number(const Json& json) {
  if (json.is_boolean()) return json.get<bool>() ? 1 : 0;
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return std::stod(json.get<std::string>());
  return std::numeric_limits<double>::quiet_NaN();
}

bool is_close(double actual, double expected, double tolerance) {
  if (std::isnan(expected)) return std::isnan(actual);
  if (std::isinf(expected)) return actual == expected;
  return std::abs(actual - expected) <= tolerance * std::max(1.0, std::abs(expected));
}

}  // namespace

bool Case::has(const char* field) const {
  if (!json_.contains(field)) return false;
  read_.insert(field);
  return true;
}

const Json& Case::at(const char* field) const {
  expect(has(field), "the case has no field \"", field, "\"");
  return json_[field];
}

Tensor Case::to_tensor(const Json& array) const {
  const Json& data = array.at("data");
  const auto all = [&](auto is) { return !data.empty() && std::all_of(data.begin(), data.end(), is); };
  std::vector<double> values;
  for (const Json& number : data) values.push_back(to_number(number));
  const Tensor doubles = Tensor::from(values, to_shape(array.at("shape")));
  DType dtype = dtype_;
  if (all([](const Json& v) { return v.is_number_integer(); })) dtype = DType::int32;
  if (all([](const Json& v) { return v.is_boolean(); })) dtype = DType::boolean;
  return cast(doubles, dtype);
}

std::vector<Tensor> Case::to_tensors(const Json& list) const {
  std::vector<Tensor> out;
  for (const Json& array : list) out.push_back(to_tensor(array));
  return out;
}

void Case::expect_close(const std::string& what, const Tensor& actual, const Json& expected) const {
  accept_empty(actual);
  if (expected.is_number()) return expect_close(what, actual.item(), expected.get<double>());
  const Shape shape = to_shape(expected.at("shape"));
  expect(static_cast<bool>(actual), what, ": expected ", shape, ", got none");
  expect(actual.shape() == shape, what, ": expected shape ", shape, ", got ", actual.shape());
  const std::vector<double> values = actual.to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double wanted = to_number(expected["data"][i]);
    expect(is_close(values[i], wanted, tolerance_), what, "[", i, "]: expected ", wanted, ", got ", values[i],
        ", off by ", values[i] - wanted);
  }
}

void Case::expect_close(const std::string& what, double actual, double expected) const {
  expect(is_close(actual, expected, tolerance_), what, ": expected ", expected, ", got ", actual, ", off by ",
      actual - expected);
}

void Case::expect_close(
    const std::string& what, const std::vector<Tensor>& actual, const Json& expected) const {
  expect(actual.size() == expected.size(), what, ": expected ", expected.size(), " of them, got ",
      actual.size());
  for (std::size_t i = 0; i < actual.size(); ++i) expect_close(concat(what, " ", i), actual[i], expected[i]);
}

void Case::expect_all_read() const {
  for (const auto& [field, value] : json_.items())
    expect(read_.contains(field) || is_remark(field), "the runner does not know the field \"", field, "\"");
}

Shape to_shape(const Json& json) {
  Shape shape;
  from_json_value(json, shape, "shape");
  return shape;
}

}  // namespace xtape::conformance
