#include <doctest/doctest.h>

#include <vector>
#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/core/variable.hpp>

using namespace xtape;

namespace {
using Doubles = std::vector<double>;
}

TEST_CASE("a variable has a value, a name and is trainable unless told otherwise") {
  const Variable v(Tensor{1, 2}, "kernel");
  CHECK(v.is_built());
  CHECK(v.name() == "kernel");
  CHECK(v.path() == "kernel");
  CHECK(v.trainable());
  CHECK(v.shape() == Shape{2});
  CHECK(v.dtype() == DType::float32);
  CHECK(v.value().to_vector() == Doubles{1, 2});
  v.set_path("dense/kernel");
  CHECK(v.path() == "dense/kernel");
  v.set_trainable(false);
  CHECK_FALSE(v.trainable());
}

TEST_CASE("copies are the same variable") {
  const Variable a(Tensor{1, 2});
  const Variable b = a;
  const Variable other(Tensor{1, 2});
  b.assign({3, 4});
  CHECK(a.value().to_vector() == Doubles{3, 4});
  CHECK(a == b);
  CHECK_FALSE(a == other);
}

TEST_CASE("the id stays when the value changes, and differs from that of what was assigned") {
  const Variable v(Tensor{1, 2});
  const auto id = v.value().id();
  CHECK(v.id() == id);
  const Tensor next = {3, 4};
  v.assign(next);
  CHECK(v.value().id() == id);
  CHECK(next.id() != id);
  v.assign_add({1, 1});
  v.assign_sub(Tensor(0.5));
  CHECK(v.value().id() == id);
  CHECK(v.value().to_vector() == Doubles{3.5, 4.5});
  v.mutable_data<float>()[0] = 9;
  CHECK(v.value().id() == id);
}

TEST_CASE("what was read before an assign keeps the old elements") {
  const Variable v(Tensor{1, 2});
  const Tensor before = v.value();
  v.assign({3, 4});
  CHECK(before.to_vector() == Doubles{1, 2});
}

TEST_CASE("a variable takes a bare number as its own dtype, in full") {
  const Variable v(Tensor({1.0}, DType::float64).view_as({}));
  v.assign(0.1);
  CHECK(v.value().item() == 0.1);
  CHECK(v.dtype() == DType::float64);
  const Variable count(Tensor(3), "count", false);
  CHECK_FALSE(count.value().is_weak());
  CHECK_THROWS_WITH_AS(count.assign(2.5),
      "TypeError: Variable.assign: the dtype of \"count\" must stay int32 (received float32)", TypeError);
  count.assign(4);
  CHECK(count.value().item() == 4);
}

TEST_CASE("another shape or dtype is refused and the value stays") {
  const Variable v(Tensor{1, 2}, "bias");
  CHECK_THROWS_WITH_AS(v.assign({1, 2, 3}),
      "ValueError: Variable.assign: the shape of \"bias\" must stay (2,) (received (3,))", ValueError);
  CHECK_THROWS_WITH_AS(v.assign(Tensor({1, 2}, DType::float64)),
      "TypeError: Variable.assign: the dtype of \"bias\" must stay float32 (received float64)", TypeError);
  CHECK_THROWS_AS(v.assign_add(zeros({3, 2})), ValueError);
  CHECK_THROWS_AS(v.assign(Tensor()), ValueError);
  CHECK(v.value().to_vector() == Doubles{1, 2});
}

TEST_CASE("a variable without a value says so, and is built once") {
  const Variable v;
  CHECK_FALSE(v.is_built());
  CHECK_THROWS_WITH_AS(
      v.value(), "StateError: Variable: it has no value yet; build the layer that owns it first", StateError);
  CHECK_THROWS_AS(v.shape(), StateError);
  CHECK_THROWS_AS(v.assign({1}), StateError);
  CHECK_THROWS_AS(v.mutable_data<float>(), StateError);
  CHECK_THROWS_AS(v.build(Tensor(), "kernel"), ValueError);
  CHECK_FALSE(v.is_built());
  v.build({1, 2}, "kernel", false);
  CHECK(v.name() == "kernel");
  CHECK_FALSE(v.trainable());
  CHECK_THROWS_WITH_AS(v.build({3, 4}, "other"),
      "StateError: Variable: \"kernel\" has a value already; use assign", StateError);
  CHECK(v.name() == "kernel");
}

TEST_CASE("reading a trainable variable is enough for a tape to follow it") {
  const Variable v(Tensor{3.0});
  GradientTape tape;
  const Tensor y = v * v;
  CHECK(tape.gradient(y, v.current()).item() == 6);
}

TEST_CASE("a tape knows a variable after an assign as the same one") {
  const Variable v(Tensor{3.0});
  GradientTape tape;
  const Tensor before = v * 2.0;
  v.assign({5.0});
  const Tensor y = before * v;  // 2 v_old v_new
  CHECK(tape.gradient(y, v.current()).item() == 2 * 5 + 6);
}

TEST_CASE("variables that are not trainable, or read without telling, are not followed") {
  const Variable fixed(Tensor{3.0}, "fixed", false), quiet(Tensor{3.0});
  GradientTape tape;
  const Tensor y = fixed * quiet.current();
  CHECK_FALSE(tape.is_watching(fixed.current()));
  CHECK_FALSE(tape.is_watching(quiet.current()));
  CHECK(tape.records().empty());
  tape.watch(fixed.current());
  CHECK(tape.gradient(square(fixed), fixed.current()).item() == 6);
}

TEST_CASE("a tape may be told to follow no variable by itself") {
  const Variable v(Tensor{3.0});
  GradientTape tape({.watch_accessed_variables = false});
  const Tensor y = square(v);
  CHECK_FALSE(tape.is_watching(v.current()));
}

TEST_CASE("writing in place leaves every other owner of the elements as it was") {
  const Tensor initial = {1, 2};
  const Variable v(initial);
  const Tensor copy = v.value(), view = v.value().view_as({2, 1});
  v.mutable_data<float>()[0] = 9;
  CHECK(v.value().to_vector() == Doubles{9, 2});
  for (const Tensor& other : {initial, copy, view}) CHECK(other.to_vector() == Doubles{1, 2});
}

TEST_CASE("a sole owner is written in place without a copy") {
  const Variable v(Tensor{1, 2});
  float* elements = v.mutable_data<float>();
  CHECK(v.mutable_data<float>() == elements);
  CHECK(v.value().data<float>() == elements);
  CHECK_THROWS_AS(v.mutable_data<double>(), TypeError);
}

TEST_CASE("a regularizer and a constraint are kept for whoever trains") {
  const Variable v(Tensor{1, 2});
  CHECK_FALSE(static_cast<bool>(v.regularizer()));
  CHECK_FALSE(static_cast<bool>(v.constraint()));
  v.set_regularizer([](const Tensor& x) { return square(x); });
  v.set_constraint([](const Tensor& x) { return abs(x); });
  CHECK(v.regularizer()(v.value()).to_vector() == Doubles{1, 4});
  CHECK(Variable(v).constraint()(Tensor{-1.0}).item() == 1);
}
