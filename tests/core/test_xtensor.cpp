#include <doctest/doctest.h>

#include <limits>
#include <numeric>
#include <type_traits>
#include <vector>
#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/core/xtensor.hpp>

#if __has_include(<xtensor/views/xview.hpp>)
#include <xtensor/misc/xmanipulation.hpp>
#include <xtensor/views/xstrided_view.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xstrided_view.hpp>
#include <xtensor/xview.hpp>
#endif

using namespace xtape;

namespace {

using Doubles = std::vector<double>;

// 0, 1, 2, ... in row-major order, whatever the layout of the array.
template <class Array>
Array counting(const std::vector<std::size_t>& shape) {
  Array a = Array::from_shape(shape);
  if (a.size() == 0) return a;  // xtensor's iterators step from a null pointer then
  typename Array::value_type next = 0;
  for (auto it = a.template begin<xt::layout_type::row_major>();
       it != a.template end<xt::layout_type::row_major>(); ++it)
    *it = next++;
  return a;
}

Doubles count_to(std::size_t n) {
  Doubles values(n);
  std::iota(values.begin(), values.end(), 0.0);
  return values;
}

const std::vector<std::vector<std::size_t>> shapes{{}, {0}, {5}, {2, 3}, {2, 0, 3}, {4, 5, 3}, {1, 2, 1, 3},
    {2, 1, 2, 1, 2}, {1, 2, 3, 1, 2, 1}, {2, 1, 1, 3, 1, 1, 2}, {1, 2, 1, 2, 1, 2, 1, 2}};

template <class V, DType expected>
void check_becomes() {
  const xt::xarray<V> a = {V(0), V(1), V(1)};
  const Tensor t = from_xtensor(a);
  CHECK(t.dtype() == expected);
  CHECK(t.to_vector() == Doubles{0, 1, 1});
}

}  // namespace

TEST_CASE("arrays of rank 0 to 8 become tensors and are seen as arrays again") {
  for (const auto& shape : shapes) {
    const Shape expected(shape.begin(), shape.end());
    CAPTURE(concat(expected));
    const auto a = counting<xt::xarray<double>>(shape);
    const Tensor t = from_xtensor(a);
    CHECK(t.shape() == expected);
    CHECK(t.dtype() == DType::float64);
    CHECK(t.to_vector() == count_to(a.size()));
    const auto view = as_xtensor<double>(t);
    CHECK(view.dimension() == shape.size());
    CHECK(std::equal(view.shape().begin(), view.shape().end(), shape.begin(), shape.end()));
    if (a.size() > 0) CHECK(view == a);
    CHECK(view.data() == t.data<double>());
  }
}

TEST_CASE("column-major arrays, transposed and strided views are read in row-major order") {
  for (const auto& shape : shapes) {
    const auto a = counting<xt::xarray<float, xt::layout_type::column_major>>(shape);
    CHECK(from_xtensor(a).to_vector() == count_to(a.size()));
  }
  const auto a = counting<xt::xarray<int>>({3, 4});
  CHECK(from_xtensor(xt::transpose(a)).to_vector() == Doubles{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11});
  CHECK(from_xtensor(xt::view(a, xt::all(), xt::range(1, 4, 2))).to_vector() == Doubles{1, 3, 5, 7, 9, 11});
  CHECK(from_xtensor(xt::view(a, 1)).shape() == Shape{4});
  CHECK(from_xtensor(xt::strided_view(a, {xt::range(2, 0, -1), 3})).to_vector() == Doubles{11, 7});
  const xt::xtensor<double, 2, xt::layout_type::column_major> fixed{{1, 2}, {3, 4}};
  CHECK(from_xtensor(fixed).to_vector() == Doubles{1, 2, 3, 4});
}

TEST_CASE("lazy expressions are evaluated, broadcasting included") {
  const xt::xtensor<double, 2> column = {{1}, {2}};
  const xt::xarray<double> row = {10, 20, 30};
  const Tensor t = from_xtensor(column * row + 1.0);
  CHECK(t.shape() == Shape{2, 3});
  CHECK(t.to_vector() == Doubles{11, 21, 31, 21, 41, 61});
  CHECK(from_xtensor(xt::sum(column * row)).item() == 180);
  CHECK(from_xtensor(row > 15.0).dtype() == DType::boolean);
  CHECK(from_xtensor(xt::ones<float>({2, 2})).to_vector() == Doubles{1, 1, 1, 1});
}

TEST_CASE("every arithmetic element becomes one of ours") {
  check_becomes<float, DType::float32>();
  check_becomes<double, DType::float64>();
  check_becomes<long double, DType::float64>();
  check_becomes<bool, DType::boolean>();
  check_becomes<std::int8_t, DType::int32>();
  check_becomes<std::uint8_t, DType::int32>();
  check_becomes<std::int16_t, DType::int32>();
  check_becomes<std::uint16_t, DType::int32>();
  check_becomes<std::int32_t, DType::int32>();
  check_becomes<std::uint32_t, DType::int64>();
  check_becomes<std::int64_t, DType::int64>();
  check_becomes<long long, DType::int64>();
  check_becomes<std::uint64_t, DType::int64>();
}

TEST_CASE("what a Tensor cannot hold is refused") {
  const xt::xarray<std::uint64_t> large = {1, std::numeric_limits<std::uint64_t>::max()};
  CHECK_THROWS_WITH_AS(
      from_xtensor(large), "ValueError: from_xtensor: a uint64 value does not fit int64", ValueError);
  const auto deep = counting<xt::xarray<float>>(std::vector<std::size_t>(9, 1));
  CHECK_THROWS_WITH_AS(
      from_xtensor(deep), "ValueError: Shape: a tensor has at most 8 axes (received 9 or more)", ValueError);
}

TEST_CASE("a Tensor is a copy: the array may change or go") {
  Tensor t;
  {
    xt::xarray<double> a = {1, 2};
    t = from_xtensor(a);
    a(0) = 9;
  }
  CHECK(t.to_vector() == Doubles{1, 2});
}

TEST_CASE("expressions become Tensors by themselves where one is asked for") {
  const xt::xarray<double> a = {1, 4};
  const Tensor t = 2.0 * a;
  CHECK(t.to_vector() == Doubles{2, 8});
  CHECK(sqrt(Tensor(a)).to_vector() == Doubles{1, 2});
  CHECK(add(a, a + 1.0).to_vector() == Doubles{3, 9});
}

TEST_CASE("a Tensor and an expression combine to a Tensor, in either order") {
  xt::xarray<double> a = {1, 4};
  const auto& constant = a;
  Tensor t({2, 2}, DType::float64);
  const Tensor fixed = t;
  static_assert(std::is_same_v<decltype(t * a), Tensor>);
  CHECK((t + a).to_vector() == Doubles{3, 6});
  CHECK((a - t).to_vector() == Doubles{-1, 2});
  CHECK((fixed * constant).to_vector() == Doubles{2, 8});
  CHECK((constant / fixed).to_vector() == Doubles{0.5, 2});
  CHECK((t * (a + 1.0)).to_vector() == Doubles{4, 10});
  CHECK((xt::xarray<double>(a) * Tensor(t)).to_vector() == Doubles{2, 8});
}

TEST_CASE("what stands between two arrays can be differentiated") {
  const xt::xarray<double> a = {1, 2, 3};
  const Tensor x = from_xtensor(a);
  GradientTape tape;
  tape.watch(x);
  const Tensor gradient = tape.gradient(square(x) * a, x);  // of a^3, a held fixed in the second factor
  CHECK(as_xtensor<double>(gradient) == 2.0 * a * a);
}

TEST_CASE("views are of constant elements and of the tensor's own dtype") {
  const Tensor t({1, 2}, DType::int64);
  auto view = as_xtensor<std::int64_t>(t);
  static_assert(std::is_same_v<decltype(view(0)), const std::int64_t&>);
  CHECK(view(1) == 2);
  CHECK(as_xtensor<bool>(Tensor({0, 1}, DType::boolean))(1));
  CHECK(as_xtensor<std::int32_t>(Tensor({7}, DType::int32))(0) == 7);
  CHECK_THROWS_WITH_AS(as_xtensor<float>(t),
      "TypeError: Tensor::data: dtype is int64 (received a request for float32)", TypeError);
}

TEST_CASE("a view keeps the elements alive, also inside an expression") {
  auto view = as_xtensor<float>(Tensor{1, 2, 3});
  CHECK(xt::sum(view)() == 6);
  const auto expression = as_xtensor<float>(Tensor{1, 2, 3}) * 2.0f;
  const xt::xarray<float> values = expression;
  CHECK(values(2) == 6);
  const auto copy = view;
  view = as_xtensor<float>(Tensor{4, 5, 6});
  CHECK(copy(0) == 1);
  CHECK(view(0) == 4);
}

TEST_CASE("views of tensors serve xtensor's functions") {
  const Tensor t = {{1, 2, 3}, {4, 5, 6}};
  const auto view = as_xtensor<float>(t);
  const xt::xarray<float> means = xt::mean(view, {0});
  CHECK(from_xtensor(means).to_vector() == Doubles{2.5, 3.5, 4.5});
  CHECK(xt::amax(view)() == 6);
  CHECK(from_xtensor(xt::view(view, xt::all(), 1)).to_vector() == Doubles{2, 5});
}

TEST_CASE("temporaries of xtensor have the rank of what they hold") {
  const auto x = counting<xt::xarray<float>>({4, 5, 3});
  const auto sums = xt::sum(x * 0.0f + 1.0f, {0, 1}, xt::evaluation_strategy::immediate);
  CHECK(sums.dimension() == 1);
  CHECK(from_xtensor(sums).to_vector() == Doubles{20, 20, 20});
  const auto product = xt::eval(x * x);
  CHECK(product.dimension() == 3);
  CHECK(from_xtensor(product).at({3, 4, 2}) == 59 * 59);
  for (const auto& shape : shapes) {
    const auto a = counting<xt::xarray<double>>(shape);
    if (a.size() > 0) CHECK(xt::eval(a + 1.0).dimension() == shape.size());
  }
}
