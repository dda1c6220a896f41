// Any: an object of any class derived from Base, held by reference, as containers and options hold layers, optimizers,
// losses and callbacks. The objects are handles themselves: a copy made on the way in is still the same one.
#pragma once
#include <concepts>
#include <memory>
#include <utility>

namespace xtape {

template <class Base>
class Any {
 public:
  /// None.
  Any() = default;
  template <std::derived_from<Base> T>
  Any(T object) : object_(std::make_shared<const T>(std::move(object))) {}

  explicit operator bool() const { return object_ != nullptr; }
  const Base& operator*() const { return *object_; }
  const Base* operator->() const { return object_.get(); }
  /// The object as a T, or nullptr when it is something else.
  template <std::derived_from<Base> T>
  const T* as() const {
    return dynamic_cast<const T*>(object_.get());
  }
  /// The same object, held as one of a narrower kind; None when it is something else.
  template <std::derived_from<Base> T>
  Any<T> to() const {
    return Any<T>(std::dynamic_pointer_cast<const T>(object_));
  }

 private:
  template <class Wider>
  friend class Any;
  explicit Any(std::shared_ptr<const Base> object) : object_(std::move(object)) {}

  std::shared_ptr<const Base> object_;
};

}  // namespace xtape
