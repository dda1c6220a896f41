// Circle loss: embeddings of one class close together, those of others apart.
#pragma once
#include <xtape/optim/losses/loss_config.hpp>

namespace xtape {

struct CircleOptions {
  /// Other samples to compare with; the batch itself when absent.
  Tensor ref_labels = {}, ref_embeddings = {};
  /// Whether a sample is no pair with itself.
  bool remove_diagonal = true;
  double gamma = 80, margin = 0.4;
};
/// softplus(P + N) for each sample, d being 1 - cosine, m the margin:
///     P = ln sum over samples of the same class of exp(-gamma max(m + d, 0) (m - d))
///     N = ln sum over samples of other classes of exp(gamma max(1 + m - d, 0) (1 - m - d))
/// 0 for a sample without any of the one or of the other. y_true: (N,), whole numbers; y_pred: (N, D), vectors of length 1.
/// Throws ValueError for other shapes.
Tensor circle(const Tensor& y_true, const Tensor& y_pred, const CircleOptions& options = {});

struct CircleConfig {
  double gamma = 80, margin = 0.4;
  bool remove_diagonal = true;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = CircleConfig;
    return loss_fields<C>(Field{"gamma", &C::gamma, "The scale of the similarities."},
        Field{"margin", &C::margin,
            "Below this distance samples of other classes count more, those of the same less."},
        Field{"remove_diagonal", &C::remove_diagonal, "Whether a sample is no pair with itself."});
  }
};

/// The mean of softplus(P + N) over the samples that have a loss; see `circle`. Each sample is compared with its whole batch.
/// Sun et al., "Circle Loss: A Unified Perspective of Pair Similarity Optimization", 2020. Not in TF 2.4.
/// https://keras.io/api/losses/
class Circle final : public LossOf<Circle, CircleConfig> {
 public:
  static constexpr std::string_view class_name = "Circle";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  /// Those above 0.
  Tensor valid(const Tensor& y_true, const Tensor& values) const override;
  bool mixes_samples() const override { return true; }
};

extern template class LossOf<Circle, CircleConfig>;

}  // namespace xtape
