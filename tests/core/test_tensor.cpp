#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <thread>
#include <vector>
#include <xtape/core/buffer_pool.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/tensor.hpp>

using namespace xtape;

namespace {
using Doubles = std::vector<double>;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
}  // namespace

// ---- making ----

TEST_CASE("nested lists make tensors of one, two and three axes") {
  const Tensor one = {1, 2.5, 3};
  CHECK(one.shape() == Shape{3});
  CHECK(one.to_vector() == Doubles{1, 2.5, 3});
  const Tensor two = {{1, 2, 3}, {4, 5, 6}};
  CHECK(two.shape() == Shape{2, 3});
  CHECK(two.to_vector() == Doubles{1, 2, 3, 4, 5, 6});
  const Tensor three = {{{1, 2}, {3, 4}, {5, 6}}, {{7, 8}, {9, 10}, {11, 12}}};
  CHECK(three.shape() == Shape{2, 3, 2});
  CHECK(three.at({1, 2, 0}) == 11);
  CHECK(one.dtype() == DType::float32);
}

TEST_CASE("lists of one entry keep their axes") {
  CHECK(Tensor{2.0}.shape() == Shape{1});
  const Tensor column = {{1}, {2}, {3}};
  CHECK(column.shape() == Shape{3, 1});
  const Tensor block = {{{5, 6}}};
  CHECK(block.shape() == Shape{1, 1, 2});
}

TEST_CASE("lists may ask for a dtype") {
  const Tensor t({1, 2, 3}, DType::int64);
  CHECK(t.dtype() == DType::int64);
  CHECK(t.data<std::int64_t>()[2] == 3);
  CHECK(Tensor({{0, 1}, {2, 0}}, DType::boolean).to_vector<int>() == std::vector<int>{0, 1, 1, 0});
  CHECK(Tensor({1.9, -1.9}, DType::int32).to_vector() == Doubles{1, -1});
}

TEST_CASE("rows and blocks of different lengths are refused") {
  const auto ragged = [] { return Tensor{{1, 2}, {3}}; };
  CHECK_THROWS_WITH_AS(
      ragged(), "ValueError: Tensor: rows must have equal lengths (received 2 and 1)", ValueError);
  const auto ragged_blocks = [] { return Tensor{{{1, 2}, {3, 4}}, {{5, 6}}}; };
  CHECK_THROWS_WITH_AS(ragged_blocks(),
      "ValueError: Tensor: blocks must have equal shapes (received (2, 2) and (1, 2))", ValueError);
}

TEST_CASE("numbers that an integer dtype cannot hold are refused") {
  CHECK_THROWS_WITH_AS(Tensor({1e10}, DType::int32),
      "ValueError: Tensor: a number must fit int32 (received 1e+10)", ValueError);
  CHECK_THROWS_AS(full({2}, not_a_number, DType::int64), ValueError);
  CHECK_THROWS_AS(full({2}, infinity, DType::int32), ValueError);
  CHECK_THROWS_AS(full({2}, 9223372036854775808.0, DType::int64), ValueError);
  CHECK(full({}, -2147483648.0, DType::int32).item() == -2147483648.0);
  CHECK(std::isnan(full({}, not_a_number).item()));
}

TEST_CASE("vectors are copied in and out") {
  std::vector<float> values{1, 2, 3, 4, 5, 6};
  const Tensor t = Tensor::from(values, {2, 3});
  values[0] = 9;
  CHECK(t.at({0, 0}) == 1);
  CHECK(t.dtype() == DType::float32);
  CHECK(Tensor::from(std::vector<std::int64_t>{INT64_MAX}).to_vector<std::int64_t>()[0] == INT64_MAX);
  CHECK(Tensor::from(std::vector<bool>{true, false}).to_vector<bool>() == std::vector<bool>{true, false});
  CHECK(Tensor::from(std::span<const double>(Doubles{1, 2}), {2}).dtype() == DType::float64);
  CHECK(Tensor({1.7, -1.7}).to_vector<std::int32_t>() == std::vector<std::int32_t>{1, -1});
}

TEST_CASE("a vector must have as many values as its shape") {
  CHECK_THROWS_WITH_AS(Tensor::from(Doubles{1, 2, 3}, {2, 2}),
      "ValueError: Tensor: shape (2, 2) needs 4 values (received 3)", ValueError);
  CHECK_THROWS_AS(Tensor::from(Doubles{1}, {0}), ValueError);
}

TEST_CASE("constants have their shape, value and dtype") {
  CHECK(zeros({2, 2}).to_vector() == Doubles{0, 0, 0, 0});
  CHECK(ones({3}, DType::int32).to_vector() == Doubles{1, 1, 1});
  CHECK(full({2}, 2.5, DType::float64).to_vector() == Doubles{2.5, 2.5});
  const Tensor x({{1, 2}}, DType::int64);
  CHECK(zeros_like(x).shape() == Shape{1, 2});
  CHECK(ones_like(x).dtype() == DType::int64);
  CHECK(full_like(x, 7).to_vector() == Doubles{7, 7});
}

TEST_CASE("arange counts from start by step up to, not including, stop") {
  CHECK(arange(0, 5).to_vector() == Doubles{0, 1, 2, 3, 4});
  CHECK(arange(5, 0, -2).to_vector() == Doubles{5, 3, 1});
  CHECK(arange(0, 1, 0.25).to_vector() == Doubles{0, 0.25, 0.5, 0.75});
  CHECK(arange(3, 3).shape() == Shape{0});
  CHECK(arange(3, 1).shape() == Shape{0});
  CHECK(arange(0, 3, 1, DType::int32).dtype() == DType::int32);
}

TEST_CASE("arange refuses what has no finite number of elements") {
  CHECK_THROWS_WITH_AS(arange(0, 1, 0), "ValueError: arange: step must not be 0", ValueError);
  CHECK_THROWS_WITH_AS(arange(0, infinity),
      "ValueError: arange: start, stop and step must give a finite number of elements (received 0, inf, 1)",
      ValueError);
  CHECK_THROWS_AS(arange(not_a_number, 1), ValueError);
  CHECK_THROWS_AS(arange(0, 1, not_a_number), ValueError);
  CHECK_THROWS_AS(arange(0, 1e300), ValueError);
  CHECK_THROWS_AS(arange(2147483646, 2147483650, 1, DType::int32), ValueError);
}

TEST_CASE("linspace includes its ends exactly, the last one only when asked to") {
  CHECK(linspace(0, 1, 5).to_vector() == Doubles{0, 0.25, 0.5, 0.75, 1});
  CHECK(linspace(0, 1, 4, false).to_vector() == Doubles{0, 0.25, 0.5, 0.75});
  CHECK(linspace(2, 3, 1).to_vector() == Doubles{2});
  CHECK(linspace(2, 3, 0).shape() == Shape{0});
  CHECK(linspace(0.1, 0.7, 7, true, DType::float64).to_vector().back() == 0.7);
  CHECK_THROWS_WITH_AS(
      linspace(0, 1, -1), "ValueError: linspace: num must be at least 0 (received num=-1)", ValueError);
}

TEST_CASE("eye has ones on its k-th diagonal") {
  CHECK(eye(2).to_vector() == Doubles{1, 0, 0, 1});
  CHECK(eye(2, 3).to_vector() == Doubles{1, 0, 0, 0, 1, 0});
  CHECK(eye(2, 3, 1).to_vector() == Doubles{0, 1, 0, 0, 0, 1});
  CHECK(eye(3, 2, -1).to_vector() == Doubles{0, 0, 1, 0, 0, 1});
  for (const Index k :
      {Index{5}, Index{-5}, std::numeric_limits<Index>::max(), std::numeric_limits<Index>::min()})
    CHECK(eye(2, 2, k).to_vector() == Doubles{0, 0, 0, 0});
  CHECK(eye(0).shape() == Shape{0, 0});
  CHECK_THROWS_AS(eye(-2), ValueError);
  CHECK_THROWS_AS(eye(2, -2), ValueError);
}

TEST_CASE("shapes that are negative or too large are refused, also where an axis is empty") {
  constexpr Index huge = Index{1} << 40;
  CHECK_THROWS_WITH_AS(zeros({2, -3}),
      "ValueError: Tensor: every axis must have a known length of at least 0 (received shape (2, -3))",
      ValueError);
  CHECK_THROWS_WITH_AS(zeros({None, 3}),
      "ValueError: Tensor: every axis must have a known length of at least 0 (received shape (None, 3))",
      ValueError);
  CHECK_THROWS_WITH_AS(zeros({huge, huge}),
      "ValueError: Tensor: shape is too large (received (1099511627776, 1099511627776))", ValueError);
  CHECK_THROWS_AS(zeros({huge}), ValueError);
  CHECK_THROWS_AS(zeros({0, huge, huge}), ValueError);
  CHECK_THROWS_AS(zeros({huge, huge, 0}), ValueError);
  CHECK_THROWS_AS(zeros({0}).view_as({0, huge, huge}), ValueError);
  CHECK_THROWS_AS(zeros({0}).view_as({Index{1} << 32, Index{1} << 32}), ValueError);
}

TEST_CASE("empty tensors are ordinary tensors") {
  const Tensor t = zeros({2, 0, 3});
  CHECK(static_cast<bool>(t));
  CHECK(t.size() == 0);
  CHECK(t.to_vector().empty());
  CHECK(t.values<float>().empty());
  CHECK(t.view_as({0, 6}).shape() == Shape{0, 6});
  CHECK(zeros({0, 3}).rows(0, 0).shape() == Shape{0, 3});
}

// ---- numbers ----

TEST_CASE("a bare number is a weak scalar of the default dtype, integers and truth values their own") {
  CHECK(Tensor(2.5).dtype() == DType::float32);
  CHECK(Tensor(2.5f).shape() == Shape{});
  CHECK(Tensor(7).dtype() == DType::int32);
  CHECK(Tensor(7).is_weak());
  CHECK(Tensor(true).dtype() == DType::boolean);
  CHECK(Tensor(std::int64_t{1} << 40).dtype() == DType::int64);
  CHECK(Tensor(-3).item() == -3);
  CHECK_FALSE(Tensor{2.5}.is_weak());
}

TEST_CASE("a bare number takes on the dtype of the tensor that it meets") {
  const auto dtype_of_sum = [](DType dtype, const Tensor& number) {
    return add(ones({2}, dtype), number).dtype();
  };
  CHECK(dtype_of_sum(DType::float32, 2.0) == DType::float32);
  CHECK(dtype_of_sum(DType::float64, 2.0) == DType::float64);
  CHECK(dtype_of_sum(DType::float64, 2) == DType::float64);
  CHECK(dtype_of_sum(DType::int64, 2) == DType::int64);
  CHECK(dtype_of_sum(DType::int32, 2) == DType::int32);
  CHECK(is_floating(dtype_of_sum(DType::int32, 2.5)));
}

TEST_CASE("a bare number keeps all its digits when it becomes float64 or int64") {
  const Tensor x({1}, DType::float64);
  CHECK((x * 0.1).item() == 0.1);
  CHECK(cast(Tensor(0.1), DType::float64).item() == 0.1);
  const std::int64_t odd = (std::int64_t{1} << 53) + 1;
  CHECK(Tensor(odd).number_as(DType::int64).data<std::int64_t>()[0] == odd);
  CHECK(Tensor(-1).number_as(DType::boolean).data<bool>()[0]);
}

TEST_CASE("a bare number that the other tensor's dtype cannot hold is refused") {
  CHECK_THROWS_WITH_AS(ones({2}, DType::int32) + (std::int64_t{1} << 40),
      "ValueError: Tensor: a number must fit int32 (received 1.09951e+12)", ValueError);
  CHECK_THROWS_WITH_AS(Tensor{1}.number_as(DType::int32),
      "ValueError: Tensor::number_as: needs a bare number (received float32 (1,))", ValueError);
}

TEST_CASE("dtypes that meet are promoted to the wider one") {
  const auto met = [](DType a, DType b) { return add(ones({1}, a), ones({1}, b)).dtype(); };
  CHECK(met(DType::float32, DType::float64) == DType::float64);
  CHECK(met(DType::int32, DType::int64) == DType::int64);
  CHECK(met(DType::int64, DType::float32) == DType::float32);
  CHECK(met(DType::int32, DType::float64) == DType::float64);
}

// ---- reading ----

TEST_CASE("item gives the only element") {
  CHECK(Tensor({{7}}, DType::int32).item() == 7);
  CHECK_THROWS_WITH_AS(Tensor({1, 2}).item(),
      "ValueError: Tensor::item: needs a tensor of one element (received shape (2,))", ValueError);
  CHECK_THROWS_AS(zeros({0}).item(), ValueError);
}

TEST_CASE("at takes one index an axis, from either end") {
  const Tensor t = {{1, 2, 3}, {4, 5, 6}};
  CHECK(t.at({1, 2}) == 6);
  CHECK(t.at({-1, -3}) == 4);
  CHECK(Tensor(5).at({}) == 5);
  CHECK_THROWS_WITH_AS(
      t.at({0, 3}), "ValueError: Tensor::at: index 3 is outside an axis of length 3", ValueError);
  CHECK_THROWS_WITH_AS(
      t.at({-3, 0}), "ValueError: Tensor::at: index -3 is outside an axis of length 2", ValueError);
  CHECK_THROWS_WITH_AS(
      t.at({0}), "ValueError: Tensor::at: needs one index an axis (received 1 for shape (2, 3))", ValueError);
}

TEST_CASE("elements are given out as what they are, not as another type") {
  CHECK_THROWS_WITH_AS(Tensor{1}.data<double>(),
      "TypeError: Tensor::data: dtype is float32 (received a request for float64)", TypeError);
  CHECK_THROWS_AS(Tensor({1}, DType::boolean).values<std::int32_t>(), TypeError);
}

TEST_CASE("no tensor is false, prints as None and refuses everything else") {
  const Tensor none;
  CHECK_FALSE(static_cast<bool>(none));
  CHECK(none.id() == 0);
  CHECK(concat(none) == "None");
  CHECK(concat(describe(none)) == "None");
  const char* text =
      "ValueError: Tensor: this is no tensor (None); an unconnected gradient is one, for example";
  CHECK_THROWS_WITH_AS(none.shape(), text, ValueError);
  CHECK_THROWS_AS(none.item(), ValueError);
  CHECK_THROWS_AS(none.data<float>(), ValueError);
  CHECK_THROWS_AS(none.detached(), ValueError);
  CHECK_THROWS_AS(none + 1.0, ValueError);
}

TEST_CASE("tensors print in nested brackets, long axes abridged") {
  CHECK(concat(Tensor(2.5)) == "2.5");
  CHECK(concat(Tensor{1, 2, 3}) == "[1, 2, 3]");
  CHECK(concat(Tensor{{1, 2}, {3, 4}}) == "[[1, 2],\n [3, 4]]");
  CHECK(concat(zeros({0})) == "[]");
  CHECK(concat(zeros({2, 0})) == "[[],\n []]");
  CHECK(concat(Tensor({1, 0}, DType::boolean)) == "[true, false]");
  CHECK(concat(arange(0, 100)) == "[0, 1, 2, ..., 97, 98, 99]");
  CHECK(concat(describe(zeros({2, 3}))) == "float32 (2, 3)");
}

// ---- handles, views and buffers ----

TEST_CASE("copies are the same tensor, moves leave none behind") {
  Tensor a = {1, 2};
  const Tensor b = a;
  CHECK(b.id() == a.id());
  CHECK(b.data<float>() == a.data<float>());
  const Tensor c = std::move(a);
  CHECK(c.id() == b.id());
  CHECK_FALSE(static_cast<bool>(a));  // NOLINT: what a move leaves is what is tested
  Tensor d = {5};
  d = b;
  d = *&d;
  CHECK(d.id() == b.id());
}

TEST_CASE("views share the elements under a new id") {
  const Tensor t = {{1, 2, 3}, {4, 5, 6}};
  const Tensor flat = t.view_as({6}), last = t.rows(1, 2), same = t.detached();
  CHECK(flat.data<float>() == t.data<float>());
  CHECK(last.data<float>() == t.data<float>() + 3);
  CHECK(last.shape() == Shape{1, 3});
  CHECK(same.data<float>() == t.data<float>());
  CHECK(std::set{t.id(), flat.id(), last.id(), same.id()}.size() == 4);
  CHECK(t.with_id(12345).id() == 12345);
}

TEST_CASE("a view keeps the elements alive") {
  Tensor view;
  {
    const Tensor t = {{1, 2}, {3, 4}};
    view = t.rows(1, 2);
  }
  CHECK(view.to_vector() == Doubles{3, 4});
}

TEST_CASE("views outside their tensor are refused") {
  const Tensor t = {{1, 2, 3}, {4, 5, 6}};
  CHECK_THROWS_WITH_AS(t.view_as({5}),
      "ValueError: Tensor::view_as: the number of elements must stay (received (2, 3) as (5,))", ValueError);
  CHECK_THROWS_AS(t.view_as({-2, -3}), ValueError);
  CHECK_THROWS_WITH_AS(t.rows(1, 3), "ValueError: Tensor::rows: [1, 3) is outside shape (2, 3)", ValueError);
  CHECK_THROWS_AS(t.rows(-1, 1), ValueError);
  CHECK_THROWS_AS(t.rows(2, 1), ValueError);
  CHECK_THROWS_AS(Tensor(1.0).rows(0, 1), ValueError);
}

TEST_CASE("an owner is the only one while no copy and no view shares its elements") {
  const Tensor t = {1, 2};
  CHECK(t.is_sole_owner());
  {
    const Tensor copy = t;
    CHECK_FALSE(t.is_sole_owner());
  }
  {
    const Tensor view = t.view_as({2, 1});
    CHECK_FALSE(t.is_sole_owner());
    CHECK_FALSE(view.is_sole_owner());
  }
  CHECK(t.is_sole_owner());
}

TEST_CASE("ids are unique over all threads") {
  std::vector<std::vector<std::uint64_t>> ids(4);
  std::vector<std::thread> threads;
  for (auto& mine : ids)
    threads.emplace_back([&mine] {
      for (int i = 0; i < 1000; ++i) mine.push_back(Tensor(1.0).id());
    });
  for (std::thread& thread : threads) thread.join();
  std::set<std::uint64_t> all;
  for (const auto& some : ids) all.insert(some.begin(), some.end());
  CHECK(all.size() == 4000);
  CHECK(all.count(0) == 0);
}

TEST_CASE("a tensor that several threads copy and drop dies once, and its elements are seen by all") {
  const std::int64_t before = buffer_pool::statistics().live_blocks;
  {
    Tensor t = arange(0, 100);
    std::vector<std::thread> threads;
    std::vector<double> sums(4);
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&sum = sums[i], mine = t] {
        for (int round = 0; round < 500; ++round) {
          const Tensor copy = mine, view = copy.rows(round % 100, 100);
          sum += view.at({0});
        }
      });
    t = Tensor();
    for (std::thread& thread : threads) thread.join();
    CHECK(sums == std::vector<double>(4, 5 * 4950));
  }
  CHECK(buffer_pool::statistics().live_blocks == before);
}

TEST_CASE("elements start on a cache line") {
  for (const Index n : {0, 1, 3, 100, 10000})
    CHECK(reinterpret_cast<std::uintptr_t>(zeros({n}).data<float>()) % buffer_pool::alignment == 0);
}
