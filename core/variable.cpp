#include <algorithm>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/core/variable.hpp>

namespace xtape {

Variable::Variable() : state_(std::make_shared<State>()) {}

Variable::Variable(const Tensor& initial_value, std::string name, bool trainable) : Variable() {
  build(initial_value, std::move(name), trainable);
}

void Variable::build(const Tensor& initial_value, std::string name, bool trainable) const {
  if (is_built())
    throw StateError(concat("Variable: \"", state_->name, "\" has a value already; use assign"));
  state_->value = initial_value.with_id(state_->id);
  state_->name = std::move(name);
  state_->trainable = trainable;
}

const Tensor& Variable::current() const {
  if (!is_built()) throw StateError("Variable: it has no value yet; build the layer that owns it first");
  return state_->value;
}

const Tensor& Variable::value() const {
  const Tensor& v = current();
  if (state_->trainable && GradientTape::innermost()) GradientTape::variable_read(v);
  return v;
}

void Variable::assign(const Tensor& value) const {
  const Tensor& before = current();
  require(value.shape() == before.shape(), "Variable.assign", "the shape of \"", state_->name,
      "\" must stay ", before.shape(), " (received ", value.shape(), ")");
  const bool gives_way = value.is_weak() && is_floating(value.dtype()) <= is_floating(before.dtype());
  if (value.dtype() != before.dtype() && !gives_way) {
    throw TypeError(concat("Variable.assign: the dtype of \"", state_->name, "\" must stay ", before.dtype(),
        " (received ", value.dtype(), ")"));
  }
  state_->value = (value.dtype() == before.dtype() ? value : cast(value, before.dtype())).with_id(state_->id);
}

void Variable::assign_add(const Tensor& delta) const { assign(add(current().detached(), delta)); }
void Variable::assign_sub(const Tensor& delta) const { assign(subtract(current().detached(), delta)); }

void Variable::make_sole_owner() const {
  const Tensor& v = current();
  if (v.is_sole_owner()) return;
  const Tensor copy = dispatch(v.dtype(), [&]<class T>() {
    const Tensor c = Tensor::empty(v.shape(), v.dtype());
    std::copy_n(v.data<T>(), v.size(), c.mutable_data<T>());
    return c;
  });
  state_->value = copy.with_id(state_->id);
}

}  // namespace xtape
