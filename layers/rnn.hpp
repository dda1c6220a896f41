// RNN: any cell over a sequence.
#pragma once
#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include <xtape/layers/layer_config.hpp>
#include <xtape/layers/recurrent_layer.hpp>

namespace xtape {

/// A cell, or a list of cells, which is a stack of them.
class CellOrCells {
 public:
  CellOrCells() = default;
  CellOrCells(const AnyLayer& cell) : cell_(cell) {}
  template <std::derived_from<Layer> T>
  CellOrCells(const T& cell) : cell_(cell) {}
  CellOrCells(const std::vector<AnyLayer>& cells);
  CellOrCells(std::initializer_list<AnyLayer> cells) : CellOrCells(std::vector<AnyLayer>(cells)) {}

  const AnyLayer& layer() const { return cell_; }

  static CellOrCells from_json(const Json& json);
  Json to_json() const;

 private:
  AnyLayer cell_;
};

/// Any cell over a sequence; see RecurrentLayer for the shapes of the output and of states. A list of cells is a stack:
///
///     RNN({.cell = {LSTMCell({.units = 8}), LSTMCell({.units = 4})}, .return_sequences = true})
///
/// https://keras.io/api/layers/recurrent_layers/rnn/
class RNN final : public RecurrentLayer {
 public:
  static constexpr std::string_view class_name = "RNN";
  struct Config {
    CellOrCells cell = {};
    bool return_sequences = false;
    bool return_state = false;
    bool go_backwards = false;
    bool stateful = false;
    bool unroll = false;
    bool zero_output_for_mask = false;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      return std::tuple_cat(common_fields<Config>(), sequence_fields<Config>(),
          std::tuple{Field{
              "cell", &Config::cell, "What is done at each step: a cell, or a list of cells. Required."}});
    }
  };

  /// Throws ValueError unless there is a cell.
  explicit RNN(Config config);

  const Config& config() const { return config_; }
  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 private:
  Config config_;
};

}  // namespace xtape
