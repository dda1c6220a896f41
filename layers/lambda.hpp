// Lambda: any function as a layer.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// What a Lambda computes: a function of a tensor, or of all inputs as a list, that gives a tensor or a list of them. It may
/// take the CallOptions as a second argument. Or the name of one that was registered.
class LambdaFunction {
 public:
  LambdaFunction() = default;
  /// Throws ValueError for a name that is not registered.
  LambdaFunction(const char* name) : LambdaFunction(std::string(name)) {}
  LambdaFunction(const std::string& name);
  template <class F>
  requires(std::is_invocable_v<const F&, const Tensor&> || std::is_invocable_v<const F&, const Tensors&> ||
           std::is_invocable_v<const F&, const Tensor&, const CallOptions&> ||
           std::is_invocable_v<const F&, const Tensors&, const CallOptions&>) LambdaFunction(F f)
      : function_([f = std::move(f)](
                      const Tensors& x, const CallOptions& options) { return apply(f, x, options); }) {}

  Tensors operator()(const Tensors& inputs, const CallOptions& options) const {
    return function_(inputs, options);
  }
  explicit operator bool() const { return static_cast<bool>(function_); }

  /// Keras's form of a registered function. Throws ValueError for one without a name; None is null.
  Json to_json() const;
  static LambdaFunction from_json(const Json& json);

 private:
  friend void register_function(const std::string& name, LambdaFunction function);

  static const Tensor& only(const Tensors& inputs);  // throws ValueError for several
  static Tensors as_list(Tensor result) { return {std::move(result)}; }
  static Tensors as_list(Tensors results) { return results; }
  template <class F>
  static Tensors apply(const F& f, const Tensors& x, const CallOptions& options) {
    if constexpr (std::is_invocable_v<const F&, const Tensor&, const CallOptions&>) {
      return as_list(f(only(x), options));
    } else if constexpr (std::is_invocable_v<const F&, const Tensor&>) {
      return as_list(f(only(x)));
    } else if constexpr (std::is_invocable_v<const F&, const Tensors&, const CallOptions&>) {
      return as_list(f(x, options));
    } else {
      return as_list(f(x));
    }
  }

  std::function<Tensors(const Tensors&, const CallOptions&)> function_;
  std::string name_;
};

/// Gives a function a name, under which configs and model files refer to it. As keras.saving.register_keras_serializable, it
/// has to be called before they are read. A second function of the same name takes the place of the first.
void register_function(const std::string& name, LambdaFunction function);

/// y = function(x): Lambda([](const Tensor& x) { return square(x); }).
///
/// The shape of y follows from a try with zeros, unless output_shape gives that of one sample. `mask` is a function that
/// gives the mask of y; without one there is none. Variables that the function reads are not weights of the layer.
///
/// The function may look at all samples of a batch together, so training does not cut the batch, unless `mixes_samples`,
/// which Keras has not, says that it need not.
///
/// A config, and a model file, can hold it only under a name: see register_function.
/// https://keras.io/api/layers/core_layers/lambda/
class Lambda final : public Layer {
 public:
  static constexpr std::string_view class_name = "Lambda";
  struct Config {
    LambdaFunction function = {};
    std::optional<Shape> output_shape = {};
    LambdaFunction mask = {};
    bool mixes_samples = true;
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"function", &C::function, "What is computed. Required."},
              Field{"output_shape", &C::output_shape, "The shape of one sample of the result."},
              Field{"mask", &C::mask, "Gives the mask of the result."},
              Field{"mixes_samples", &C::mixes_samples,
                  "Whether a sample of the result depends on other samples."},
          });
    }
  };

  /// Throws ValueError without a function.
  explicit Lambda(Config config);
  explicit Lambda(LambdaFunction function);

  Tensors compute_mask(const Tensors& inputs, const Tensors& masks) const override;

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  /// Throws ValueError for a function without a name.
  Json get_config() const override;

 protected:
  bool mixes_samples_itself(bool /*training*/) const override { return config_.mixes_samples; }
  void build_weights_for(const Shapes&) const override {}
  Shapes output_shapes(const Shapes& input_shapes) const override;
  Tensors call_many(const Tensors& inputs, const CallOptions& options) const override;

 private:
  Config config_;
};

}  // namespace xtape
