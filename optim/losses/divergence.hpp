// Losses between distributions and between counts. https://keras.io/api/losses/probabilistic_losses/
//
// t: y_true, p: y_pred, both of shape (N, ..., C). Both throw ValueError for shapes that cannot be broadcast.
#pragma once
#include <xtape/optim/losses/loss_config.hpp>

namespace xtape {

/// sum t ln(t / p), where numbers are held within [1e-7, 1]
Tensor kl_divergence(const Tensor& y_true, const Tensor& y_pred);
/// mean p - t ln(p + 1e-7)
Tensor poisson(const Tensor& y_true, const Tensor& y_pred);

/// The sum over the last axis of y_true ln(y_true / y_pred): how much longer messages get that are written for y_pred.
/// Kullback and Leibler, "On Information and Sufficiency", 1951.
class KLDivergence final : public LossOf<KLDivergence> {
 public:
  static constexpr std::string_view class_name = "KLDivergence";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return kl_divergence(y_true, y_pred);
  }
  bool is_step_by_step() const override { return true; }
};

/// The mean of y_pred - y_true ln y_pred: minus the log-likelihood of counts y_true whose expected values are y_pred, but for
/// ln y_true!, which no prediction changes.
class Poisson final : public LossOf<Poisson> {
 public:
  static constexpr std::string_view class_name = "Poisson";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override { return poisson(y_true, y_pred); }
  bool is_step_by_step() const override { return true; }
};

extern template class LossOf<KLDivergence>;
extern template class LossOf<Poisson>;

}  // namespace xtape
