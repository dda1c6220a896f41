// Activations and dropout, under Keras's names and with Keras 3's formulas and defaults
// (https://keras.io/api/layers/activations); x may have any shape. Integers are taken as real numbers of the default
// dtype. Where a function has a kink, its gradient there is TensorFlow's: what stands at each function.
#pragma once
#include <optional>
#include <vector>

#include <xtape/core/random.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape {

struct ReluOptions {
  double negative_slope = 0;
  std::optional<double> max_value = {};
  double threshold = 0;
};
/// y = min(x, max_value) for x > threshold, else negative_slope (x - threshold). Where there is a max_value, a negative x
/// above a negative threshold gives 0.
/// The gradient at the threshold is negative_slope, at max_value 0. Throws ValueError for a negative max_value.
Tensor relu(const Tensor& x, const ReluOptions& options = {});
/// y = min(max(x, 0), 6)
Tensor relu6(const Tensor& x);
/// y = x for x > 0, else negative_slope x; the gradient at 0 is negative_slope.
Tensor leaky_relu(const Tensor& x, double negative_slope = 0.2);
/// y = x for x > 0, else alpha (e^x - 1); the gradient at 0 is alpha.
Tensor elu(const Tensor& x, double alpha = 1);
/// y = scale elu(x, alpha) with the alpha = 1.673... and scale = 1.050... under which mean 0 and variance 1 stay
/// (Klambauer et al., "Self-Normalizing Neural Networks", 2017).
Tensor selu(const Tensor& x);
/// y = x for x > 0, else alpha (e^(x / alpha) - 1); smooth. Throws ValueError for alpha 0.
Tensor celu(const Tensor& x, double alpha = 1);

/// y = x P(Z < x) for a standard normal Z; approximate: x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.
Tensor gelu(const Tensor& x, bool approximate = false);
/// y = x sigmoid(x), also called swish
Tensor silu(const Tensor& x);
inline Tensor swish(const Tensor& x) { return silu(x); }
/// y = x tanh(softplus(x))
Tensor mish(const Tensor& x);
/// y = a sigmoid(b), a and b being the two halves of x along the axis. Throws ValueError for an odd number of entries.
Tensor glu(const Tensor& x, Index axis = -1);

/// y = 1 / (1 + e^-x)
Tensor sigmoid(const Tensor& x);
/// y = ln sigmoid(x)
Tensor log_sigmoid(const Tensor& x);
/// y = relu6(x + 3) / 6: Keras 3's. The gradient at both kinks is 0.
Tensor hard_sigmoid(const Tensor& x);
/// y = clip(0.2 x + 0.5, 0, 1): TensorFlow 2.4's hard_sigmoid. The gradient at both kinks is 0.2.
Tensor hard_sigmoid_tf24(const Tensor& x);
/// y = x hard_sigmoid(x), also called hard_swish
Tensor hard_silu(const Tensor& x);
inline Tensor hard_swish(const Tensor& x) { return hard_silu(x); }
/// y = clip(x, -1, 1); the gradient at both kinks is 1. (tanh itself is in elementwise.hpp.)
Tensor hard_tanh(const Tensor& x);
/// y = x - tanh(x)
Tensor tanh_shrink(const Tensor& x);

/// y = ln(1 + e^x)
Tensor softplus(const Tensor& x);
/// y = x / (1 + |x|)
Tensor softsign(const Tensor& x);
/// y = (x + sqrt(x^2 + b)) / 2
Tensor squareplus(const Tensor& x, double b = 4);
/// y = e^x
Tensor exponential(const Tensor& x);
/// y = x
Tensor linear(const Tensor& x);

/// y = x where |x| > threshold, else 0; the gradient at the jumps is 0.
Tensor hard_shrink(const Tensor& x, double threshold = 0.5);
/// y = x moved towards 0 by threshold, 0 if it is not so far away; the gradient at both kinks is 0.
Tensor soft_shrink(const Tensor& x, double threshold = 0.5);
/// y = x where x > threshold, else default_value; the gradient at the jump is 0.
Tensor threshold(const Tensor& x, double threshold, double default_value);
/// y = 0 for x <= -1, (x + 1)^2 / 4 up to 1, x beyond
Tensor sparse_plus(const Tensor& x);
/// y = clip((x + 1) / 2, 0, 1); the gradient at both kinks is 1/2.
Tensor sparse_sigmoid(const Tensor& x);

/// y = e^x / the sum of e^x along the axis. Throws ValueError for an axis that x does not have.
Tensor softmax(const Tensor& x, Index axis = -1);
/// The same with the sum over several axes.
Tensor softmax(const Tensor& x, const std::vector<Index>& axes);
/// y = ln softmax(x)
Tensor log_softmax(const Tensor& x, Index axis = -1);
/// y = the point nearest to x whose entries along the axis are >= 0 and sum to 1; many of them are 0 (Martins and Astudillo,
/// "From Softmax to Sparsemax", 2016). At its kinks the gradient is that of the smaller support.
Tensor sparsemax(const Tensor& x, Index axis = -1);

struct DropoutOptions {
  /// The stream of random numbers; a new one of the global seed when absent.
  std::optional<RandomKey> key = {};
  /// The shape of the mask, which is repeated along axes of length 1; None is the length of x there. That of x when absent.
  std::optional<Shape> noise_shape = {};
  /// The place of x's first sample in the batch it was cut from. A sample's mask depends on its own place alone, so that the
  /// result does not depend on the cutting.
  Index first_sample = 0;
};
/// y = x / (1 - rate) with probability 1 - rate, else 0, drawn for each element (Srivastava et al., "Dropout", 2014).
/// The first axis is the samples'. Throws ValueError unless 0 <= rate <= 1, and for a noise_shape that cannot be repeated
/// to the shape of x.
Tensor dropout(const Tensor& x, double rate, const DropoutOptions& options = {});

}  // namespace xtape
