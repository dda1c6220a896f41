// StackedRNNCells: cells on top of each other as one cell.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <xtape/layers/layer_config.hpp>
#include <xtape/layers/rnn_cell.hpp>

namespace xtape {

/// At each step every cell takes the output of the one below it: the lowest takes the input, and the output is that of the
/// highest. The states are those of all cells, the lowest one's first.
///
///     RNN({.cell = StackedRNNCells({.cells = {LSTMCell({.units = 8}), LSTMCell({.units = 4})}})})
///
/// https://keras.io/api/layers/recurrent_layers/stacked_rnn_cell/
class StackedRNNCells final : public RNNCell {
 public:
  static constexpr std::string_view class_name = "StackedRNNCells";
  struct Config {
    std::vector<AnyLayer> cells = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      return std::tuple_cat(common_fields<Config>(),
          std::tuple{Field{"cells", &Config::cells, "The cells, the lowest one first. Required."}});
    }
  };

  /// Throws ValueError unless there are cells, and all are cells.
  explicit StackedRNNCells(Config config);

  const Config& config() const { return config_; }
  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

  std::vector<Index> state_size() const override;
  Index output_size() const override { return stack_.back()->output_size(); }
  std::vector<const RNNCell*> stack() const override { return stack_; }
  std::vector<const Layer*> sublayers() const override;

 protected:
  void build_weights(const Shape& input_shape) const override;

 private:
  Config config_;
  std::vector<const RNNCell*> stack_;  // those of stacks inside of this one, too
};

}  // namespace xtape
