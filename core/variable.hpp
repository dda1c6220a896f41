// Variable: a value that training changes.
//
// Tensors are immutable; a Variable is a shared handle to a place that holds a tensor and can be given another. Its
// value keeps one id for life, so a tape recognises it before and after an `assign`. Reading a trainable variable tells
// the active tapes, which is why nobody has to watch weights by hand.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include <xtape/core/tensor.hpp>

namespace xtape {

class Variable {
 public:
  /// A variable without a value yet: a layer's weight before the layer is built. Copies are the same variable.
  Variable();
  explicit Variable(const Tensor& initial_value, std::string name = "variable", bool trainable = true);

  /// Whether it has a value.
  bool is_built() const { return static_cast<bool>(state_->value); }
  /// Gives it its first value. Throws StateError when it has one.
  void build(const Tensor& initial_value, std::string name, bool trainable = true) const;

  /// Forgets the value, as if newly made: when building a layer fails half-way.
  void clear() const { *state_ = State{}; }

  const std::string& name() const { return state_->name; }
  /// The name with the owners' names before it: "sequential/dense/kernel".
  const std::string& path() const { return state_->path.empty() ? state_->name : state_->path; }
  void set_path(std::string path) const { state_->path = std::move(path); }
  const Shape& shape() const { return current().shape(); }
  DType dtype() const { return current().dtype(); }
  std::uint64_t id() const { return state_->id; }
  bool trainable() const { return state_->trainable; }
  void set_trainable(bool trainable) const { state_->trainable = trainable; }

  /// The value; tells the active tapes when the variable is trainable. Throws StateError before it is built.
  const Tensor& value() const;
  operator const Tensor&() const { return value(); }
  /// The value, without telling any tape.
  const Tensor& current() const;

  /// Replaces the value; all copies see it. Throws ValueError for another shape, TypeError for another dtype.
  void assign(const Tensor& value) const;
  void assign_add(const Tensor& delta) const;
  void assign_sub(const Tensor& delta) const;
  /// The elements to be changed in place, after making sure that no other tensor shares them.
  template <Element T>
  T* mutable_data() const {
    make_sole_owner();
    return current().mutable_data<T>();
  }

  /// A penalty added to the training loss, and a projection applied after each update. Unset by default.
  const std::function<Tensor(const Tensor&)>& regularizer() const { return state_->regularizer; }
  const std::function<Tensor(const Tensor&)>& constraint() const { return state_->constraint; }
  void set_regularizer(std::function<Tensor(const Tensor&)> f) const { state_->regularizer = std::move(f); }
  void set_constraint(std::function<Tensor(const Tensor&)> f) const { state_->constraint = std::move(f); }

  friend bool operator==(const Variable& a, const Variable& b) { return a.state_ == b.state_; }

 private:
  struct State {
    std::uint64_t id = Tensor::new_id();
    std::string name = "variable", path;
    Tensor value;
    bool trainable = true;
    std::function<Tensor(const Tensor&)> regularizer, constraint;
  };
  void make_sole_owner() const;

  std::shared_ptr<State> state_;
};

}  // namespace xtape
