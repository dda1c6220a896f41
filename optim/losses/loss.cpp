#include <algorithm>
#include <cctype>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/optim/losses/crossentropy.hpp>
#include <xtape/optim/losses/loss.hpp>
#include <xtape/optim/losses/registry.hpp>

namespace xtape {

Loss::Values Loss::values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const {
  const auto prepared = [&](const Tensor& t) { return dtype_ ? cast(t, *dtype_) : t; };
  const Tensor truth = prepared(y_true), values = call(truth, prepared(y_pred));
  const Tensor counted = valid(truth, values);
  return {values, mask && counted ? logical_and(mask, counted) : mask ? mask : counted};
}

Tensor Loss::operator()(
    const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight, const Tensor& mask) const {
  const Values v = values(y_true, y_pred, mask);
  return reduce_weighted_values(v.values, sample_weight, reduction_, v.mask);
}

Loss::Quotient Loss::quotient(
    const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight, const Tensor& mask) const {
  const Values v = values(y_true, y_pred, mask);
  const WeightedValues w = weigh(v.values, sample_weight, v.mask, reduction_);
  if (w.values.rank() == 0) {  // a mean over the samples, as far as anybody can know
    const auto samples = static_cast<double>(y_pred.rank() == 0 ? 1 : y_pred.dim(0));
    return {multiply(w.values, samples), samples};
  }
  const Tensor total = sum(w.values);
  if (reduction_ == Reduction::none || reduction_ == Reduction::sum) return {total, {}};
  return {w.count == 0 ? multiply(total, 0) : total, w.count, w.masked};
}

namespace {

using LossFunction = std::function<Tensor(const Tensor&, const Tensor&)>;

/// A loss given as a function of (y_true, y_pred).
class LossFunctionWrapper final : public Loss {
 public:
  LossFunctionWrapper(std::string name, LossFunction function, bool mixes_samples)
      : Loss(std::move(name), Reduction::sum_over_batch_size),
        function_(std::move(function)),
        mixes_samples_(mixes_samples) {}
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    Tensor truth = y_true, prediction = y_pred;
    match_ranks(truth, prediction);
    return function_(truth, prediction);
  }
  bool mixes_samples() const override { return mixes_samples_; }
  std::string_view type_name() const override { return "LossFunctionWrapper"; }
  Json get_config() const override {
    throw ValueError(concat(name(), ": a plain function has no config; derive a class from Loss"));
  }

 private:
  LossFunction function_;
  bool mixes_samples_;
};

AnyLoss loss_by_name(const std::string& name) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
      [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "crossentropy" || lower == "ce") return LossFunctionWrapper(name, crossentropy, false);
  return loss_registry().make(name, Json::object(), "loss");
}

}  // namespace

AnyLoss::AnyLoss(const std::string& name) : AnyLoss(loss_by_name(name)) {}

AnyLoss AnyLoss::from_function(LossFunction function) {
  // Nothing is known of it, so it gets whole batches.
  return LossFunctionWrapper("loss", std::move(function), true);
}

AnyLoss AnyLoss::from_json(const Json& json) {
  if (json.is_string()) return AnyLoss(json.get<std::string>());
  if (!json.is_object() || !json.contains("class_name"))
    throw ValueError(
        concat("loss: must be a name or an object with class_name and config (received ", json.dump(), ")"));
  return loss_registry().make(json["class_name"].get<std::string>(),
      json.contains("config") ? json["config"] : Json::object(), "loss");
}

}  // namespace xtape
