// Layer: what every layer has, and the life cycle that Keras gives it.
//
// A layer is made from its Config, gets its weights in build (at the first call, or earlier when the input's shape is
// known), and maps inputs to outputs in call. What a layer class says of itself is three functions: build,
// compute_output_shape, call.
//
// A Layer object is a handle, as a name is in Python: a copy is the same layer with the same weights. Everything that
// changes lives behind the handle, in Variables and in the shared state, which is why build and call are const.
#pragma once
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <xtape/core/any.hpp>
#include <xtape/core/json.hpp>
#include <xtape/core/tensor.hpp>
#include <xtape/core/variable.hpp>
#include <xtape/layers/constraints/constraint.hpp>
#include <xtape/layers/initializers/initializer.hpp>
#include <xtape/layers/keras_tensor.hpp>
#include <xtape/layers/reach.hpp>
#include <xtape/layers/regularizers/regularizer.hpp>

namespace xtape {

using Tensors = std::vector<Tensor>;
using Shapes = std::vector<Shape>;

/// What a call may be told beside its inputs.
struct CallOptions {
  /// Whether random layers draw and normalization layers use the batch; as Keras's argument `training`.
  bool training = false;
  /// Which steps of each input count: (batch, steps), boolean; None: all. One for each input, or no entry at all.
  Tensors masks = {};
  /// The mask of the only, or the first, input.
  Tensor mask() const { return masks.empty() ? Tensor() : masks[0]; }
  /// For random layers: which training step this is and which sample of the batch comes first here. Numbers are drawn for
  /// (seed, step, sample), so they do not depend on how a batch is split. Without a step the layer counts its calls.
  std::optional<std::uint64_t> step = {};
  Index first_sample = 0;
  /// Where the inputs are windows of longer samples: which of their steps is the first here. They may be shorter than the
  /// model's inputs are said to be. Random layers draw numbers for each window anew: where two overlap, each drops elements of
  /// its own.
  std::optional<Index> first_step = {};
  /// Where losses go that are found in the call (activity regularization, add_loss). Without it: into Layer::losses().
  std::vector<Tensor>* losses = nullptr;
  /// Where the masks of the outputs go, if somebody asks: one for each output, or no entry at all.
  Tensors* output_masks = nullptr;
  /// Where numbers go that layers tell of themselves (add_metric), by name. Without it they are dropped.
  std::vector<std::pair<std::string, Tensor>>* metrics = nullptr;
  /// Adds to the training loss. Batches may be split: a loss counts as a mean over the samples of the call.
  void add_loss(const Tensor& loss) const {
    if (losses) losses->push_back(loss);
  }
  /// Tells a number in the logs of a training, under that name: the mean over all samples of an epoch.
  void add_metric(const std::string& name, const Tensor& value) const {
    if (metrics) metrics->emplace_back(name, value);
  }
};

/// How a weight is made.
struct WeightOptions {
  std::string name;
  Shape shape;
  Initializer initializer = "glorot_uniform";
  Regularizer regularizer = {};
  Constraint constraint = {};
  bool trainable = true;
  std::optional<DType> dtype = {};  ///< the layer's unless given
};

class Layer {
 public:
  virtual ~Layer() = default;

  /// Applies the layer; builds it first if need be. Throws ValueError for inputs that do not fit; the layer stays usable.
  Tensor operator()(const Tensor& x, const CallOptions& options = {}) const;
  /// The same for layers that take or give several tensors.
  Tensors operator()(const Tensors& inputs, const CallOptions& options = {}) const;
  /// The same on tensors to come: builds the layer and gives what its outputs will be, for a model to be made of.
  KerasTensors operator()(const KerasTensors& inputs) const { return connect(self(), inputs); }
  static KerasTensors connect(const Any<Layer>& layer, const KerasTensors& inputs);
  /// What it was first called on, and gave, among symbolic tensors that are still in use. Throws StateError when there was
  /// no such call.
  KerasTensors input() const;
  virtual KerasTensors output() const;
  /// The shapes of what it last gave there; none when it was never called so.
  const Shapes& symbolic_output_shapes() const { return state_->symbolic_output_shapes; }
  /// The layer as the class that it is, for graphs to hold: `return *this;` in every class. Throws StateError without.
  virtual Any<Layer> self() const;

  /// Makes the weights for inputs of that shape; None where a length does not matter. Does nothing when already built.
  void build(const Shape& input_shape) const { build(Shapes{input_shape}); }
  void build(const Shapes& input_shapes) const;
  bool is_built() const { return state_->built; }

  /// The output's shape, without computing it; None stays None.
  Shape compute_output_shape(const Shape& input_shape) const;
  Shapes compute_output_shape(const Shapes& input_shapes) const;

  /// Which steps of the outputs count, given `masks` of the inputs: one for each output, or no entry at all. Layers that
  /// support masking pass the masks on, others lose them, as in Keras 3.
  virtual Tensors compute_mask(const Tensors& inputs, const Tensors& masks) const;

  /// What Keras calls the inputs where they are arguments of their own, {"query", "value", "key"}; a name with a star,
  /// "*initial_state", takes all that are left in a list. Nothing where a list of inputs is one argument.
  virtual std::vector<std::string> call_arguments() const { return {}; }

  /// The class's name in Keras: "Conv1DTranspose".
  virtual std::string_view type_name() const = 0;
  /// All arguments, in Keras's form.
  virtual Json get_config() const;

  const std::string& name() const { return state_->name; }
  DType dtype() const { return state_->dtype; }
  /// The shape of one call's inputs, as build saw it; None before build.
  const Shapes& build_shapes() const { return state_->build_shapes; }
  /// The input's shape given to the constructor: (None, steps, channels).
  const std::optional<Shape>& batch_shape() const { return state_->batch_shape; }

  bool trainable() const { return state_->trainable; }
  /// Also sets it for the layers that this one is made of. A layer that is not trainable has no trainable weights.
  void set_trainable(bool trainable) const;

  /// The layer's own weights, trainable ones first, then those of the layers that it is made of.
  std::vector<Variable> weights() const;
  std::vector<Variable> trainable_weights() const;
  std::vector<Variable> non_trainable_weights() const;
  std::vector<Variable> trainable_variables() const { return trainable_weights(); }
  /// The weight of that name ("kernel") or path. Throws ValueError when there is none.
  Variable weight(std::string_view name) const;
  Tensors get_weights() const;
  /// Throws ValueError, and changes nothing, unless there are as many values as weights and all shapes agree.
  void set_weights(const Tensors& values) const;
  /// The number of elements of all weights. Throws StateError before build.
  Index count_params() const;

  /// The losses of the last call, then the penalties of the weights' regularizers, as Keras orders them.
  std::vector<Tensor> losses() const;
  /// The penalties of the weights' regularizers alone.
  std::vector<Tensor> regularization_losses() const;

  /// True when an output depends on more than its own sample, as in BatchNormalization's training: the training step then
  /// does not split the batch.
  bool mixes_samples(bool training) const;
  /// Which steps of the inputs, the second axis of each, a step of the output is made of; None where it may be all of them,
  /// or where a step is not all that its losses, masks or random numbers depend on. Models throw ValueError for inputs that
  /// they cannot take, as in a call.
  std::optional<Reach> reach(const Shapes& input_shapes, bool training) const;
  /// The layers that this one is made of.
  virtual std::vector<const Layer*> sublayers() const;
  /// The number of elements of all that is computed on the way to the outputs, for inputs of these shapes.
  virtual Index activation_size(const Shapes& input_shapes) const;

  /// The same for all handles of one layer, and for no other layer.
  const void* identity() const { return state_.get(); }
  /// True when both handles are the same layer.
  friend bool operator==(const Layer& a, const Layer& b) { return a.state_ == b.state_; }

 protected:
  /// For the last arguments that every layer takes. `name` may be empty: the class's name is then made unique.
  Layer(std::string_view class_name, const std::string& name = {}, bool trainable = true,
      std::optional<DType> dtype = {}, const std::optional<Shape>& input_shape = {});
  Layer(const Layer&) = default;
  Layer(Layer&&) = default;
  Layer& operator=(const Layer&) = default;
  Layer& operator=(Layer&&) = default;

  // ---- what a layer class says: each in the form for one input, or in the one for lists ----

  /// Makes the weights with add_weight. Throws ValueError for input shapes that do not fit.
  virtual void build_weights(const Shape& /*input_shape*/) const {}
  virtual void build_weights_for(const Shapes& input_shapes) const {
    if (input_shapes.size() == 1) build_weights(input_shapes[0]);
  }
  /// The input's shape, unless the class says otherwise; a layer that is made of others tries them out.
  virtual Shape output_shape(const Shape& input_shape) const;
  virtual Shapes output_shapes(const Shapes& input_shapes) const;
  Shapes tried_shapes(const Shapes& input_shapes) const;
  /// The dtype of the outputs, given the inputs'. Integers pass through layers without weights.
  virtual DType output_dtype(const std::vector<DType>& inputs) const;
  virtual Tensor call(const Tensor& x, const CallOptions& options) const;
  virtual Tensors call_many(const Tensors& inputs, const CallOptions& options) const {
    return {call(single(inputs), options)};
  }
  /// Throws ValueError for an input that the layer, its weights made, cannot take. Asked at the end of build, where lengths
  /// may be None, and before every call.
  virtual void check_input(const Shapes& /*input_shapes*/) const {}

  /// Whether a mask of the input holds for the output too: true where steps stay what they are.
  virtual bool supports_masking() const { return false; }

  /// Gives `variable`, a member of the layer, its first value and makes it one of the layer's weights.
  void add_weight(const Variable& variable, const WeightOptions& options) const;
  /// Makes `layer`, a member of this one, one of the layers that this one is made of: Dense hidden_ = add_layer(Dense({...})).
  template <std::derived_from<Layer> T>
  T add_layer(T layer) const {
    add_any_layer(layer);
    return layer;
  }
  const std::vector<Any<Layer>>& added_layers() const { return state_->layers; }
  void set_activity_regularizer(const Regularizer& regularizer) const {
    state_->activity_regularizer = regularizer;
  }
  const Regularizer& activity_regularizer() const { return state_->activity_regularizer; }
  /// Builds a layer that this one is made of. The paths of its weights begin with this one's name: "lstm/lstm_cell/kernel".
  void build_part(const Layer& part, const Shapes& input_shapes) const;
  /// Calls a layer that this one is made of as if it had no activity regularizer.
  static Tensors call_part(const Layer& part, const Tensors& inputs, const CallOptions& options);

  /// The number of this call, for random layers that are not told a step.
  std::uint64_t next_call() const { return state_->calls++; }

  /// The inputs as the layer computes with them: floating ones in its own dtype.
  virtual Tensors cast_inputs(const Tensors& inputs) const;
  virtual bool mixes_samples_itself(bool /*training*/) const { return false; }
  virtual std::optional<Reach> reach_itself(const Shapes& /*input_shapes*/, bool /*training*/) const {
    return {};
  }
  /// The reach of a layer that makes each step of the output of the same step of its inputs, which must all have three axes.
  static std::optional<Reach> step_by_step(const Shapes& input_shapes);

  const Shape& single(const Shapes& shapes) const;
  const Tensor& single(const Tensors& inputs) const;
  /// Throws ValueError unless the input has that many axes, or at least so many.
  void require_rank(const Shape& input_shape, Index rank) const;
  void require_min_rank(const Shape& input_shape, Index rank) const;
  /// Throws ValueError unless the axis has the length that the layer was built for.
  void require_axis(const Shape& input_shape, Index axis, Index length) const;

 private:
  struct State {
    std::string name;
    bool built = false;
    bool trainable = true;
    DType dtype = DType::float32;
    std::optional<Shape> batch_shape;
    Shapes build_shapes;
    struct Weight {
      Variable variable;
      bool trainable;  // as made; what it is now depends on the layer's trainable too
    };
    std::vector<Weight> weights;
    std::vector<Any<Layer>> layers;
    Regularizer activity_regularizer;
    std::vector<Tensor> call_losses;
    std::uint64_t calls = 0;
    Index symbolic_calls = 0;
    std::weak_ptr<const LayerCall> first_call;
    Shapes symbolic_output_shapes;
  };
  void add_any_layer(const Any<Layer>& layer) const { state_->layers.push_back(layer); }
  Tensors apply(const Tensors& inputs, const CallOptions& options) const;
  /// The outputs for one sample of zeros. Throws ValueError when lengths are not known.
  Tensors try_out(const Shapes& input_shapes) const;
  void build_parts(const Shapes& input_shapes) const;
  /// The inputs, checked and cast, of a layer that is built now.
  Tensors prepared(const Tensors& inputs, const CallOptions& options) const;

  std::shared_ptr<State> state_;
};

/// A layer of any class, as containers hold it: Sequential({Dense({...}), Dropout({...})}).
using AnyLayer = Any<Layer>;

/// "dense", then "dense_1", "dense_2", ...: Keras's names for layers that are given none.
std::string unique_layer_name(std::string_view class_name);
/// Starts those names over, as keras.backend.clear_session does.
void clear_session();

}  // namespace xtape
