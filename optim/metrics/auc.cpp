#include <algorithm>
#include <array>
#include <cctype>

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/optim/metrics/auc.hpp>
#include <xtape/optim/metrics/metric_config_impl.hpp>

namespace xtape::metrics {
namespace {

constexpr double epsilon = 1e-7;
constexpr std::array<std::string_view, 3> curves{"ROC", "PR", "PRGAIN"},
    summations{"interpolation", "minoring", "majoring"};

/// The place of a name among others; it may begin with another case, or be in lower case.
template <class Names>
int place_of(const std::string& name, const Names& names, std::string_view argument) {
  const auto same = [&](std::string_view known) {
    return std::equal(name.begin(), name.end(), known.begin(), known.end(),
        [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
  };
  const auto found = std::find_if(names.begin(), names.end(), same);
  require(found != names.end(), AUC::class_name, argument, " must be one of ", names[0], ", ", names[1], ", ",
      names[2], " (received \"", name, "\")");
  return static_cast<int>(found - names.begin());
}

/// What stands at the two ends of each interval between thresholds: of (labels, n) the first and the last n - 1.
Tensor lower_end(const Tensor& x) { return slice(x, 1, 0, x.dim(1) - 1); }
Tensor upper_end(const Tensor& x) { return slice(x, 1, 1, x.dim(1)); }

/// The parts of the area under precision over recall where tp and p = tp + fp change evenly: tp = slope p + intercept, and
/// precision integrates to slope p + intercept ln p.
Tensor interpolated_precision(const ConfusionCounts& c) {
  const Tensor& tp = c.true_positives;
  const Tensor p = add(tp, c.false_positives), high = lower_end(p), low = upper_end(p);
  const Tensor tp_gained = subtract(lower_end(tp), upper_end(tp));
  const Tensor slope = divide_or_zero(tp_gained, maximum(subtract(high, low), 0));
  const Tensor intercept = subtract(upper_end(tp), multiply(slope, low));
  const Tensor both = logical_and(greater(high, 0), greater(low, 0));
  const Tensor ratio = where(both, divide_or_zero(high, maximum(low, 0)), 1);
  const Tensor area = multiply(slope, add(tp_gained, multiply(intercept, log(ratio))));
  return divide_or_zero(area, maximum(upper_end(add(tp, c.false_negatives)), 0));
}

/// 1 - r errors / tp
Tensor gain(const ConfusionCounts& c, const Tensor& errors) {
  const Tensor r =
      divide_or_zero(add(c.true_positives, c.false_negatives), add(c.true_negatives, c.false_positives));
  return subtract(1, multiply(r, divide_or_zero(errors, c.true_positives)));
}

}  // namespace

AUC::AUC(Config c)
    : MetricOf(std::move(c)),
      curve_(static_cast<Curve>(place_of(config().curve, curves, "curve"))),
      summation_(
          static_cast<Summation>(place_of(config().summation_method, summations, "summation_method"))) {
  require(config().multi_label || config().num_labels.value_or(0) == 0, class_name,
      "num_labels needs multi_label (received num_labels=", config().num_labels.value_or(0), ")");
  ConfusionRule rule;
  if (config().thresholds) {
    std::vector<double> all{0};
    for (const double t : *config().thresholds) all.push_back(t);
    std::sort(all.begin() + 1, all.end());
    all.push_back(1);
    rule = thresholds_rule(NumberOrList(std::move(all)), 0, class_name);
  } else {
    require(config().num_thresholds >= 2, class_name,
        "num_thresholds must be at least 2 (received num_thresholds=", config().num_thresholds, ")");
    rule.thresholds = linspace(0, 1, config().num_thresholds, true, DType::float64).to_vector();
    rule.even = true;
  }
  rule.open_ends = true;
  rule.thresholds.front() -= epsilon;
  rule.thresholds.back() += epsilon;
  rule.multi_label = config().multi_label;
  if (config().label_weights) rule.label_weights = Tensor::from(*config().label_weights);
  count_by(std::move(rule));
}

Tensor AUC::prepared(const Tensor& y_pred) const {
  require(!config().num_labels || *config().num_labels == 0 ||
              (y_pred.rank() == 2 && y_pred.dim(1) == *config().num_labels),
      class_name, "y_pred must be (N, ", config().num_labels.value_or(0), ") (received ", describe(y_pred),
      ")");
  return config().from_logits ? sigmoid(y_pred) : y_pred;
}

Tensor AUC::value() const {
  const ConfusionCounts& c = counts();
  Tensor areas;
  if (curve_ == Curve::PR && summation_ == Summation::interpolation) {
    areas = interpolated_precision(c);
  } else {
    Tensor x = recall_of(c), y = precision_of(c);
    if (curve_ == Curve::ROC) {
      y = x;
      x = divide_or_zero(c.false_positives, add(c.false_positives, c.true_negatives));
    } else if (curve_ == Curve::PRGAIN) {
      const Tensor none = equal(c.true_positives, 0);
      x = where(none, 0, maximum(gain(c, c.false_negatives), 0));
      y = where(none, 1, gain(c, c.false_positives));
    }
    const Tensor a = lower_end(y), b = upper_end(y);
    const Tensor height = summation_ == Summation::interpolation ? divide(add(a, b), 2)
                          : summation_ == Summation::minoring    ? minimum(a, b)
                                                                 : maximum(a, b);
    areas = multiply(subtract(lower_end(x), upper_end(x)), height);
  }
  const Tensor by_label = sum(areas, 1);
  if (!config().multi_label || !rule().label_weights) return mean(by_label);
  return divide_or_zero(sum(multiply(by_label, rule().label_weights)), sum(rule().label_weights));
}

Json AUC::get_config() const {
  Json out = MetricOf::get_config();
  out["curve"] = curves[static_cast<std::size_t>(curve_)];
  out["summation_method"] = summations[static_cast<std::size_t>(summation_)];
  out["num_thresholds"] = rule().thresholds.size();
  if (!config().thresholds) out.erase("thresholds");
  return out;
}

template class MetricOf<AUC, AUCConfig, ConfusionMetric>;

}  // namespace xtape::metrics
