// What losses are made of, where ordinary ops would lose digits or pass over memory too often.
//
// Functions of real numbers; integers are taken as real numbers of the default dtype.
#pragma once
#include <xtape/core/tensor.hpp>

namespace xtape {

/// y = ln cosh(x), to full precision near 0 and without overflow
Tensor log_cosh(const Tensor& x);
/// y = x^2 / 2 for |x| <= delta, else delta (|x| - delta / 2): a square with straight ends
Tensor huber(const Tensor& x, double delta);
/// y = -z ln s - (1 - z) ln(1 - s), s being sigmoid(x): how many nats the answer z, 0 or 1 or between, costs one who says 1 with
/// odds e^x. x and z have one shape; throws ValueError otherwise.
Tensor sigmoid_crossentropy(const Tensor& x, const Tensor& z);

struct CtcOptions {
  /// (N,): how many steps of each sample count; all when absent.
  Tensor input_lengths = {};
  /// The number that stands for no label.
  Index blank = 0;
};
/// y[n] = -ln P(labels[n]), the probability that the steps of sample n spell its labels: each step is a label or blank,
/// repeated ones count once, then blanks are dropped (Graves et al., "Connectionist Temporal Classification", 2006).
/// log_probabilities: (N, steps, classes); labels: (N, L), of which the first label_lengths[n] count. The loss is infinite,
/// with gradient 0, where there are too few steps for the labels. Throws ValueError for other shapes, lengths beyond them,
/// and labels that are blank or no class.
Tensor ctc_loss(const Tensor& log_probabilities, const Tensor& labels, const Tensor& label_lengths,
    const CtcOptions& options = {});

}  // namespace xtape
