// DType: what a tensor's elements are, known at run time; dispatch turns it into a template argument.
#pragma once
#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <string_view>
#include <utility>

#include <xtape/core/shape.hpp>

namespace xtape {

enum class DType : std::uint8_t { float32, float64, int32, int64, boolean };

/// "float32", "float64", "int32", "int64", "bool", as NumPy and Keras spell them.
std::string_view name(DType dtype);
/// The DType of that name. Throws ValueError for any other.
DType dtype_from_name(std::string_view name);
std::ostream& operator<<(std::ostream& out, DType dtype);

/// Bytes of one element.
constexpr Index size_of(DType dtype) {
  switch (dtype) {
    case DType::float32:
    case DType::int32:
      return 4;
    case DType::float64:
    case DType::int64:
      return 8;
    case DType::boolean:
      return 1;
  }
  return 0;
}
constexpr bool is_floating(DType dtype) { return dtype == DType::float32 || dtype == DType::float64; }

template <class T>
concept Element = std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, std::int32_t> ||
    std::same_as<T, std::int64_t> || std::same_as<T, bool>;

template <Element T>
constexpr DType dtype_of() {
  if constexpr (std::same_as<T, float>) return DType::float32;
  if constexpr (std::same_as<T, double>) return DType::float64;
  if constexpr (std::same_as<T, std::int32_t>) return DType::int32;
  if constexpr (std::same_as<T, std::int64_t>) return DType::int64;
  return DType::boolean;
}

/// The dtype of tensors made without saying one; float32 at start, as in Keras. Only float32 and float64 are allowed.
DType default_dtype();
void set_default_dtype(DType dtype);

[[noreturn]] void throw_not_floating(DType dtype, std::string_view owner);

/// Calls f.operator()<T>() with the C++ type of `dtype`.
template <class F>
decltype(auto) dispatch(DType dtype, F&& f) {
  switch (dtype) {
    case DType::float64:
      return f.template operator()<double>();
    case DType::int32:
      return f.template operator()<std::int32_t>();
    case DType::int64:
      return f.template operator()<std::int64_t>();
    case DType::boolean:
      return f.template operator()<bool>();
    case DType::float32:
      break;
  }
  return f.template operator()<float>();
}

/// The same for functions of real numbers. Throws TypeError that begins with `owner` for integers and booleans.
template <class F>
decltype(auto) dispatch_floating(DType dtype, std::string_view owner, F&& f) {
  if (!is_floating(dtype)) throw_not_floating(dtype, owner);
  if (dtype == DType::float64) return f.template operator()<double>();
  return f.template operator()<float>();
}

}  // namespace xtape
