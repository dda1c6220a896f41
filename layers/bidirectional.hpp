// Bidirectional: a sequence seen from both ends.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <xtape/layers/layer_config.hpp>
#include <xtape/layers/recurrent_layer.hpp>

namespace xtape {

/// Two recurrent layers, one from the first step on and one from the last; their outputs, put in one order, are merged:
///
///     merge_mode    y
///     concat        forward and backward side by side, (..., 2 units)
///     sum           forward + backward
///     ave           (forward + backward) / 2
///     mul           forward * backward
///     None          two outputs
///
/// With return_state the states of the forward layer follow, then those of the backward layer; in that order they are also
/// taken as further inputs. Outputs of masked steps are zeros when the layers return sequences.
///
/// Both layers are made anew from the config of `layer`, which therefore must have one, with names that begin with
/// "forward_" and "backward_". A backward_layer is taken as it is.
///
/// Keras's argument `weights`, which has no effect in Keras 3, is left out.
/// Schuster and Paliwal, "Bidirectional Recurrent Neural Networks", IEEE Transactions on Signal Processing 45 (1997).
/// https://keras.io/api/layers/recurrent_layers/bidirectional/
class Bidirectional final : public Layer {
 public:
  static constexpr std::string_view class_name = "Bidirectional";
  struct Config {
    AnyLayer layer = {};
    std::optional<std::string> merge_mode = "concat";
    AnyLayer backward_layer = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"merge_mode", &C::merge_mode, "\"concat\", \"sum\", \"ave\", \"mul\" or None."},
              Field{"layer", &C::layer, "The recurrent layer. Required."},
              Field{"backward_layer", &C::backward_layer,
                  "Another one for the way back; made from `layer` when absent."},
          });
    }
  };

  /// Throws ValueError for layers that are not recurrent, that go the same way, or that differ in stateful,
  /// return_sequences or return_state; and for an unknown merge_mode.
  explicit Bidirectional(Config config);

  const Config& config() const { return config_; }
  const RecurrentLayer& forward_layer() const { return *config_.layer.as<RecurrentLayer>(); }
  const RecurrentLayer& backward_layer() const { return *config_.backward_layer.as<RecurrentLayer>(); }

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

  /// Sets the states of both layers to zeros. Throws StateError unless they are stateful.
  void reset_state() const;
  void reset_states() const { reset_state(); }

  std::vector<const Layer*> sublayers() const override { return {&forward_layer(), &backward_layer()}; }
  std::vector<std::string> call_arguments() const override { return forward_layer().call_arguments(); }
  Tensors compute_mask(const Tensors& inputs, const Tensors& masks) const override;

 protected:
  void build_weights_for(const Shapes& input_shapes) const override;
  Shapes output_shapes(const Shapes& input_shapes) const override;
  Tensors call_many(const Tensors& inputs, const CallOptions& options) const override;

 private:
  Config config_;
};

}  // namespace xtape
