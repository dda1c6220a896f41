#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/optim/losses/circle.hpp>
#include <xtape/optim/losses/loss_config_impl.hpp>

namespace xtape {
namespace {

/// ln of the sum of e^x over the pairs that `chosen` names. Without any it is so low that softplus makes 0 of it.
Tensor log_sum_of(const Tensor& x, const Tensor& chosen) { return logsumexp(where(chosen, x, -1e30), 1); }

Tensor labels_of(const Tensor& labels, Index samples) {
  require(labels.size() == samples, "circle", "y_true must hold one label a sample, ", samples, " (received ",
      describe(labels), ")");
  return reshape(cast(labels, DType::int64), {samples});
}

}  // namespace

Tensor circle(const Tensor& y_true, const Tensor& y_pred, const CircleOptions& o) {
  const Tensor& others = o.ref_embeddings ? o.ref_embeddings : y_pred;
  require(y_pred.rank() == 2 && others.rank() == 2 && y_pred.dim(1) == others.dim(1), "circle",
      "y_pred and ref_embeddings must be (samples, features) (received ", describe(y_pred), ", ",
      describe(others), ")");
  const Tensor labels = labels_of(y_true, y_pred.dim(0));
  const Tensor other_labels = labels_of(o.ref_labels ? o.ref_labels : labels, others.dim(0));
  const Tensor same = equal(expand_dims(labels, 1), expand_dims(other_labels, 0));
  const Tensor itself = eye(y_pred.dim(0), others.dim(0), 0, DType::boolean);
  const Tensor positive = o.remove_diagonal ? logical_and(same, logical_not(itself)) : same;

  const Tensor distance = maximum(subtract(1, matmul(y_pred, transpose(others))), 0);
  const Tensor attraction = multiply(maximum(add(distance, o.margin), 0), subtract(distance, o.margin));
  const Tensor repulsion =
      multiply(maximum(subtract(1 + o.margin, distance), 0), subtract(1 - o.margin, distance));
  return softplus(add(log_sum_of(multiply(attraction, o.gamma), positive),
      log_sum_of(multiply(repulsion, o.gamma), logical_not(same))));
}

Tensor Circle::call(const Tensor& y_true, const Tensor& y_pred) const {
  return circle(y_true, y_pred,
      {.remove_diagonal = config().remove_diagonal, .gamma = config().gamma, .margin = config().margin});
}

Tensor Circle::valid(const Tensor& /*y_true*/, const Tensor& values) const { return greater(values, 0); }

template class LossOf<Circle, CircleConfig>;

}  // namespace xtape
