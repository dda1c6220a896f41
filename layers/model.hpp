// Model: layers that are trained together.
//
// What a model computes stands here, in layers/. How it is trained (compile, fit, evaluate, predict) is declared here,
// since that is where people look, and written in optim/training, whose headers hold the option types:
// #include <xtape/optim/training/fit.hpp> to use them.
#pragma once
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <xtape/layers/layer.hpp>
#include <xtape/layers/tensor_list.hpp>

namespace xtape {

struct CompileOptions;
struct FitOptions;
struct EvaluateOptions;
struct PredictOptions;
struct ProfileOptions;
class Training;
class History;
class Logs;
class Profile;

/// Keras's arguments of summary.
struct SummaryOptions {
  /// In characters; absent: 88, or 108 with the column "Connected to".
  std::optional<Index> line_length = {};
  /// Whether the layers of models inside the model are shown too.
  bool expand_nested = false;
  bool show_trainable = false;
  /// Regular expressions for the names of the first and the last layer to be shown.
  std::optional<std::pair<std::string, std::string>> layer_range = {};
};

class Model : public Layer {
 public:
  // ---- what it is made of ----
  virtual const std::vector<AnyLayer>& layers() const { return added_layers(); }
  /// A layer by its name, or by its place. Throws ValueError when there is none.
  const AnyLayer& get_layer(std::string_view name) const;
  const AnyLayer& get_layer(Index index) const;
  std::vector<const Layer*> sublayers() const override;
  /// The symbolic tensors at its ends, for models that are made of them. Throws StateError for others.
  virtual const KerasTensors& inputs() const;
  virtual const KerasTensors& outputs() const;
  /// The names of the Input layers; empty when the model is not made of symbolic tensors, or not built.
  virtual std::vector<std::string> input_names() const { return {}; }
  /// The names of the layers that give the outputs; empty when that is not known.
  virtual std::vector<std::string> output_names() const { return {}; }
  Index activation_size(const Shapes& input_shapes) const override;

  /// The table that Keras prints: each layer's name, class, output shape and number of parameters, and, where the layers
  /// do not just follow one another, what each was called on.
  void summary(const SummaryOptions& options = {}) const;
  void summary(std::ostream& out, const SummaryOptions& options = {}) const;

  /// {"class_name": "Sequential", "config": {...}} as text.
  std::string to_json() const;

  // ---- training: see optim/training ----
  void compile(const CompileOptions& options) const;
  bool is_compiled() const { return *compiled_ != nullptr; }
  /// x and y: a tensor, a list of one for each input or output, or tensors by the names of these.
  History fit(const TensorList& x, const TensorList& y) const;
  History fit(const TensorList& x, const TensorList& y, const FitOptions& options) const;
  Logs evaluate(const TensorList& x, const TensorList& y) const;
  Logs evaluate(const TensorList& x, const TensorList& y, const EvaluateOptions& options) const;
  Tensor predict(const Tensor& x) const;
  Tensor predict(const Tensor& x, const PredictOptions& options) const;
  Tensors predict(const Tensors& x) const;
  Tensors predict(const Tensors& x, const PredictOptions& options) const;
  Tensors predict(const TensorsByName& x) const;
  Tensors predict(const TensorsByName& x, const PredictOptions& options) const;
  /// One step on one batch; the loss (and metrics) before the update, of this batch alone.
  Logs train_on_batch(const TensorList& x, const TensorList& y, const TensorList& sample_weight = {},
      const std::map<Index, double>& class_weight = {}) const;
  Logs test_on_batch(const TensorList& x, const TensorList& y, const TensorList& sample_weight = {}) const;
  Tensor predict_on_batch(const Tensor& x) const;
  Tensors predict_on_batch(const Tensors& x) const;
  Tensors predict_on_batch(const TensorsByName& x) const;

  /// Where the time of a training step on this batch goes, or, without y, that of a prediction. Changes nothing.
  Profile profile(const TensorList& x, const TensorList& y = {}) const;
  Profile profile(const TensorList& x, const TensorList& y, const ProfileOptions& options) const;

  /// The weights to and from a file (.npz). Loading throws ValueError, and changes nothing, when they do not fit.
  void save_weights(const std::filesystem::path& path) const;
  void load_weights(const std::filesystem::path& path) const;

  /// Optimizer, loss and what else compile made. Throws StateError before compile.
  Training& training() const;

 protected:
  Model(std::string_view class_name, const std::string& name = {}, bool trainable = true,
      std::optional<DType> dtype = {});

  Tensors cast_inputs(const Tensors& inputs) const override { return inputs; }  // each layer does
  Shapes output_shapes(const Shapes& input_shapes) const override { return tried_shapes(input_shapes); }

 private:
  struct Compiled {
    std::shared_ptr<Training> training;
    std::function<std::vector<Variable>()> optimizer_variables;
  };
  // Shared by copies of the handle; the inner one is set by compile.
  std::shared_ptr<std::shared_ptr<const Compiled>> compiled_;
};

/// A model of any class.
using AnyModel = Any<Model>;

}  // namespace xtape
