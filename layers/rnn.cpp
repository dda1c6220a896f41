#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/rnn.hpp>
#include <xtape/layers/stacked_rnn_cells.hpp>

namespace xtape {

CellOrCells::CellOrCells(const std::vector<AnyLayer>& cells) : cell_(StackedRNNCells({.cells = cells})) {}

Json CellOrCells::to_json() const { return to_json_value(cell_); }

CellOrCells CellOrCells::from_json(const Json& json) {
  constexpr std::string_view where = "RNN: cell";
  if (json.is_array()) {
    std::vector<AnyLayer> cells;
    from_json_value(json, cells, where);
    return cells;
  }
  AnyLayer cell;
  from_json_value(json, cell, where);
  return cell;
}

RNN::RNN(Config config)
    : RecurrentLayer(class_name, config, config.cell.layer()), config_(std::move(config)) {}

Json RNN::get_config() const { return sequence_config(layer_config(*this, config_)); }

}  // namespace xtape
