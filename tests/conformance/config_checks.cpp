// Arguments: what get_config answers, and what is refused.
#include <cmath>
#include <map>

#include "builders.hpp"
#include "checks.hpp"

#include <xtape/layers/activations/activation.hpp>
#include <xtape/layers/constraints/constraint.hpp>
#include <xtape/layers/initializers/initializer.hpp>
#include <xtape/layers/regularizers/regularizer.hpp>
#include <xtape/optim/losses/registry.hpp>
#include <xtape/optim/metrics/registry.hpp>
#include <xtape/optim/schedules/schedule.hpp>

namespace xtape::conformance {
namespace {

/// What a family can do with {"class_name": ..., "config": ...} or a name: build an object and tell its config.
using ConfigOf = Json (*)(const Json& json);

template <class Product>
Json object_config(const Json& json) {
  return build_from(registry<Product>(), json, "object").get_config();
}
template <const auto& registry_of>
Json config_through(const Json& json) {
  return build_from(registry_of(), json, "object")->get_config();
}

/// Keras's modules.
ConfigOf family(const std::string& module) {
  static const std::map<std::string, ConfigOf> families{
      {"layers", [](const Json& json) { return build_layer(json)->get_config(); }},
      {"activations", object_config<ActivationFunction>},
      {"initializers", object_config<Initializer>},
      {"regularizers", object_config<Regularizer>},
      {"constraints", object_config<Constraint>},
      {"optimizers.schedules", object_config<LearningRateSchedule>},
      {"losses", config_through<loss_registry>},
      {"metrics", config_through<metric_registry>},
      {"optimizers", [](const Json& json) { return build_optimizer(json)->get_config(); }},
  };
  const auto found = families.find(module);
  if (found == families.end()) throw NotBuilt{module};
  return found->second;
}

/// The place of the first difference, or "" when both say the same; keys may stand in any order, and 2 is 2.0.
std::string difference(const Json& actual, const Json& expected, const std::string& where) {
  if (expected.is_number() && actual.is_number())
    return actual.get<double>() == expected.get<double>()
               ? ""
               : concat(where, ": expected ", expected.dump(), ", got ", actual.dump());
  if (expected.is_array() && actual.is_array() && actual.size() == expected.size()) {
    for (std::size_t i = 0; i < actual.size(); ++i)
      if (auto text = difference(actual[i], expected[i], concat(where, "[", i, "]")); !text.empty())
        return text;
    return "";
  }
  if (expected.is_object() && actual.is_object()) {
    for (const auto& [key, value] : expected.items()) {
      if (!actual.contains(key)) return concat(where, ": there is no \"", key, "\"");
      if (auto text = difference(actual[key], value, where + "." + key); !text.empty()) return text;
    }
    for (const auto& [key, value] : actual.items())
      if (!expected.contains(key))
        return concat(where, ": \"", key, "\" is not expected, got ", value.dump());
    return "";
  }
  return actual == expected ? "" : concat(where, ": expected ", expected.dump(), ", got ", actual.dump());
}

}  // namespace

void check_config(const Case& c) {
  const Json& target = c.at("target");
  const std::string module = target.at("module").get<std::string>();
  Json actual = family(module)({{"class_name", target.at("class_name")}, {"config", c.at("arguments")}});
  // The documents leave out names, which differ from run to run, and the dtype.
  for (const char* key : {"name", "dtype"})
    if (!c.at("config").contains(key)) actual.erase(key);
  const std::string text = difference(actual, c.at("config"), "config");
  expect(text.empty(), text);
}

namespace {

/// What Keras's get(identifier) of a module is here: an object made from its name.
void get(const std::string& module, const std::string& identifier) {
  static const std::map<std::string, void (*)(const std::string&)> makers{
      {"activations", [](const std::string& name) { ActivationFunction{name}; }},
      {"initializers", [](const std::string& name) { Initializer{name}; }},
      {"regularizers", [](const std::string& name) { Regularizer{name}; }},
      {"constraints", [](const std::string& name) { Constraint{name}; }},
      {"losses", [](const std::string& name) { AnyLoss{name}; }},
      {"metrics", [](const std::string& name) { AnyMetric{name}; }},
      {"optimizers", [](const std::string& name) { AnyOptimizer{name}; }},
  };
  const auto found = makers.find(module);
  if (found == makers.end()) throw NotBuilt{module};
  found->second(identifier);
}

/// Does what the case describes up to its stage.
void run_to_stage(const Case& c) {
  const Json& target = c.at("target");
  const std::string kind = target.at("kind").get<std::string>(), stage = c.at("stage").get<std::string>();
  if (kind == "get") {
    get(target.at("module").get<std::string>(), target.at("identifier").get<std::string>());
    return;
  }
  const Json json{{"class_name", target.at("class_name")}, {"config", c.at("config")}};
  if (kind == "object") {
    family(target.at("module").get<std::string>())(json);
    return;
  }
  expect(kind == "layer", "the runner does not know the kind \"", kind, "\"");
  const AnyLayer layer = build_layer(json);
  if (stage == "construct") return;
  const Json& input = c.at("input_shape");
  const bool many = !input.empty() && input[0].is_array();
  Shapes shapes;
  for (const Json& shape : many ? input : Json::array({input})) shapes.push_back(to_shape(shape));
  if (stage == "build") {
    layer->build(shapes);
  } else if (stage == "compute_output_shape") {
    layer->compute_output_shape(shapes);
  } else if (stage == "call") {
    Tensors inputs;
    for (const Shape& shape : shapes) inputs.push_back(ones(shape, c.dtype()));
    (*layer)(inputs);
  } else if (stage == "call_twice") {
    for (const Shape& shape : shapes) (*layer)(ones(shape, c.dtype()));
  } else {
    throw Failure{"the runner does not know the stage \"" + stage + "\""};
  }
}

}  // namespace

void check_config_error(const Case& c) {
  for (const char* field : {"config", "stage", "input_shape"})
    c.has(field);  // not all kinds need all of them
  const Json& raises = c.at("raises");
  expect(raises.is_null() || raises == "ValueError", "the runner does not know the error ", raises.dump());
  const auto error = value_error_of([&] { run_to_stage(c); });
  if (raises.is_null()) expect(!error, "expected no error, got ", error.value_or(""));
  if (!raises.is_null()) expect(error.has_value(), "expected a ValueError, got none");
}

}  // namespace xtape::conformance
