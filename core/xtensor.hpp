// The door to xtensor: its expressions become Tensors, and Tensors become its arrays.
//
//     xt::xarray<double> a = {{1, 2}, {3, 4}};
//     Tensor x = 2.0 * a + 1.0;                     // evaluated once, straight into the tensor
//     Tensor y = square(x) * a;                     // a Tensor and an expression make a Tensor
//     double largest = xt::amax(as_xtensor<double>(y))();
//
// What stands between can be differentiated; what xtensor computes is a constant to a tape. Only this header brings
// xtensor along; a program that includes it links xtape::xtensor.
#pragma once
#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include <xtape/core/errors.hpp>
#include <xtape/core/kernels/xt.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape {

/// Any array, view or lazy expression of xtensor.
template <class E>
concept XtensorExpression = xt::is_xexpression<std::remove_cvref_t<E>>::value;

namespace detail {

/// What becomes of elements of type V.
template <class V>
constexpr auto element_for() {
  static_assert(std::is_arithmetic_v<V>, "the elements of a Tensor are real numbers, integers or bool");
  constexpr bool fits_int32 = sizeof(V) < 4 || (sizeof(V) == 4 && std::is_signed_v<V>);
  if constexpr (std::is_same_v<V, bool> || std::is_same_v<V, float>) {
    return V();
  } else if constexpr (std::is_floating_point_v<V>) {
    return double();
  } else {
    return std::conditional_t<fits_int32, std::int32_t, std::int64_t>();
  }
}

/// What a view holds so that its tensor lives; xtensor asks that it can be called.
struct KeepAlive {
  Tensor tensor;
  void operator()() const {}
};

}  // namespace detail

/// The values of an xtensor expression as a Tensor, in row-major order whatever the expression's layout. float, double,
/// int32, int64 and bool stay what they are; shorter integers become int32, uint32 and uint64 int64, long double float64.
/// Tensor(expression) and implicit conversion do the same.
/// Throws ValueError beyond 8 axes and for a uint64 that does not fit.
template <class E>
Tensor from_xtensor(const xt::xexpression<E>& expression) {
  using Value = std::remove_cv_t<typename E::value_type>;
  using T = decltype(detail::element_for<Value>());
  const E& e = expression.derived_cast();
  const std::vector<std::size_t> lengths(e.shape().begin(), e.shape().end());
  const Tensor t = Tensor::empty(Shape(lengths.begin(), lengths.end()), dtype_of<T>());
  const auto size = static_cast<std::size_t>(t.size());
  auto target = xt::adapt<xt::layout_type::row_major>(t.mutable_data<T>(), size, xt::no_ownership(), lengths);
  if (size > 0) xt::noalias(target) = e;
  if constexpr (std::is_unsigned_v<Value> && sizeof(Value) == 8) {
    const auto fits = [](T v) { return v >= 0; };
    require(std::ranges::all_of(t.values<T>(), fits), "from_xtensor", "a uint64 value does not fit int64");
  }
  return t;
}

template <XtensorExpression E>
struct TensorFrom<E> {
  static Tensor convert(const E& e) { return from_xtensor(e); }
};

/// The elements of `t` as an xtensor array of constant elements, without a copy. The view keeps them alive, so it may
/// outlive `t`; like every xtensor container it must itself outlive the expressions that are built on it by name.
/// Throws TypeError when T is not the dtype of `t`.
template <Element T>
auto as_xtensor(const Tensor& t) {
  const T* elements = t.data<T>();
  const std::vector<std::size_t> lengths(t.shape().begin(), t.shape().end());
  return xt::adapt_smart_ptr<xt::layout_type::row_major>(
      static_cast<const T*>(elements), lengths, detail::KeepAlive{t});
}

namespace detail {
// Constrained as they are, these win over xtensor's own operators, which would take a Tensor for a number.
template <class A, class B>
concept TensorAndExpression = (std::is_same_v<std::remove_cvref_t<A>, Tensor> && XtensorExpression<B>) ||
                              (XtensorExpression<A> && std::is_same_v<std::remove_cvref_t<B>, Tensor>);
}  // namespace detail

/// The ops of core/ops/elementwise.hpp for a Tensor and an expression, in either order.
template <class A, class B>
requires detail::TensorAndExpression<A, B> Tensor operator+(A&& a, B&& b) { return add(a, b); }
template <class A, class B>
requires detail::TensorAndExpression<A, B> Tensor operator-(A&& a, B&& b) { return subtract(a, b); }
template <class A, class B>
requires detail::TensorAndExpression<A, B> Tensor operator*(A&& a, B&& b) { return multiply(a, b); }
template <class A, class B>
requires detail::TensorAndExpression<A, B> Tensor operator/(A&& a, B&& b) { return divide(a, b); }

}  // namespace xtape
