#include <algorithm>
#include <cmath>

#include <xtape/core/kernels/updates.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/optim/optimizers/adafactor.hpp>
#include <xtape/optim/optimizers/optimizer_config_impl.hpp>

namespace xtape {

namespace {

double root_mean_square(const Tensor& x) {
  if (x.size() == 0) return 0;
  const double squares = dispatch_floating(
      x.dtype(), "Adafactor", [&]<class T>() { return kernels::sum_of_squares(x.data<T>(), x.size()); });
  return std::sqrt(squares / static_cast<double>(x.size()));
}

/// average = keep average + (1 - keep) x
void follow(const Variable& average, const Tensor& x, double keep) {
  dispatch_floating(x.dtype(), "Adafactor",
      [&]<class T>() { kernels::moving_average(average.mutable_data<T>(), x.data<T>(), x.size(), keep); });
}

}  // namespace

Optimizer::Slots Adafactor::new_slots(const Variable& variable) const {
  const Shape& shape = variable.shape();
  if (shape.rank() < 2) return {new_slot(variable, "velocity")};
  Shape rows, columns;
  for (Index axis = 0; axis < shape.rank(); ++axis) {
    if (axis != shape.rank() - 1) rows.push_back(shape.dim(axis));
    if (axis != shape.rank() - 2) columns.push_back(shape.dim(axis));
  }
  return {Variable(zeros(rows, variable.dtype()), variable.name() + "_r", false),
      Variable(zeros(columns, variable.dtype()), variable.name() + "_c", false)};
}

void Adafactor::update(const Variable& variable, const Tensor& gradient, const Slots& slots,
    double learning_rate, std::int64_t step) const {
  const Config& c = config();
  const double t = static_cast<double>(step), keep = 1 - std::pow(t, c.beta_2_decay);
  const Tensor q = add(square(gradient), c.epsilon_1);
  Tensor v;
  if (slots.size() == 1) {
    follow(slots[0], q, keep);
    v = slots[0].current();
  } else {
    follow(slots[0], mean(q, -1), keep);
    follow(slots[1], mean(q, -2), keep);
    const Tensor& r = slots[0].current();
    v = multiply(expand_dims(divide(r, mean(r, -1, true)), -1), expand_dims(slots[1].current(), -2));
  }
  const Tensor u = divide(gradient, sqrt(v));
  const double clipped = std::max(1.0, root_mean_square(u) / c.clip_threshold);
  const double rate =
      std::max(c.epsilon_2, root_mean_square(variable.current())) * std::min(learning_rate, 1 / std::sqrt(t));
  dispatch_floating(variable.dtype(), class_name,
      [&]<class T>() { kernels::sgd(variable.mutable_data<T>(), u.data<T>(), u.size(), rate / clipped); });
}

template class OptimizerOf<Adafactor, AdafactorConfig>;

}  // namespace xtape
