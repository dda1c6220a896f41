#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/recurrent.hpp>
#include <xtape/layers/activations/activations.hpp>
#include <xtape/layers/gru.hpp>
#include <xtape/layers/layer_config_impl.hpp>

namespace xtape {

GRUCell::GRUCell(Config config)
    : DropoutRNNCell(class_name, config, 3),
      config_(std::move(config)),
      is_default_(config_.activation.as<activations::Tanh>() &&
                  config_.recurrent_activation.as<activations::Sigmoid>()) {}

Json GRUCell::get_config() const { return layer_config(*this, config_); }

WeightOptions GRUCell::bias_options() const {
  WeightOptions options = DropoutRNNCell::bias_options();
  if (config_.reset_after) options.shape = {2, 3 * config_.units};
  return options;
}

RNNCell::Step GRUCell::begin(const Tensor& x, const CallOptions& options) const {
  const Products product = products(x, options, !config_.reset_after);
  Tensor sums = product.input(x);
  if (!config_.reset_after) {
    if (config_.use_bias) sums = add(sums, bias());
    return
        [this, from_input = unstack(sums), from_state = product.state](std::size_t t, const Tensors& states) {
      const Tensor y = reset_before(from_input[t], from_state, states[0]);
      return Tensors{y, y};
        };
  }
  const Tensors biases = config_.use_bias ? unstack(bias()) : Tensors();
  if (config_.use_bias) sums = add(sums, biases[0]);
  return [this, biases, from_input = unstack(sums), from_state = product.state](
             std::size_t t, const Tensors& states) {
    Tensor m = from_state(states[0]);
    if (config_.use_bias) m = add(m, biases[1]);
    const Tensor y = reset_after(from_input[t], m, states[0]);
    return Tensors{y, y};
  };
}

Tensor GRUCell::reset_after(const Tensor& a, const Tensor& m, const Tensor& h) const {
  if (is_default_) return gru_output(a, m, h);  // the same in one pass over memory
  const Tensors a_part = split(a, 3, -1), m_part = split(m, 3, -1);
  const Tensor z = config_.recurrent_activation(add(a_part[0], m_part[0]));
  const Tensor r = config_.recurrent_activation(add(a_part[1], m_part[1]));
  const Tensor t = config_.activation(add(a_part[2], multiply(r, m_part[2])));
  return add(multiply(z, h), multiply(subtract(1, z), t));
}

Tensor GRUCell::reset_before(const Tensor& a, const Product& from_state, const Tensor& h) const {
  const Tensors part = split(a, 3, -1);
  const Tensor z = config_.recurrent_activation(add(part[0], from_state.gate(0, h)));
  const Tensor r = config_.recurrent_activation(add(part[1], from_state.gate(1, h)));
  const Tensor t = config_.activation(add(part[2], from_state.gate(2, multiply(r, h))));
  return add(multiply(z, h), multiply(subtract(1, z), t));
}

GRU::GRU(Config config)
    : RecurrentLayer(class_name, config, GRUCell(cell_config<GRUCell>(config))), config_(std::move(config)) {
  set_activity_regularizer(config_.activity_regularizer);
}

Json GRU::get_config() const { return sequence_config(layer_config(*this, config_)); }

}  // namespace xtape
