#include <xtape/core/errors.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/stacked_rnn_cells.hpp>

namespace xtape {

StackedRNNCells::StackedRNNCells(Config config)
    : RNNCell(class_name, config.name, config.trainable, config.dtype, config.input_shape),
      config_(std::move(config)) {
  require(!config_.cells.empty(), class_name, "cells must hold at least one cell (received an empty list)");
  for (const AnyLayer& layer : config_.cells) {
    const RNNCell* cell = layer ? layer.as<RNNCell>() : nullptr;
    require(cell != nullptr, class_name, "cells must be cells (received ",
        layer ? layer->type_name() : "None", ")");
    for (const RNNCell* part : cell->stack()) stack_.push_back(part);
  }
  if (!config_.trainable) set_trainable(false);
}

Json StackedRNNCells::get_config() const { return layer_config(*this, config_); }

std::vector<Index> StackedRNNCells::state_size() const {
  std::vector<Index> lengths;
  for (const RNNCell* cell : stack_)
    for (const Index length : cell->state_size()) lengths.push_back(length);
  return lengths;
}

std::vector<const Layer*> StackedRNNCells::sublayers() const {
  std::vector<const Layer*> layers;
  for (const AnyLayer& cell : config_.cells) layers.push_back(&*cell);
  return layers;
}

void StackedRNNCells::build_weights(const Shape& input_shape) const {
  Shape shape = input_shape;
  for (const AnyLayer& cell : config_.cells) {
    build_part(*cell, {shape});
    shape = {input_shape.dim(0), cell.as<RNNCell>()->output_size()};
  }
}

}  // namespace xtape
