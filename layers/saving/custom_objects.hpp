// CustomObjects: classes of your own, to be known by their names when a model is read.
//
//     class Scale final : public Layer { public: static constexpr std::string_view class_name = "Scale"; struct Config ... };
//     const auto model = model_from_json(text, CustomObjects::of<Scale>());
#pragma once
#include <type_traits>

#include <xtape/core/registry.hpp>
#include <xtape/layers/activations/activation.hpp>
#include <xtape/layers/constraints/constraint.hpp>
#include <xtape/layers/initializers/initializer.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/regularizers/regularizer.hpp>

namespace xtape {

/// Layers, initializers, regularizers, constraints and activations; each class has class_name, Config with fields(), and a
/// constructor from Config, as ours have.
struct CustomObjects {
  Registry<AnyLayer> layers;
  Registry<Initializer> initializers;
  Registry<Regularizer> regularizers;
  Registry<Constraint> constraints;
  Registry<ActivationFunction> activations;

  template <class... T>
  static CustomObjects of() {
    CustomObjects objects;
    (objects.add<T>(), ...);
    return objects;
  }
  /// Adds T to every family that it can serve: a function of one tensor may be an activation, a penalty or a projection.
  template <class T>
  void add() {
    if constexpr (std::derived_from<T, Layer>) {
      layers.add<T>();
    } else {
      if constexpr (std::is_constructible_v<Initializer, T>) initializers.add<T>();
      if constexpr (std::is_constructible_v<Regularizer, T>) regularizers.add<T>();
      if constexpr (std::is_constructible_v<Constraint, T>) constraints.add<T>();
      if constexpr (std::is_constructible_v<ActivationFunction, T>) activations.add<T>();
    }
  }
};

/// While it lives, the classes are known on this thread to whatever reads configs, before ours of the same names.
class CustomObjectScope {
 public:
  explicit CustomObjectScope(const CustomObjects& objects)
      : layers_(objects.layers),
        initializers_(objects.initializers),
        regularizers_(objects.regularizers),
        constraints_(objects.constraints),
        activations_(objects.activations) {}

 private:
  Registry<AnyLayer>::Scope layers_;
  Registry<Initializer>::Scope initializers_;
  Registry<Regularizer>::Scope regularizers_;
  Registry<Constraint>::Scope constraints_;
  Registry<ActivationFunction>::Scope activations_;
};

}  // namespace xtape
