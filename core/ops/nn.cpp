// The activations that have a loop of their own, softmax, and dropout. The gradient of a function that every layer may use
// is an op itself, f_grad(g, ...), which takes one pass over memory; its own gradients stand beside it.
#include <cmath>
#include <numbers>

#include <xtape/core/kernels/softmax.hpp>
#include <xtape/core/ops/finish_impl.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

using namespace ops;

namespace {

bool is_plain(const ReluOptions& options) {
  return options.threshold == 0 && options.negative_slope == 0 && !options.max_value;
}

constexpr auto where_positive = [](auto p, auto v) { return v > 0 ? p : decltype(p)(0); };

Tensor slope_times(const Tensor& g, const Tensor& x, const ReluOptions& options) {
  if (is_plain(options)) return zip_floating(Op::relu_grad, g, x, where_positive);
  const double top = options.max_value.value_or(std::numeric_limits<double>::infinity());
  // Negative x above a negative threshold are cut off at 0 when there is a max_value.
  const double bottom = options.max_value ? std::max(options.threshold, 0.0) : options.threshold;
  return zip_floating(Op::relu_grad, g, x,
      [=, slope = options.negative_slope, t = options.threshold](auto p, auto v) {
    using T = decltype(p);
    const T below = v > T(t) ? T(0) : T(slope), inside = v < T(top) ? T(1) : T(0);
    return p * (v <= T(bottom) ? below : inside);
  });
}

// u = g times the slope of relu at x. That slope is constant but for jumps, so x itself gets no gradient.
Tensor relu_grad(const Tensor& g, const Tensor& x, const ReluOptions& options) {
  const auto dg = [=](const Tensor& v) { return relu_grad(v, x, options); };
  return record(Op::relu_grad, slope_times(g, x, options), Edge{g, dg});
}

}  // namespace

Tensor ops::ReluVjp::operator()(const Tensor& g) const { return relu_grad(g, y, {}); }

void ops::ReluVjp::replace(const Tensor& g) const { zip_into(g, Op::relu_grad, g, y, where_positive); }

Tensor relu(const Tensor& x, const ReluOptions& options) {
  if (!is_floating(x.dtype())) return relu(cast(x, default_dtype()), options);
  require(!(options.max_value.value_or(0) < 0), "relu",
      "max_value must not be negative (received max_value=", options.max_value.value_or(0), ")");
  if (is_plain(options)) {
    const Tensor y = map(Op::relu, x, [](auto v) { return v > 0 || v != v ? v : decltype(v)(0); });
    const ReluVjp dx{y};
    return record(Op::relu, y, Edge{x, dx});
  }
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double bottom = options.max_value ? 0 : -infinity, top = options.max_value.value_or(infinity);
  const Tensor y = map(Op::relu, x, [=, slope = options.negative_slope, t = options.threshold](auto v) {
    using T = decltype(v);
    const T raised = v < T(bottom) ? T(bottom) : v, inside = raised > T(top) ? T(top) : raised;
    const T below = T(slope) * (v - T(t));
    return v <= T(t) ? below : inside;
  });
  const auto dx = [=](const Tensor& g) { return relu_grad(g, x, options); };
  return record(Op::relu, y, Edge{x, dx});
}

namespace {

// u = g y (1 - y): sigmoid's gradient.
Tensor sigmoid_grad(const Tensor& g, const Tensor& y) {
  const Tensor u = zip_floating(Op::sigmoid_grad, g, y, [](auto p, auto q) { return p * (q * (1 - q)); });
  const auto dg = [=](const Tensor& v) { return sigmoid_grad(v, y); };
  const auto dy = [=](const Tensor& v) { return multiply(multiply(v, g), subtract(1, multiply(y, 2))); };
  return record(Op::sigmoid_grad, u, Edge{g, dg}, Edge{y, dy});
}

}  // namespace

Tensor sigmoid(const Tensor& x) {
  if (!is_floating(x.dtype())) return sigmoid(cast(x, default_dtype()));
  const Tensor y = function(Op::sigmoid, x);
  const auto dx = [=](const Tensor& g) { return sigmoid_grad(g, y); };
  return record(Op::sigmoid, y, Edge{x, dx});
}

Tensor softplus(const Tensor& x) {
  if (!is_floating(x.dtype())) return softplus(cast(x, default_dtype()));
  const auto dx = [=](const Tensor& g) { return multiply(g, sigmoid(x)); };
  return record(Op::softplus, function(Op::softplus, x), Edge{x, dx});
}

Tensor softsign(const Tensor& x) {
  if (!is_floating(x.dtype())) return softsign(cast(x, default_dtype()));
  const Tensor y = map(Op::softsign, x, [](auto v) { return v / (1 + std::abs(v)); });
  const auto dx = [=](const Tensor& g) { return divide(g, square(add(abs(x), 1))); };
  return record(Op::softsign, y, Edge{x, dx});
}

namespace {

// y = scale x for x > 0, else scale alpha (e^x - 1)
Tensor scaled_elu(const Tensor& x, double scale, double alpha) {
  if (!is_floating(x.dtype())) return scaled_elu(cast(x, default_dtype()), scale, alpha);
  const Tensor y = function(Op::expm1, x);
  dispatch_floating(x.dtype(), "elu", [&]<class T>() {
    const T above = static_cast<T>(scale), below = static_cast<T>(scale * alpha);
    kernels::zip(x.data<T>(), x.shape(), y.data<T>(), y.shape(), y.mutable_data<T>(), y.shape(),
        [=](T v, T e) { return v > 0 ? above * v : below * e; });
  });
  const auto dx = [=](const Tensor& g) {
    return multiply(g, where(greater(x, 0), scale, add(y, scale * alpha)));
  };
  return record(Op::elu, y, Edge{x, dx});
}

}  // namespace

Tensor elu(const Tensor& x, double alpha) { return scaled_elu(x, 1, alpha); }

Tensor selu(const Tensor& x) { return scaled_elu(x, 1.0507009873554804934193, 1.6732632423543772848170); }

namespace {

Tensor function_grad(Op op, const Tensor& g, const Tensor& x) {
  const Tensor u = Tensor::empty(x.shape(), x.dtype());
  dispatch_floating(x.dtype(), name(op), [&]<class T>() {
    kernels::function_grad(op, g.data<T>(), x.data<T>(), u.mutable_data<T>(), x.size());
  });
  return u;
}

// u = g (P(Z < x) + x p(x)) with the normal density p, whose slope is -x p(x).
Tensor gelu_grad(const Tensor& g, const Tensor& x) {
  const auto dg = [=](const Tensor& v) { return gelu_grad(v, x); };
  const auto dx = [=](const Tensor& v) {
    const Tensor squared = square(x);
    const Tensor bell =
        multiply(exp(multiply(squared, -0.5)), std::numbers::inv_sqrtpi / std::numbers::sqrt2);
    return multiply(multiply(v, g), multiply(bell, subtract(2, squared)));
  };
  return record(Op::gelu_grad, function_grad(Op::gelu_grad, g, x), Edge{g, dg}, Edge{x, dx});
}

// u = g s (1 + x (1 - s)) with s = sigmoid(x)
Tensor silu_grad(const Tensor& g, const Tensor& x) {
  const auto dg = [=](const Tensor& v) { return silu_grad(v, x); };
  const auto dx = [=](const Tensor& v) {
    const Tensor s = sigmoid(x), opposite = subtract(1, s);
    const Tensor slope = multiply(multiply(s, opposite), add(2, multiply(x, subtract(opposite, s))));
    return multiply(multiply(v, g), slope);
  };
  return record(Op::silu_grad, function_grad(Op::silu_grad, g, x), Edge{g, dg}, Edge{x, dx});
}

Tensor approximate_gelu(const Tensor& x) {
  // (1 + tanh(u)) / 2 is sigmoid(2 u).
  const double factor = 2 * std::sqrt(2 * std::numbers::inv_pi);
  return multiply(x, sigmoid(multiply(x, add(multiply(square(x), factor * 0.044715), factor))));
}

}  // namespace

Tensor gelu(const Tensor& x, bool approximate) {
  if (!is_floating(x.dtype())) return gelu(cast(x, default_dtype()), approximate);
  if (approximate) return approximate_gelu(x);
  const auto dx = [=](const Tensor& g) { return gelu_grad(g, x); };
  return record(Op::gelu, function(Op::gelu, x), Edge{x, dx});
}

Tensor silu(const Tensor& x) {
  if (!is_floating(x.dtype())) return silu(cast(x, default_dtype()));
  const auto dx = [=](const Tensor& g) { return silu_grad(g, x); };
  return record(Op::silu, function(Op::silu, x), Edge{x, dx});
}

namespace {

// x seen as (outer, length, inner) around an axis.
struct Around {
  Index outer = 1, length, inner = 1;
  Around(const Shape& x, Index axis) : length(x[axis]) {
    for (Index i = 0; i < axis; ++i) outer *= x[i];
    for (Index i = axis + 1; i < x.rank(); ++i) inner *= x[i];
  }
};

// u = y (g - sum(g y))
Tensor softmax_grad(const Tensor& g, const Tensor& y, Index axis) {
  const Tensor u = Tensor::empty(y.shape(), y.dtype());
  const Around at(y.shape(), axis);
  dispatch_floating(y.dtype(), "softmax_grad", [&]<class T>() {
    kernels::softmax_grad(g.data<T>(), y.data<T>(), u.mutable_data<T>(), at.outer, at.length, at.inner);
  });
  const auto dg = [=](const Tensor& v) { return softmax_grad(v, y, axis); };
  const auto dy = [=](const Tensor& v) {
    const Tensor gy = sum(multiply(g, y), std::vector<Index>{axis}, true),
                 vy = sum(multiply(v, y), std::vector<Index>{axis}, true);
    return subtract(multiply(v, subtract(g, gy)), multiply(g, vy));
  };
  return record(Op::softmax_grad, u, Edge{g, dg}, Edge{y, dy});
}

// u = g - the mean of g over the support of y there, else 0. The support is constant but for jumps.
Tensor sparsemax_grad(const Tensor& g, const Tensor& y, Index axis) {
  const Tensor u = Tensor::empty(y.shape(), y.dtype());
  const Around at(y.shape(), axis);
  dispatch_floating(y.dtype(), "sparsemax_grad", [&]<class T>() {
    kernels::sparsemax_grad(g.data<T>(), y.data<T>(), u.mutable_data<T>(), at.outer, at.length, at.inner);
  });
  const auto dg = [=](const Tensor& v) { return sparsemax_grad(v, y, axis); };
  return record(Op::sparsemax_grad, u, Edge{g, dg});
}

}  // namespace

Tensor softmax(const Tensor& x, Index axis) {
  if (!is_floating(x.dtype())) return softmax(cast(x, default_dtype()), axis);
  const Index k = normalize_axis(axis, x.rank(), "softmax");
  const Tensor y = Tensor::empty(x.shape(), x.dtype());
  const Around at(x.shape(), k);
  dispatch_floating(x.dtype(), "softmax",
      [&]<class T>() { kernels::softmax(x.data<T>(), y.mutable_data<T>(), at.outer, at.length, at.inner); });
  const auto dx = [=](const Tensor& g) { return softmax_grad(g, y, k); };
  return record(Op::softmax, y, Edge{x, dx});
}

Tensor log_softmax(const Tensor& x, Index axis) {
  if (!is_floating(x.dtype())) return log_softmax(cast(x, default_dtype()), axis);
  const Index k = normalize_axis(axis, x.rank(), "log_softmax");
  const Tensor y = Tensor::empty(x.shape(), x.dtype());
  const Around at(x.shape(), k);
  dispatch_floating(x.dtype(), "log_softmax", [&]<class T>() {
    kernels::log_softmax(x.data<T>(), y.mutable_data<T>(), at.outer, at.length, at.inner);
  });
  const auto dx = [=](const Tensor& g) {
    return subtract(g, multiply(exp(y), sum(g, std::vector<Index>{k}, true)));
  };
  return record(Op::log_softmax, y, Edge{x, dx});
}

Tensor sparsemax(const Tensor& x, Index axis) {
  if (!is_floating(x.dtype())) return sparsemax(cast(x, default_dtype()), axis);
  const Index k = normalize_axis(axis, x.rank(), "sparsemax");
  const Tensor y = Tensor::empty(x.shape(), x.dtype());
  const Around at(x.shape(), k);
  dispatch_floating(x.dtype(), "sparsemax", [&]<class T>() {
    kernels::sparsemax(x.data<T>(), y.mutable_data<T>(), at.outer, at.length, at.inner);
  });
  const auto dx = [=](const Tensor& g) { return sparsemax_grad(g, y, k); };
  return record(Op::sparsemax, y, Edge{x, dx});
}

namespace {

void keep_and_scale(const Tensor& x, const Tensor& kept, double scale, const Tensor& y) {
  dispatch_floating(x.dtype(), "dropout", [&]<class T>() {
    const T factor = static_cast<T>(scale);
    kernels::zip(x.data<T>(), x.shape(), bytes(kept), kept.shape(), y.mutable_data<T>(), y.shape(),
        [=](T v, std::uint8_t k) { return k != 0 ? v * factor : T(0); });
  });
}

Tensor kept_and_scaled(const Tensor& x, const Tensor& kept, double scale);

struct KeptAndScaled {
  Tensor kept;
  double scale;
  Tensor operator()(const Tensor& g) const { return kept_and_scaled(g, kept, scale); }
  void replace(const Tensor& g) const { keep_and_scale(g, kept, scale, g); }
};

// y = scale x where kept, else 0, whatever x is there.
Tensor kept_and_scaled(const Tensor& x, const Tensor& kept, double scale) {
  const Tensor y = Tensor::empty(x.shape(), x.dtype());
  keep_and_scale(x, kept, scale, y);
  const KeptAndScaled dx{kept, scale};
  return record(Op::dropout, y, Edge{x, dx});
}

}  // namespace

Tensor dropout(const Tensor& x, double rate, const DropoutOptions& options) {
  require(rate >= 0 && rate <= 1, "dropout", "rate must be in [0, 1] (received rate=", rate, ")");
  const Shape asked = options.noise_shape.value_or(x.shape());
  Shape mask = asked;
  require(mask.rank() == x.rank(), "dropout",
      "noise_shape must have the rank of x (received noise_shape=", mask, ", x ", x.shape(), ")");
  for (Index i = 0; i < mask.rank(); ++i) {
    if (mask[i] == None) mask[i] = x.shape()[i];
    require(mask[i] == 1 || mask[i] == x.shape()[i], "dropout",
        "noise_shape must be 1, None or the length of x along each axis (received noise_shape=", asked,
        ", x ", x.shape(), ")");
  }
  if (!is_floating(x.dtype())) throw_not_floating(x.dtype(), "dropout");
  if (rate == 0) return x;
  const bool shared_by_samples =
      options.noise_shape && options.noise_shape->rank() > 0 && (*options.noise_shape)[0] == 1;
  const Index per_sample = mask.rank() == 0 || mask[0] == 0 ? 0 : mask.size() / mask[0];
  const Index first = shared_by_samples ? 0 : options.first_sample * per_sample;
  const Tensor kept = random_bernoulli(mask, 1 - rate,
      {.key = options.key, .dtype = DType::boolean, .first = static_cast<std::uint64_t>(first)});
  return kept_and_scaled(x, kept, rate == 1 ? 0 : 1 / (1 - rate));
}

}  // namespace xtape
