// What layers are given: activations, regularizers, constraints, initializers.
#include <algorithm>
#include <cmath>

#include "builders.hpp"
#include "checks.hpp"

#include <xtape/core/config_json.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/random.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/layers/activations/activation.hpp>
#include <xtape/layers/initializers/initializers.hpp>

namespace xtape::conformance {

void check_activation(const Case& c) {
  const Json& given = c.at("activation");
  std::string name = given.at("name").get<std::string>();
  // Where TensorFlow 2.4 has another function under the same name, ours carries the suffix.
  if (c.has("semantics") && c.at("semantics") == "tf2.4") name += "_tf24";
  const ActivationFunction activation = build_from(
      registry<ActivationFunction>(), {{"class_name", name}, {"config", given.at("kwargs")}}, "activation");
  const Tensor x = c.tensor("input");
  GradientTape tape;
  tape.watch(x);
  const Tensor y = activation(x);
  c.expect_close("output", y, c.at("output"));
  if (c.has("cotangent")) {
    const Tensor gradient = tape.gradient(y, x, {.output_gradients = {c.tensor("cotangent")}});
    c.expect_close("grad_input", gradient, c.at("grad_input"));
  } else {  // at kinks and far out the gradient is not listed, but it is a number
    for (const double g : tape.gradient(y, x).to_vector<double>())
      expect(std::isfinite(g), "grad_input: expected numbers, got ", g);
  }
}

void check_regularizer(const Case& c) {
  const Regularizer regularizer = build_from(registry<Regularizer>(), c.at("regularizer"), "regularizer");
  const Tensor w = c.tensor("weights");
  GradientTape tape;
  tape.watch(w);
  const Tensor value = regularizer(w);
  c.expect_close("value", value, c.at("value"));
  if (c.has("grad")) {
    const Tensor gradient = tape.gradient(
        value, w, {.unconnected_gradients = UnconnectedGradients::zero});  // of factors that are 0
    c.expect_close("grad", gradient, c.at("grad"));
  }
  if (c.has("resolved_config")) {
    const Json config = regularizer.get_config();
    for (const auto& [name, expected] : c.at("resolved_config").items())
      expect(config.at(name) == expected, name, ": expected ", expected.dump(), ", got ",
          config.at(name).dump());
  }
}

void check_constraint(const Case& c) {
  const Constraint constraint = build_from(registry<Constraint>(), c.at("constraint"), "constraint");
  c.expect_close("projected", constraint(c.tensor("weights")), c.at("projected"));
}

namespace {

Initializer new_initializer(const Case& c) {
  return build_from(registry<Initializer>(), c.at("initializer"), "initializer");
}

void check_fans(const Case& c) {
  const initializers::Fans fans = initializers::compute_fans(to_shape(c.at("shape")));
  const Index in = c.at("fan_in").get<Index>(), out = c.at("fan_out").get<Index>();
  expect(fans.fan_in == in && fans.fan_out == out, "fans: expected ", in, " and ", out, ", got ", fans.fan_in,
      " and ", fans.fan_out);
}

/// E[z^4] / E[z^2]^2 of each distribution, which tells them apart.
double kurtosis_of(const std::string& distribution) {
  if (distribution == "uniform") return 9.0 / 5;
  if (distribution == "truncated_normal") return 2.3655;  // of a normal cut off at two standard deviations
  return 3;
}

/// Some hundred thousand values of fresh initializers, in the place of one.
std::vector<double> draw_many(const Case& c, const Shape& shape) {
  set_random_seed(1);
  std::vector<double> values;
  while (values.size() < 200'000)
    for (const double v : new_initializer(c)(shape, c.dtype()).to_vector<double>()) values.push_back(v);
  return values;
}

/// Every bound is five standard errors wide: a right initializer passes, one that is off by a hundredth does not.
void check_random(const Case& c) {
  const std::vector<double> values = draw_many(c, to_shape(c.at("shape")));
  const double n = static_cast<double>(values.size()), mean = c.at("mean").get<double>(),
               stddev = c.at("stddev").get<double>();
  double sum = 0, sum2 = 0, sum4 = 0, farthest = 0;
  for (const double v : values) {
    const double z = v - mean;
    sum += z, sum2 += z * z, sum4 += z * z * z * z;
    farthest = std::max(farthest, std::abs(z));
  }
  const double kurtosis = kurtosis_of(c.at("distribution").get<std::string>());
  const double found_stddev = std::sqrt(sum2 / n), found_kurtosis = sum4 / n / (sum2 / n) / (sum2 / n);
  expect(std::abs(sum / n) <= 5 * stddev / std::sqrt(n), "mean: expected ", mean, ", got ", mean + sum / n);
  expect(std::abs(found_stddev / stddev - 1) <= 5 * std::sqrt((kurtosis - 1) / (4 * n)), "stddev: expected ",
      stddev, ", got ", found_stddev);
  expect(
      std::abs(found_kurtosis - kurtosis) <= 0.06, "kurtosis: expected ", kurtosis, ", got ", found_kurtosis);
  double bound = c.has("bound") ? c.at("bound").get<double>() : 0;
  if (c.has("minval") && c.has("maxval"))
    bound = (c.at("maxval").get<double>() - c.at("minval").get<double>()) / 2;
  if (bound > 0)
    expect(farthest <= bound * (1 + 1e-6) && farthest >= bound * 0.99, "bound: expected ", bound, ", got ",
        farthest);
  if (c.has("fan_in")) check_fans(c);
}

void check_orthogonal(const Case& c) {
  set_random_seed(1);
  const Tensor m =
      reshape(new_initializer(c)(to_shape(c.at("shape")), c.dtype()), to_shape(c.at("flatten_to")));
  const bool tall = c.at("gram") == "m.T @ m";
  const Tensor gram = tall ? matmul(transpose(m), m) : matmul(m, transpose(m));
  const double diagonal = c.at("gram_equals").get<double>();
  const Tensor expected = multiply(eye(gram.dim(0), None, 0, c.dtype()), diagonal);
  const std::vector<double> a = gram.to_vector<double>(), b = expected.to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i) c.expect_close("gram", a[i], b[i]);
}

void check_layer_initial(const Case& c) {
  const AnyLayer layer = build_layer(c.at("layer"));
  layer->build(to_shape(c.at("input_shape")));
  for (const auto& [name, shape] : c.at("weight_shapes").items())
    expect(layer->weight(name).shape() == to_shape(shape), name, ": expected shape ", to_shape(shape),
        ", got ", layer->weight(name).shape());
  for (const auto& [name, value] : c.at("expected").items())
    c.expect_close(name, layer->weight(name).current(), value);
}

}  // namespace

void check_initializer(const Case& c) {
  const std::string kind = c.at("kind").get<std::string>();
  if (kind == "exact") {
    c.expect_close("values", new_initializer(c)(to_shape(c.at("shape")), c.dtype()), c.at("expected"));
  } else if (kind == "random") {
    check_random(c);
  } else if (kind == "orthogonal") {
    check_orthogonal(c);
  } else if (kind == "fans") {
    check_fans(c);
  } else if (kind == "layer_initial") {
    check_layer_initial(c);
  } else {
    throw Failure{"the runner does not know the kind \"" + kind + "\""};
  }
}

}  // namespace xtape::conformance
