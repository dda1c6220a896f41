// CTC: the probability of a sequence of labels, summed over all ways in which steps can spell it, and its gradient.
#pragma once
#include <cstdint>

#include <xtape/core/shape.hpp>

namespace xtape::kernels {

struct CtcSizes {
  Index samples, steps, classes, labels, blank;
};

/// loss[n] = -ln P(the first label_lengths[n] of labels[n]) for log_p (samples, steps, classes), of which the first
/// input_lengths[n] steps count. Infinite where no way exists.
template <class T>
void ctc_loss(const T* log_p, const std::int64_t* labels, const std::int64_t* label_lengths,
    const std::int64_t* input_lengths, T* loss, const CtcSizes& sizes);

/// u[n, t, k] = g[n] times the derivative of loss[n] by log_p[n, t, k]: minus the probability that step t is k, given the
/// labels. 0 where the loss is infinite.
template <class T>
void ctc_loss_grad(const T* g, const T* log_p, const std::int64_t* labels, const std::int64_t* label_lengths,
    const std::int64_t* input_lengths, T* u, const CtcSizes& sizes);

}  // namespace xtape::kernels
