// Losses of overlap, for masks of segments.
//
// t: y_true, p: y_pred, both of one shape; the sums run over `axis`, all axes when it is absent: then the loss is one number
// for the batch. Both throw ValueError for shapes that cannot be broadcast.
#pragma once
#include <xtape/core/ops/reduce.hpp>
#include <xtape/optim/losses/loss_config.hpp>

namespace xtape {

/// 1 - 2 sum t p / (sum t + sum p + 1e-7)
Tensor dice(const Tensor& y_true, const Tensor& y_pred, const Axes& axis = {});
/// 1 - i / (i + alpha sum (1 - t) p + beta sum t (1 - p) + 1e-7), i being sum t p
Tensor tversky(
    const Tensor& y_true, const Tensor& y_pred, double alpha = 0.5, double beta = 0.5, const Axes& axis = {});

struct DiceConfig {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = {};
  Axes axis = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = DiceConfig;
    return loss_fields<C>(Field{"axis", &C::axis, "The axes that are summed over; all when absent."});
  }
};

/// 1 - 2 |t p| / (|t| + |p|): no overlap gives 1, agreement 0.
/// Milletari, Navab and Ahmadi, "V-Net: Fully Convolutional Neural Networks for Volumetric Medical Image Segmentation",
/// 2016. Not in TF 2.4. https://keras.io/api/losses/regression_losses/
class Dice final : public LossOf<Dice, DiceConfig> {
 public:
  static constexpr std::string_view class_name = "Dice";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return dice(y_true, y_pred, config().axis);
  }
  bool mixes_samples() const override { return true; }
};

struct TverskyConfig {
  double alpha = 0.5, beta = 0.5;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = {};
  Axes axis = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = TverskyConfig;
    return loss_fields<C>(Field{"alpha", &C::alpha, "The weight of what is predicted and not true."},
        Field{"beta", &C::beta, "The weight of what is true and not predicted."},
        Field{"axis", &C::axis, "The axes that are summed over; all when absent."});
  }
};

/// Dice with a weight for each of the two errors; alpha = beta = 1/2 is Dice.
/// Salehi, Erdogmus and Gholipour, "Tversky Loss Function for Image Segmentation Using 3D Fully Convolutional Deep Networks",
/// 2017. Not in TF 2.4. https://keras.io/api/losses/regression_losses/
class Tversky final : public LossOf<Tversky, TverskyConfig> {
 public:
  static constexpr std::string_view class_name = "Tversky";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return tversky(y_true, y_pred, config().alpha, config().beta, config().axis);
  }
  bool mixes_samples() const override { return true; }
};

extern template class LossOf<Dice, DiceConfig>;
extern template class LossOf<Tversky, TverskyConfig>;

}  // namespace xtape
