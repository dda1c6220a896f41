// Object: a function with a name and arguments, as Keras passes initializers, regularizers, constraints and activations.
//
// Each may be given by name ("glorot_uniform"), as an object (GlorotUniform({.seed = 1})), as any callable, or as None.
// A family says what is called how; Object<Family> is the value that a Config holds.
#pragma once
#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <xtape/core/errors.hpp>
#include <xtape/core/json.hpp>

namespace xtape {

template <class Product>
class Registry;
/// All classes of a family. Each family says its own, in its source file.
template <class Product>
const Registry<Product>& registry();

/// A class that says its arguments: what Config it was made from, and how it is named in Keras.
template <class T>
concept Configured = requires(const T& object, Json& out) {
  typename T::Config;
  { T::class_name } -> std::convertible_to<std::string_view>;
  object.get_config(out);
};

/// Family: { using Signature = R(A...); static constexpr std::string_view kind, module; }
/// A family for which None is a function too says which: { static R none(A...); static constexpr std::string_view none_name; }
template <class Family, class Signature = typename Family::Signature>
class Object;

template <class Family, class R, class... A>
class Object<Family, R(A...)> {
 public:
  /// None.
  Object() = default;
  Object(std::nullptr_t) {}
  /// By Keras's name, in CamelCase or snake_case; "" is None. Throws ValueError for a name that is not known.
  Object(const char* name) : Object(std::string(name)) {}
  Object(const std::string& name) : Object(by_name(name)) {}
  /// An object with its arguments.
  template <Configured T>
  requires std::is_invocable_r_v<R, const T&, A...> Object(T object)
      : model_(std::make_shared<const Model<T>>(std::move(object))) {}
  /// Any function. It works like the others, but cannot be written to a config.
  template <class F>
  requires(!Configured<F> && !std::is_base_of_v<Object, F> && std::is_invocable_r_v<R, const F&, A...>)
      Object(F function)
      : model_(std::make_shared<const Function<F>>(std::move(function))) {}

  explicit operator bool() const { return model_ != nullptr; }
  /// Throws StateError for None, unless None is a function in this family.
  R operator()(A... arguments) const {
    if (model_) return model_->call(std::forward<A>(arguments)...);
    if constexpr (requires { Family::none(std::forward<A>(arguments)...); })
      return Family::none(std::forward<A>(arguments)...);
    else
      throw StateError(concat(Family::kind, ": None cannot be called"));
  }

  /// "GlorotUniform"; "" for None and for plain functions.
  std::string_view class_name() const { return model_ ? model_->class_name() : std::string_view(); }
  /// The arguments it was made with. Throws ValueError for a plain function.
  Json get_config() const;
  /// The object as T, or nullptr when it is something else.
  template <Configured T>
  const T* as() const {
    const auto* model = dynamic_cast<const Model<T>*>(model_.get());
    return model ? &model->object : nullptr;
  }

  /// From a name, null, or {"class_name": ..., "config": {...}}. Throws ValueError.
  static Object from_json(const Json& json);
  /// What from_json reads, in Keras's form.
  Json to_json() const;

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual R call(A... arguments) const = 0;
    virtual std::string_view class_name() const = 0;
    virtual void get_config(Json& out) const = 0;
  };
  template <class T>
  struct Model final : Interface {
    explicit Model(T o) : object(std::move(o)) {}
    R call(A... arguments) const override { return object(std::forward<A>(arguments)...); }
    std::string_view class_name() const override { return T::class_name; }
    void get_config(Json& out) const override { object.get_config(out); }
    T object;
  };
  template <class F>
  struct Function final : Interface {
    explicit Function(F f) : function(std::move(f)) {}
    R call(A... arguments) const override { return function(std::forward<A>(arguments)...); }
    std::string_view class_name() const override { return {}; }
    void get_config(Json&) const override { cannot_be_written(); }
    F function;
  };
  [[noreturn]] static void cannot_be_written();
  static Object by_name(const std::string& name);

  std::shared_ptr<const Interface> model_;
};

}  // namespace xtape
