// Losses of classifiers that are to keep a margin. https://keras.io/api/losses/hinge_losses/
//
// t: y_true, p: y_pred, both of shape (N, ..., C). All throw ValueError for shapes that cannot be broadcast.
#pragma once
#include <xtape/optim/losses/loss_config.hpp>

namespace xtape {

/// mean max(1 - t p, 0), t being -1 or 1; a t of zeros and ones only is taken as -1 and 1
Tensor hinge(const Tensor& y_true, const Tensor& y_pred);
/// mean max(1 - t p, 0)^2, t as in hinge
Tensor squared_hinge(const Tensor& y_true, const Tensor& y_pred);
/// max(1 + n - s, 0), s being p of the true class and n the largest p of the others, t one-hot. As in Keras,
/// n = max (1 - t) p, so it is at least 0.
Tensor categorical_hinge(const Tensor& y_true, const Tensor& y_pred);

/// The mean of max(1 - y_true y_pred, 0), with y_true -1 or 1 (or 0 and 1).
class Hinge final : public LossOf<Hinge> {
 public:
  static constexpr std::string_view class_name = "Hinge";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override { return hinge(y_true, y_pred); }
  bool is_step_by_step() const override { return true; }
};

/// The mean of max(1 - y_true y_pred, 0)^2, with y_true -1 or 1 (or 0 and 1).
class SquaredHinge final : public LossOf<SquaredHinge> {
 public:
  static constexpr std::string_view class_name = "SquaredHinge";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return squared_hinge(y_true, y_pred);
  }
  bool is_step_by_step() const override { return true; }
};

/// max(1 + n - s, 0): the score s of the true class should pass the best other score n by 1. y_true is one-hot.
class CategoricalHinge final : public LossOf<CategoricalHinge> {
 public:
  static constexpr std::string_view class_name = "CategoricalHinge";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return categorical_hinge(y_true, y_pred);
  }
  bool is_step_by_step() const override { return true; }
};

extern template class LossOf<Hinge>;
extern template class LossOf<SquaredHinge>;
extern template class LossOf<CategoricalHinge>;

}  // namespace xtape
