// Layers that make one tensor of several, element by element: Add, Average, Maximum, Minimum, Multiply, Subtract.
// Concatenate and Dot have files of their own.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// What all have in common: shapes and masks.
///
/// The inputs have one batch size, and their samples broadcast; where ranks differ, axes of length 1 are put behind the batch
/// axis. A mask of the output exists when every input has one, and is true where any of them is.
/// Throws ValueError for other shapes.
class Merge : public Layer {
 public:
  struct Config {
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};
    static constexpr auto fields() { return common_fields<Config>(); }
  };

  Tensors compute_mask(const Tensors& inputs, const Tensors& masks) const override;
  Json get_config() const override;

 protected:
  Merge(std::string_view class_name, Config config)
      : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
        config_(std::move(config)) {}

  bool supports_masking() const override { return true; }
  void build_weights_for(const Shapes&) const override {}
  void check_input(const Shapes& input_shapes) const override { output_shapes(input_shapes); }
  Shapes output_shapes(const Shapes& input_shapes) const override;
  Tensors call_many(const Tensors& inputs, const CallOptions& options) const override;

  /// Of inputs of one rank, and masks: one for each input, (batch, ..., 1) or None.
  virtual Tensor merge(const Tensors& inputs, const Tensors& masks) const = 0;

 private:
  Config config_;
};

/// y = a + b + ... https://keras.io/api/layers/merging_layers/add/
class Add final : public Merge {
 public:
  static constexpr std::string_view class_name = "Add";
  using Config = Merge::Config;
  explicit Add(Config config) : Merge(class_name, std::move(config)) {}
  Add() : Add(Config{}) {}
  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }

 protected:
  Tensor merge(const Tensors& inputs, const Tensors& masks) const override;
  std::optional<Reach> reach_itself(const Shapes& x, bool) const override { return step_by_step(x); }
};

/// y = (a + b + ...) / the number of inputs. https://keras.io/api/layers/merging_layers/average/
class Average final : public Merge {
 public:
  static constexpr std::string_view class_name = "Average";
  using Config = Merge::Config;
  explicit Average(Config config) : Merge(class_name, std::move(config)) {}
  Average() : Average(Config{}) {}
  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }

 protected:
  Tensor merge(const Tensors& inputs, const Tensors& masks) const override;
  std::optional<Reach> reach_itself(const Shapes& x, bool) const override { return step_by_step(x); }
};

/// y = the largest of a, b, ...; of inputs with a mask only the entries that count. Of several largest the first takes the
/// gradient. https://keras.io/api/layers/merging_layers/maximum/
class Maximum final : public Merge {
 public:
  static constexpr std::string_view class_name = "Maximum";
  using Config = Merge::Config;
  explicit Maximum(Config config) : Merge(class_name, std::move(config)) {}
  Maximum() : Maximum(Config{}) {}
  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }

 protected:
  Tensor merge(const Tensors& inputs, const Tensors& masks) const override;
  std::optional<Reach> reach_itself(const Shapes& x, bool) const override { return step_by_step(x); }
};

/// y = the smallest of a, b, ..., with masks and gradients as Maximum.
/// https://keras.io/api/layers/merging_layers/minimum/
class Minimum final : public Merge {
 public:
  static constexpr std::string_view class_name = "Minimum";
  using Config = Merge::Config;
  explicit Minimum(Config config) : Merge(class_name, std::move(config)) {}
  Minimum() : Minimum(Config{}) {}
  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }

 protected:
  Tensor merge(const Tensors& inputs, const Tensors& masks) const override;
  std::optional<Reach> reach_itself(const Shapes& x, bool) const override { return step_by_step(x); }
};

/// y = a b ...; entries that a mask leaves out count as 1, and where the masks leave out all, y = 0.
/// https://keras.io/api/layers/merging_layers/multiply/
class Multiply final : public Merge {
 public:
  static constexpr std::string_view class_name = "Multiply";
  using Config = Merge::Config;
  explicit Multiply(Config config) : Merge(class_name, std::move(config)) {}
  Multiply() : Multiply(Config{}) {}
  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }

 protected:
  Tensor merge(const Tensors& inputs, const Tensors& masks) const override;
  std::optional<Reach> reach_itself(const Shapes& x, bool) const override { return step_by_step(x); }
};

/// y = a - b, of two inputs. https://keras.io/api/layers/merging_layers/subtract/
class Subtract final : public Merge {
 public:
  static constexpr std::string_view class_name = "Subtract";
  using Config = Merge::Config;
  explicit Subtract(Config config) : Merge(class_name, std::move(config)) {}
  Subtract() : Subtract(Config{}) {}
  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }

 protected:
  void check_input(const Shapes& input_shapes) const override;
  Tensor merge(const Tensors& inputs, const Tensors& masks) const override;
  std::optional<Reach> reach_itself(const Shapes& x, bool) const override { return step_by_step(x); }
};

}  // namespace xtape
