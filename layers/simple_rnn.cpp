#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/simple_rnn.hpp>

namespace xtape {

SimpleRNNCell::SimpleRNNCell(Config config)
    : DropoutRNNCell(class_name, config, 1), config_(std::move(config)) {}

Json SimpleRNNCell::get_config() const { return layer_config(*this, config_); }

RNNCell::Step SimpleRNNCell::begin(const Tensor& x, const CallOptions& options) const {
  const Products product = products(x, options);
  Tensor sums = product.input(x);
  if (config_.use_bias) sums = add(sums, bias());
  return
      [this, from_input = unstack(sums), from_state = product.state](std::size_t t, const Tensors& states) {
    const Tensor y = config_.activation(add(from_input[t], from_state(states[0])));
    return Tensors{y, y};
      };
}

SimpleRNN::SimpleRNN(Config config)
    : RecurrentLayer(class_name, config, SimpleRNNCell(cell_config<SimpleRNNCell>(config))),
      config_(std::move(config)) {
  config_.activity_regularizer = {};
}

Json SimpleRNN::get_config() const { return sequence_config(layer_config(*this, config_)); }

}  // namespace xtape
