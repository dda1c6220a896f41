#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/recurrent.hpp>
#include <xtape/layers/activations/activations.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/lstm.hpp>

namespace xtape {

LSTMCell::LSTMCell(Config config)
    : DropoutRNNCell(class_name, config, 4),
      config_(std::move(config)),
      is_default_(config_.activation.as<activations::Tanh>() &&
                  config_.recurrent_activation.as<activations::Sigmoid>()) {}

Json LSTMCell::get_config() const { return layer_config(*this, config_); }

WeightOptions LSTMCell::bias_options() const {
  WeightOptions options = DropoutRNNCell::bias_options();
  if (config_.unit_forget_bias)
    options.initializer = [first = options.initializer, units = config_.units](const Shape&, DType dtype) {
      return concatenate({first({units}, dtype), ones({units}, dtype), first({2 * units}, dtype)});
    };
  return options;
}

RNNCell::Step LSTMCell::begin(const Tensor& x, const CallOptions& options) const {
  const Products product = products(x, options);
  Tensor sums = product.input(x);
  if (config_.use_bias) sums = add(sums, bias());
  return [this, from_input = unstack(sums), from_state = product.state](std::size_t t,
             const Tensors& states) { return advance(add(from_input[t], from_state(states[0])), states[1]); };
}

Tensors LSTMCell::advance(const Tensor& a, const Tensor& c) const {
  if (is_default_) {  // the same in two passes over memory
    const Tensor carry = lstm_carry(a, c), y = lstm_output(a, carry);
    return {y, y, carry};
  }
  const Tensors part = split(a, 4, -1);
  const Tensor i = config_.recurrent_activation(part[0]), f = config_.recurrent_activation(part[1]);
  const Tensor t = config_.activation(part[2]), o = config_.recurrent_activation(part[3]);
  const Tensor carry = add(multiply(f, c), multiply(i, t));
  const Tensor y = multiply(o, config_.activation(carry));
  return {y, y, carry};
}

LSTM::LSTM(Config config)
    : RecurrentLayer(class_name, config, LSTMCell(cell_config<LSTMCell>(config))),
      config_(std::move(config)) {
  set_activity_regularizer(config_.activity_regularizer);
}

Json LSTM::get_config() const { return sequence_config(layer_config(*this, config_)); }

}  // namespace xtape
