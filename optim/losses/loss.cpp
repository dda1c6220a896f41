#include <algorithm>
#include <array>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/optim/losses/loss.hpp>
#include <xtape/optim/losses/registry.hpp>

namespace xtape {
namespace {

constexpr std::array reduction_names{std::string_view("sum_over_batch_size"), std::string_view("sum"),
    std::string_view("mean"), std::string_view("mean_with_sample_weight"), std::string_view("none")};

/// A last axis of length 1 on one side is dropped, or put on the other where that is a plain list.
void squeeze_or_expand(Tensor& a, Tensor& b) {
  if (a.rank() == b.rank() + 1 && a.dim(-1) == 1) {
    if (b.rank() == 1) {
      b = expand_dims(b, -1);
    } else {
      a = squeeze(a, -1);
    }
  } else if (b.rank() == a.rank() + 1 && b.dim(-1) == 1) {
    squeeze_or_expand(b, a);
  }
}

/// One weight a sample, or a step, serves all its values.
Tensor expanded_to(Tensor w, Index rank) {
  while (w.rank() < rank && w.rank() > 0) w = expand_dims(w, -1);
  return w;
}

}  // namespace

Reduction reduction_from_name(std::string_view name) {
  const auto found = std::find(reduction_names.begin(), reduction_names.end(), name);
  require(found != reduction_names.end(), "Loss",
      "reduction must be one of sum_over_batch_size, sum, mean, mean_with_sample_weight, none (received \"",
      name, "\")");
  return static_cast<Reduction>(found - reduction_names.begin());
}

std::string_view name(Reduction reduction) { return reduction_names[static_cast<std::size_t>(reduction)]; }

Tensor masked_weight(const Tensor& sample_weight, const Tensor& mask, DType dtype) {
  if (!mask) return sample_weight;
  Tensor m = cast(mask, dtype);
  if (!sample_weight) return m;
  Tensor w = cast(sample_weight, dtype);
  squeeze_or_expand(m, w);
  return multiply(m, expanded_to(w, m.rank()));
}

Tensor reduce_weighted_values(
    const Tensor& values, const Tensor& sample_weight, Reduction reduction, const Tensor& mask) {
  Tensor v = values, w = masked_weight(sample_weight, mask, values.dtype());
  if (w) {
    w = cast(w, v.dtype());
    squeeze_or_expand(v, w);
    w = expanded_to(w, v.rank());
    v = multiply(v, w);
  }
  if (reduction == Reduction::none || v.rank() == 0) return v;
  const Tensor total = sum(v);
  if (reduction == Reduction::sum) return total;
  if (reduction == Reduction::mean_with_sample_weight && w) {
    const double weights = sum(broadcast_to(w, v.shape()).detached()).item();
    return weights == 0 ? multiply(total, 0) : divide(total, weights);
  }
  if (mask) {  // as many of the values count as entries of the mask
    const double valid = sum(cast(mask, v.dtype())).item(), entries = static_cast<double>(mask.size());
    return valid == 0 ? multiply(total, 0) : multiply(total, entries / valid / static_cast<double>(v.size()));
  }
  return v.size() == 0 ? total : divide(total, v.size());
}

Tensor Loss::operator()(
    const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight, const Tensor& mask) const {
  Tensor truth = y_true, prediction = y_pred;
  squeeze_or_expand(truth, prediction);
  return reduce_weighted_values(call(truth, prediction), sample_weight, reduction_, mask);
}

namespace {

/// A loss given as a function of (y_true, y_pred).
class LossFunctionWrapper final : public Loss {
 public:
  using Function = std::function<Tensor(const Tensor&, const Tensor&)>;
  explicit LossFunctionWrapper(Function function)
      : Loss("loss_function_wrapper", Reduction::sum_over_batch_size), function_(std::move(function)) {}
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override { return function_(y_true, y_pred); }
  std::string_view type_name() const override { return "LossFunctionWrapper"; }
  Json get_config() const override {
    throw ValueError("loss: a plain function has no config; derive a class from Loss");
  }

 private:
  Function function_;
};

}  // namespace

AnyLoss::AnyLoss(const std::string& name) : AnyLoss(loss_registry().make(name, Json::object(), "loss")) {}

AnyLoss AnyLoss::from_function(std::function<Tensor(const Tensor&, const Tensor&)> function) {
  return LossFunctionWrapper(std::move(function));
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
