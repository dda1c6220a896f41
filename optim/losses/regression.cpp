#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/optim/losses/regression.hpp>

namespace xtape {
namespace {

Tensor difference(const Tensor& y_true, const Tensor& y_pred, std::string_view owner) {
  require(
      y_pred.rank() >= 1, owner, "y_pred must have at least one axis (received shape ", y_pred.shape(), ")");
  broadcast_shapes(y_true.shape(), y_pred.shape(), owner);
  return subtract(y_pred, cast(y_true, y_pred.dtype()));
}

Json config_of(const Loss& loss) {
  return {{"name", loss.name()}, {"reduction", std::string(name(loss.reduction()))}};
}

}  // namespace

Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred) {
  const Tensor d = difference(y_true, y_pred, "mean_squared_error");
  return mean(square(d), -1);
}

Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred) {
  const Tensor d = difference(y_true, y_pred, "mean_absolute_error");
  return mean(abs(d), -1);
}

Json MeanSquaredError::get_config() const { return config_of(*this); }
Json MeanAbsoluteError::get_config() const { return config_of(*this); }

}  // namespace xtape
