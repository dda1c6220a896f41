#include <doctest/doctest.h>

#include <string>
#include <type_traits>
#include <xtape/core/dtype.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/tensor.hpp>

using namespace xtape;

namespace {
constexpr DType all[] = {DType::float32, DType::float64, DType::int32, DType::int64, DType::boolean};

struct DefaultDType {  // the default dtype is a state of the program: each test gives it back
  DType before = default_dtype();
  ~DefaultDType() { set_default_dtype(before); }
};
}  // namespace

TEST_CASE("dtypes have NumPy's names, and names lead back to them") {
  for (const DType dtype : all) CHECK(dtype_from_name(name(dtype)) == dtype);
  CHECK(name(DType::float32) == "float32");
  CHECK(name(DType::boolean) == "bool");
  CHECK(concat(DType::int64) == "int64");
}

TEST_CASE("an unknown name is an error that lists the known ones") {
  CHECK_THROWS_WITH_AS(dtype_from_name("float16"),
      "ValueError: dtype: must be one of float32, float64, int32, int64, bool (received \"float16\")",
      ValueError);
  CHECK_THROWS_AS(dtype_from_name(""), ValueError);
}

TEST_CASE("dispatch hands over the type of the elements") {
  for (const DType dtype : all) {
    dispatch(dtype, [&]<class T>() {
      CHECK(dtype_of<T>() == dtype);
      CHECK(static_cast<Index>(sizeof(T)) == size_of(dtype));
      CHECK(std::is_floating_point_v<T> == is_floating(dtype));
    });
  }
}

TEST_CASE("dispatch_floating takes real numbers only") {
  CHECK(dispatch_floating(DType::float32, "op", []<class T>() { return sizeof(T); }) == 4);
  CHECK(dispatch_floating(DType::float64, "op", []<class T>() { return sizeof(T); }) == 8);
  CHECK_THROWS_WITH_AS(dispatch_floating(DType::int32, "exp", []<class T>() { return sizeof(T); }),
      "TypeError: exp: dtype must be float32 or float64 (received int32)", TypeError);
  CHECK_THROWS_AS(dispatch_floating(DType::boolean, "exp", []<class T>() { return sizeof(T); }), TypeError);
}

TEST_CASE("the default dtype is float32 until it is set, and is what new tensors have") {
  const DefaultDType restored;
  CHECK(default_dtype() == DType::float32);
  CHECK(Tensor{1, 2}.dtype() == DType::float32);
  set_default_dtype(DType::float64);
  CHECK(default_dtype() == DType::float64);
  CHECK(Tensor{1, 2}.dtype() == DType::float64);
  CHECK(Tensor(2.0).dtype() == DType::float64);
  CHECK(zeros({2}).dtype() == DType::float64);
}

TEST_CASE("only real numbers may be the default dtype") {
  const DefaultDType restored;
  CHECK_THROWS_WITH_AS(set_default_dtype(DType::int32),
      "TypeError: set_default_dtype: dtype must be float32 or float64 (received int32)", TypeError);
  CHECK(default_dtype() == DType::float32);
}
