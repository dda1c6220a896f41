#include <algorithm>

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/layers/dropout_rnn_cell.hpp>

namespace xtape {

double DropoutRNNCell::rate_within_bounds(double rate) { return std::min(1.0, std::max(0.0, rate)); }

void DropoutRNNCell::build_weights(const Shape& input_shape) const {
  require_rank(input_shape, 2);
  require(input_shape[1] != None, name(), "the features of the input must be known (received shape ",
      input_shape, ")");
  const Arguments& a = arguments_;
  const Index columns = gates_ * a.units;
  add_weight(kernel_,
      {"kernel", {input_shape[1], columns}, a.kernel_initializer, a.kernel_regularizer, a.kernel_constraint});
  add_weight(recurrent_kernel_, {"recurrent_kernel", {a.units, columns}, a.recurrent_initializer,
                                    a.recurrent_regularizer, a.recurrent_constraint});
  if (a.use_bias) add_weight(bias_, bias_options());
  [[maybe_unused]] const RandomKey key = key_;  // chosen here, in the order of the layers, as Dropout's is
}

WeightOptions DropoutRNNCell::bias_options() const {
  const Arguments& a = arguments_;
  return {"bias", {gates_ * a.units}, a.bias_initializer, a.bias_regularizer, a.bias_constraint};
}

void DropoutRNNCell::check_input(const Shapes& input_shapes) const {
  require_rank(input_shapes.at(0), 2);
  require_axis(input_shapes[0], 1, kernel_.shape()[0]);
  RNNCell::check_input(input_shapes);
}

// ---- products ----

DropoutRNNCell::Product::Product(const Tensor& kernel, Tensors masks, Index gates, bool by_gate)
    : kernel_(kernel), masks_(std::move(masks)) {
  if (by_gate || masks_.size() > 1) blocks_ = split(kernel_, gates, -1);
}

Tensor DropoutRNNCell::Product::operator()(const Tensor& x) const {
  if (masks_.size() <= 1) return matmul(without_dropped(0, x), kernel_);
  Tensors sums;
  for (std::size_t i = 0; i < blocks_.size(); ++i) sums.push_back(gate(i, x));
  return concatenate(sums, -1);
}

Tensor DropoutRNNCell::Product::gate(std::size_t i, const Tensor& x) const {
  return matmul(without_dropped(i, x), blocks_[i]);
}

Tensor DropoutRNNCell::Product::without_dropped(std::size_t gate, const Tensor& x) const {
  return masks_.empty() ? x : multiply(x, masks_[std::min(gate, masks_.size() - 1)]);
}

DropoutRNNCell::Products DropoutRNNCell::products(
    const Tensor& x, const CallOptions& options, bool by_gate) const {
  Tensors of_input, of_state;
  if (options.training && (arguments_.dropout > 0 || arguments_.recurrent_dropout > 0)) {
    const RandomKey key = fold_in(key_, options.step ? *options.step : next_call());
    const auto draw = [&](double rate, Index width, std::uint64_t n) {
      return draw_masks(rate, x.dim(1), width, fold_in(key, n), options.first_sample);
    };
    of_input = draw(arguments_.dropout, x.dim(2), 0);
    of_state = draw(arguments_.recurrent_dropout, arguments_.units, 1);
  }
  return {Product(kernel_, of_input, gates_, false), Product(recurrent_kernel_, of_state, gates_, by_gate)};
}

Tensors DropoutRNNCell::draw_masks(
    double rate, Index batch, Index width, RandomKey key, Index first_sample) const {
  // As in Keras: with recurrent_dropout each gate has masks of its own, and a rate of 1 leaves out nothing but in SimpleRNN.
  if (rate == 0 || (rate == 1 && !is_simple())) return {};
  const Index count = arguments_.recurrent_dropout > 0 ? gates_ : 1;
  Tensors masks;
  for (Index i = 0; i < count; ++i)
    masks.push_back(dropout(ones({batch, width}, dtype()), rate,
        {.key = fold_in(key, static_cast<std::uint64_t>(i)), .first_sample = first_sample}));
  return masks;
}

}  // namespace xtape
