#include <algorithm>
#include <cctype>

#include <xtape/optim/metrics/accuracy.hpp>
#include <xtape/optim/metrics/auc.hpp>
#include <xtape/optim/metrics/correlation.hpp>
#include <xtape/optim/metrics/f_score.hpp>
#include <xtape/optim/metrics/iou.hpp>
#include <xtape/optim/metrics/mean.hpp>
#include <xtape/optim/metrics/probabilistic.hpp>
#include <xtape/optim/metrics/registry.hpp>
#include <xtape/optim/metrics/regression.hpp>
#include <xtape/optim/metrics/trade_off.hpp>

namespace xtape {

const Registry<AnyMetric>& metric_registry() {
  static const auto registry = [] {
    auto r = Registry<AnyMetric>::of<metrics::Accuracy, metrics::AUC, metrics::BinaryAccuracy,
        metrics::BinaryCrossentropy, metrics::BinaryIoU, metrics::CategoricalAccuracy,
        metrics::CategoricalCrossentropy, metrics::CategoricalHinge, metrics::ConcordanceCorrelation,
        metrics::CosineSimilarity, metrics::F1Score, metrics::FalseNegatives, metrics::FalsePositives,
        metrics::FBetaScore, metrics::Hinge, metrics::IoU, metrics::KLDivergence, metrics::LogCoshError,
        metrics::Mean, metrics::MeanAbsoluteError, metrics::MeanAbsolutePercentageError, metrics::MeanIoU,
        metrics::MeanSquaredError, metrics::MeanSquaredLogarithmicError, metrics::OneHotIoU,
        metrics::OneHotMeanIoU, metrics::PearsonCorrelation, metrics::Poisson, metrics::Precision,
        metrics::PrecisionAtRecall, metrics::R2Score, metrics::Recall, metrics::RecallAtPrecision,
        metrics::RootMeanSquaredError, metrics::SensitivityAtSpecificity, metrics::SparseCategoricalAccuracy,
        metrics::SparseCategoricalCrossentropy, metrics::SparseTopKCategoricalAccuracy,
        metrics::SpecificityAtSensitivity, metrics::SquaredHinge, metrics::Sum,
        metrics::TopKCategoricalAccuracy, metrics::TrueNegatives, metrics::TruePositives>();
    for (const auto& [name, class_name] :
        {std::pair{"bce", "BinaryCrossentropy"}, {"BCE", "BinaryCrossentropy"}, {"logcosh", "LogCoshError"},
            {"mae", "MeanAbsoluteError"}, {"MAE", "MeanAbsoluteError"},
            {"mape", "MeanAbsolutePercentageError"}, {"MAPE", "MeanAbsolutePercentageError"},
            {"mse", "MeanSquaredError"}, {"MSE", "MeanSquaredError"}, {"msle", "MeanSquaredLogarithmicError"},
            {"MSLE", "MeanSquaredLogarithmicError"}})
      r.alias(name, class_name);
    return r;
  }();
  return registry;
}

namespace {

/// The accuracy that the shapes ask for: see AnyMetric.
Tensor accuracy_by_shape(const Tensor& y_true, const Tensor& y_pred) {
  require(y_pred.rank() >= 1, "accuracy", "y_pred must have an axis of classes (received ", describe(y_pred),
      ")");
  if (y_pred.dim(-1) == 1) return metrics::binary_accuracy(y_true, y_pred);
  const bool sparse = y_true.rank() < y_pred.rank() || y_true.dim(-1) == 1;
  return sparse ? metrics::sparse_categorical_accuracy(y_true, y_pred)
                : metrics::categorical_accuracy(y_true, y_pred);
}

AnyMetric metric_by_name(const std::string& name) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
      [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "accuracy" || lower == "acc") return metrics::MeanMetricWrapper(accuracy_by_shape, name);
  if (lower == "crossentropy" || lower == "ce") return metrics::MeanMetricWrapper(crossentropy, name);
  return metric_registry().make(name, {{"name", name}}, "metric");
}

}  // namespace

AnyMetric::AnyMetric(const std::string& name) : AnyMetric(metric_by_name(name)) {}

AnyMetric AnyMetric::from_function(std::function<Tensor(const Tensor&, const Tensor&)> function) {
  return metrics::MeanMetricWrapper(std::move(function));
}

}  // namespace xtape
