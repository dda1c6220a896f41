// AUC: the area under a curve of rates.
#pragma once
#include <xtape/optim/metrics/confusion.hpp>

namespace xtape::metrics {

struct AUCConfig {
  Index num_thresholds = 200;
  std::string curve = "ROC";
  std::string summation_method = "interpolation";
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<std::vector<double>> thresholds = {};
  bool multi_label = false;
  std::optional<Index> num_labels = {};
  std::optional<std::vector<double>> label_weights = {};
  bool from_logits = false;
  static constexpr auto fields() {
    using C = AUCConfig;
    return metric_fields<C>(
        Field{"num_thresholds", &C::num_thresholds, "How many thresholds are tried, evenly from 0 to 1."},
        Field{"curve", &C::curve, "ROC, PR or PRGAIN."},
        Field{"summation_method", &C::summation_method, "interpolation, minoring or majoring."},
        Field{"thresholds", &C::thresholds, "Thresholds in [0, 1] instead; the two ends are added."},
        Field{"multi_label", &C::multi_label, "Whether each label has a curve, and the areas are averaged."},
        Field{"num_labels", &C::num_labels, "With multi_label, how many labels there are."},
        Field{
            "label_weights", &C::label_weights, "What each label counts in the average, or else each entry."},
        Field{"from_logits", &C::from_logits, "Whether y_pred holds logits: their sigmoid is taken."});
  }
};

/// The area under the curve of y over x while the threshold falls from 1 to 0, as a sum over the intervals between thresholds:
///
///     curve     x                                y
///     ROC       fp / (fp + tn)                   recall, tp / (tp + fn)
///     PR        recall                           precision, tp / (tp + fp)
///     PRGAIN    1 - r fn / tp, at least 0        1 - r fp / tp        r: true entries for each other one
///
/// An interval's height is the mean of its ends (interpolation), the smaller (minoring) or the larger one (majoring); for PR
/// with interpolation tp and fp are interpolated instead, which is no straight line (Davis and Goadrich, "The Relationship
/// Between Precision-Recall and ROC Curves", 2006). Flach and Kull, "Precision-Recall-Gain Curves", 2015; PRGAIN is not in
/// TF 2.4. https://keras.io/api/metrics/classification_metrics/#auc-class
class AUC final : public MetricOf<AUC, AUCConfig, ConfusionMetric> {
 public:
  static constexpr std::string_view class_name = "AUC";
  /// Throws ValueError for an unknown curve or method, fewer than two thresholds, thresholds outside [0, 1], and num_labels
  /// without multi_label.
  explicit AUC(Config config);
  AUC() : AUC(Config{}) {}
  Json get_config() const override;

 protected:
  Tensor prepared(const Tensor& y_pred) const override;
  Tensor value() const override;

 private:
  enum class Curve { ROC, PR, PRGAIN } curve_;
  enum class Summation { interpolation, minoring, majoring } summation_;
};

extern template class MetricOf<AUC, AUCConfig, ConfusionMetric>;

}  // namespace xtape::metrics
