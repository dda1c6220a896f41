#include <array>
#include <atomic>
#include <ostream>

#include <xtape/core/dtype.hpp>
#include <xtape/core/errors.hpp>

namespace xtape {
namespace {
constexpr std::array names{std::string_view("float32"), std::string_view("float64"),
    std::string_view("int32"), std::string_view("int64"), std::string_view("bool")};
std::atomic<DType> current_default = DType::float32;
}  // namespace

std::string_view name(DType dtype) { return names[static_cast<std::size_t>(dtype)]; }

DType dtype_from_name(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<DType>(i);
  throw ValueError(
      concat("dtype: must be one of float32, float64, int32, int64, bool (received \"", name, "\")"));
}

std::ostream& operator<<(std::ostream& out, DType dtype) { return out << name(dtype); }

DType default_dtype() { return current_default.load(std::memory_order_relaxed); }

void set_default_dtype(DType dtype) {
  if (!is_floating(dtype)) throw_not_floating(dtype, "set_default_dtype");
  current_default.store(dtype, std::memory_order_relaxed);
}

void throw_not_floating(DType dtype, std::string_view owner) {
  throw TypeError(concat(owner, ": dtype must be float32 or float64 (received ", dtype, ")"));
}

}  // namespace xtape
