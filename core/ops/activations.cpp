// The activations that are a short formula of other ops; they stand on tapes as those ops.
#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/reduce.hpp>

namespace xtape {

Tensor relu6(const Tensor& x) { return relu(x, {.max_value = 6}); }

Tensor leaky_relu(const Tensor& x, double negative_slope) {
  return relu(x, {.negative_slope = negative_slope});
}

Tensor celu(const Tensor& x, double alpha) {
  require(alpha != 0, "celu", "alpha must not be 0 (received alpha=0)");
  if (alpha == 1) return elu(x);
  return multiply(elu(divide(x, alpha)), alpha);
}

Tensor mish(const Tensor& x) { return multiply(x, tanh(softplus(x))); }

Tensor glu(const Tensor& x, Index axis) {
  const Index length = x.dim(normalize_axis(axis, x.rank(), "glu"));
  require(length % 2 == 0, "glu", "axis ", axis, " must have an even number of entries (received x ",
      x.shape(), ")");
  const auto halves = split(x, 2, axis);
  return multiply(halves[0], sigmoid(halves[1]));
}

Tensor log_sigmoid(const Tensor& x) { return negative(softplus(negative(x))); }

Tensor hard_sigmoid(const Tensor& x) { return divide(relu6(add(x, 3.0)), 6); }

Tensor hard_sigmoid_tf24(const Tensor& x) { return clip(add(multiply(x, 0.2), 0.5), 0, 1); }

Tensor hard_silu(const Tensor& x) { return multiply(x, hard_sigmoid(x)); }

Tensor hard_tanh(const Tensor& x) { return clip(x, -1, 1); }

Tensor tanh_shrink(const Tensor& x) { return subtract(x, tanh(x)); }

Tensor squareplus(const Tensor& x, double b) { return multiply(add(x, sqrt(add(square(x), b))), 0.5); }

Tensor exponential(const Tensor& x) { return exp(x); }

Tensor linear(const Tensor& x) { return x; }

Tensor hard_shrink(const Tensor& x, double threshold) { return where(greater(abs(x), threshold), x, 0.0); }

Tensor soft_shrink(const Tensor& x, double threshold) { return subtract(x, clip(x, -threshold, threshold)); }

Tensor threshold(const Tensor& x, double threshold, double default_value) {
  return where(greater(x, threshold), x, default_value);
}

Tensor sparse_plus(const Tensor& x) {
  // The square is taken of what lies within [-1, 1], so that it cannot overflow beyond.
  const Tensor bent = multiply(square(add(clip(x, -1, 1), 1.0)), 0.25);
  return where(greater_equal(x, 1.0), x, bent);
}

Tensor softmax(const Tensor& x, const std::vector<Index>& axes) {
  if (axes.size() == 1) return softmax(x, axes[0]);
  return exp(subtract(x, logsumexp(x, axes, true)));
}

Tensor sparse_sigmoid(const Tensor& x) { return clip(multiply(add(x, 1.0), 0.5), 0, 1); }

}  // namespace xtape
