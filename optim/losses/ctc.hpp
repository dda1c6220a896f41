// CTC: a loss for sequences whose labels are known but not their times.
#pragma once
#include <xtape/optim/losses/loss_config.hpp>

namespace xtape {

/// -ln of the probability that the steps spell the labels. y_true: (N, labels), whole numbers from 1 on; 0 means no label, and
/// the first k entries of a row count, k being how many of it are not 0. y_pred: (N, steps, classes), logits, class 0 being
/// blank. Gives (N,); infinite where there are too few steps. Throws ValueError for other shapes and labels.
Tensor ctc(const Tensor& y_true, const Tensor& y_pred);

/// Connectionist temporal classification: see ctc. Its gradient comes from one forward-backward pass over the steps.
/// Graves et al., "Connectionist Temporal Classification", 2006. Not a class in TF 2.4. https://keras.io/api/losses/
class CTC final : public LossOf<CTC> {
 public:
  static constexpr std::string_view class_name = "CTC";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override { return ctc(y_true, y_pred); }
};

extern template class LossOf<CTC>;

}  // namespace xtape
