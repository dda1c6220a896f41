// Vjp: a closure that turns the gradient of an output into the gradient of one input.
//
// The same as std::function<Tensor(const Tensor&)>, made for a tape that holds millions of them: it is only ever moved,
// keeps closures of up to four tensors in place, and takes the memory of larger ones from the buffer pool.
//
// A closure may be a struct that knows how to save memory traffic where nobody else sees the tensor it writes to:
//
//   void add_to(const Tensor& sum, const Tensor& g) const   adds the gradient to a sum that is there already, without forming
//                                                           it first: that of a part of x is zero elsewhere, that of a
//                                                           weight used at every step of a sequence is large each time
//   void replace(const Tensor& g) const                     turns g itself into the gradient, element by element; g has the
//                                                           shape of the input, and is no bare number
#pragma once
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include <xtape/core/buffer_pool.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape {

class Vjp {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Vjp> &&
           std::is_invocable_r_v<Tensor, const F&, const Tensor&>) Vjp(F closure)
      : actions_(&actions<F>) {
    if constexpr (fits<F>) {
      new (place_) F(std::move(closure));
    } else {
      void* block = buffer_pool::allocate(sizeof(F));
      *reinterpret_cast<void**>(place_) = new (block) F(std::move(closure));
    }
  }
  Vjp(Vjp&& other) noexcept : actions_(std::exchange(other.actions_, nullptr)) {
    if (actions_) actions_->move(place_, other.place_);
  }
  Vjp& operator=(Vjp&& other) noexcept {
    if (this != &other) {
      reset();
      actions_ = std::exchange(other.actions_, nullptr);
      if (actions_) actions_->move(place_, other.place_);
    }
    return *this;
  }
  ~Vjp() { reset(); }

  /// The gradient of the input, given the gradient g of the output.
  Tensor operator()(const Tensor& g) const { return actions_->call(place_, g); }
  /// Whether it can add its gradient to a sum, and does.
  bool can_add() const { return actions_->add_to != nullptr; }
  void add_to(const Tensor& sum, const Tensor& g) const { actions_->add_to(place_, sum, g); }
  /// Whether it can write its gradient over g, and does.
  bool can_replace() const { return actions_->replace != nullptr; }
  void replace(const Tensor& g) const { actions_->replace(place_, g); }
  explicit operator bool() const { return actions_ != nullptr; }
  /// Destroys the closure and lets go of all that it kept alive.
  void reset() noexcept {
    if (const Actions* mine = std::exchange(actions_, nullptr)) mine->destroy(place_);
  }

 private:
  static constexpr std::size_t in_place = 32;
  struct Actions {
    Tensor (*call)(const std::byte*, const Tensor&);
    void (*add_to)(const std::byte*, const Tensor& sum, const Tensor& g);
    void (*replace)(const std::byte*, const Tensor& g);
    void (*move)(std::byte*, std::byte*) noexcept;
    void (*destroy)(std::byte*) noexcept;
  };

  template <class F>
  static constexpr bool fits = sizeof(F) <= in_place &&
                               alignof(F) <= alignof(void*) && std::is_nothrow_move_constructible_v<F>;

  template <class F>
  static constexpr auto add_to_of() -> void (*)(const std::byte*, const Tensor&, const Tensor&) {
    if constexpr (requires(const F& f, const Tensor& t) { f.add_to(t, t); }) {
      return [](const std::byte* place, const Tensor& sum, const Tensor& g) {
        std::as_const(closure_in<F>(const_cast<std::byte*>(place))).add_to(sum, g);
      };
    } else {
      return nullptr;
    }
  }

  template <class F>
  static constexpr auto replace_of() -> void (*)(const std::byte*, const Tensor&) {
    if constexpr (requires(const F& f, const Tensor& t) { f.replace(t); }) {
      return [](const std::byte* place, const Tensor& g) {
        std::as_const(closure_in<F>(const_cast<std::byte*>(place))).replace(g);
      };
    } else {
      return nullptr;
    }
  }

  template <class F>
  static F& closure_in(std::byte* place) {
    if constexpr (fits<F>) {
      return *std::launder(reinterpret_cast<F*>(place));
    } else {
      return **reinterpret_cast<F**>(place);
    }
  }

  template <class F>
  static constexpr Actions actions{[](const std::byte* place, const Tensor& g) -> Tensor {
                                     return std::as_const(closure_in<F>(const_cast<std::byte*>(place)))(g);
                                   },
      add_to_of<F>(), replace_of<F>(),
      [](std::byte* to, std::byte* from) noexcept {
    if constexpr (fits<F>) {
      new (to) F(std::move(closure_in<F>(from)));
      closure_in<F>(from).~F();
    } else {
      *reinterpret_cast<void**>(to) = *reinterpret_cast<void**>(from);
    }
                                   },
      [](std::byte* place) noexcept {
    F& closure = closure_in<F>(place);
    closure.~F();
    if constexpr (!fits<F>) buffer_pool::deallocate(&closure, sizeof(F));
  }};

  const Actions* actions_;
  alignas(void*) std::byte place_[in_place];
};

}  // namespace xtape
