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
#include <string>
#include <vector>

#include <xtape/layers/layer.hpp>

namespace xtape {

struct CompileOptions;
struct FitOptions;
struct EvaluateOptions;
struct PredictOptions;
struct Training;
class History;
class Logs;

class Model : public Layer {
 public:
  // ---- what it is made of ----
  virtual const std::vector<AnyLayer>& layers() const = 0;
  /// A layer by its name, or by its place. Throws ValueError when there is none.
  const AnyLayer& get_layer(std::string_view name) const;
  const AnyLayer& get_layer(Index index) const;
  std::vector<const Layer*> sublayers() const override;

  /// The table that Keras prints: each layer's name, class, output shape and number of parameters.
  void summary() const;
  void summary(std::ostream& out) const;

  /// {"class_name": "Sequential", "config": {...}} as text.
  std::string to_json() const;

  // ---- training: see optim/training ----
  void compile(const CompileOptions& options) const;
  bool is_compiled() const { return training_ && *training_; }
  History fit(const Tensor& x, const Tensor& y) const;
  History fit(const Tensor& x, const Tensor& y, const FitOptions& options) const;
  Logs evaluate(const Tensor& x, const Tensor& y) const;
  Logs evaluate(const Tensor& x, const Tensor& y, const EvaluateOptions& options) const;
  Tensor predict(const Tensor& x) const;
  Tensor predict(const Tensor& x, const PredictOptions& options) const;
  /// One step on one batch; the loss (and metrics) before the update, of this batch alone.
  Logs train_on_batch(const Tensor& x, const Tensor& y, const Tensor& sample_weight = {},
      const std::map<Index, double>& class_weight = {}) const;
  Logs test_on_batch(const Tensor& x, const Tensor& y, const Tensor& sample_weight = {}) const;
  Tensor predict_on_batch(const Tensor& x) const;

  /// The weights to and from a file (.npz). Loading throws ValueError, and changes nothing, when they do not fit.
  void save_weights(const std::filesystem::path& path) const;
  void load_weights(const std::filesystem::path& path) const;

  /// Optimizer, loss and what else compile made. Throws StateError before compile.
  Training& training() const;

 protected:
  bool casts_inputs() const override { return false; }

  Model(std::string_view class_name, const std::string& name, bool trainable, std::optional<DType> dtype);

 private:
  std::shared_ptr<std::shared_ptr<Training>>
      training_;  // shared by copies of the handle; the inner one is set by compile
};

}  // namespace xtape
