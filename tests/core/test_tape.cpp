// GradientTape: what it follows, what it gives, what it forgets.
#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <sstream>
#include <thread>

#include <xtape/core/buffer_pool.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/name_scope.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/core/variable.hpp>

using namespace xtape;

namespace {

using Numbers = std::vector<double>;

std::int64_t live_blocks() { return buffer_pool::statistics().live_blocks; }

/// The text of the error that f throws, or "" when it throws none.
template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a gradient follows the chain rule through every use of a tensor") {
  const Tensor x = {1.0, 2.0, -3.0};
  GradientTape tape;
  tape.watch(x);
  const Tensor y = x * x + x * 2 - x;  // dy/dx = 2x + 1
  CHECK(tape.gradient(y, x).to_vector() == Numbers{3, 5, -5});
}

TEST_CASE("a target with several elements counts as their sum, and several targets as theirs") {
  const Tensor x = {2.0};
  GradientTape tape({.persistent = true});
  tape.watch(x);
  const Tensor y = square(x), z = x * 5;
  CHECK(tape.gradient({y, z}, x).item() == 9);
  CHECK(tape.gradient({y, y}, x).item() == 8);
  CHECK(tape.gradient(x, x).item() == 1);
}

TEST_CASE("output_gradients weigh the elements of the targets") {
  const Tensor x = {1.0, 2.0};
  GradientTape tape({.persistent = true});
  tape.watch(x);
  const Tensor y = square(x);
  CHECK(tape.gradient(y, x, {.output_gradients = {Tensor{10.0, 100.0}}}).to_vector() == Numbers{20, 400});
  CHECK(error_of([&] { tape.gradient(y, x, {.output_gradients = {Tensor{1.0}}}); }) ==
        "ValueError: GradientTape.gradient: output_gradients must have the target's shape (2,) (received "
        "(1,))");
  CHECK(error_of([&] {
    tape.gradient({y, y}, x, {.output_gradients = {Tensor{1.0}}});
  }) == "ValueError: GradientTape.gradient: output_gradients must have one entry a target (received 1 for 2 "
        "targets)");
}

TEST_CASE("unconnected sources give None, or zeros when asked for") {
  const Tensor x = {1.0}, other = {1.0, 2.0};
  GradientTape tape({.persistent = true});
  tape.watch(x);
  tape.watch(other);
  const Tensor y = exp(x);
  CHECK_FALSE(tape.gradient(y, other));
  CHECK(tape.gradient(y, other, {.unconnected_gradients = UnconnectedGradients::zero}).to_vector() ==
        Numbers{0, 0});
  const Tensor never_seen = {1.0};
  CHECK_FALSE(tape.gradient(y, never_seen));
  CHECK_FALSE(tape.gradient(never_seen, x));
}

TEST_CASE("only floating tensors can be watched and differentiated") {
  const Tensor i = Tensor::from(std::vector<std::int32_t>{1, 2});
  GradientTape tape;
  CHECK_THROWS_AS(tape.watch(i), TypeError);
  CHECK_THROWS_AS(tape.gradient(i, i), TypeError);
}

TEST_CASE("trainable variables are watched when they are read, others are not") {
  const Variable w(Tensor{3.0}, "w"), frozen(Tensor{4.0}, "frozen", false);
  {
    GradientTape tape;
    const Tensor y = w * frozen;
    const auto g = tape.gradient(y, {w, frozen});
    CHECK(g[0].item() == 4);
    CHECK_FALSE(g[1]);
  }
  {
    GradientTape tape({.watch_accessed_variables = false});
    CHECK_FALSE(tape.gradient(w * frozen, w));
  }
  {
    GradientTape tape;
    tape.watch(frozen);
    CHECK(tape.gradient(w * frozen, frozen).item() == 3);
  }
}

TEST_CASE("a variable is the same source before and after an assignment") {
  const Variable w(Tensor{3.0}, "w");
  GradientTape tape;
  const Tensor y = w * w;
  w.assign(Tensor{5.0});
  CHECK(tape.gradient(y, w).item() == 6);
}

TEST_CASE("sources may be nested in vectors and maps, and gradients come in the same form") {
  const Tensor x = {2.0}, t = {7.0};
  const Variable w(Tensor{3.0}, "w"), b(Tensor{1.0}, "b");
  GradientTape tape({.persistent = true});
  tape.watch(std::vector<Tensor>{x, t});
  const Tensor y = x * w + b;
  const Tensor of_variable = tape.gradient(y, w);
  CHECK(of_variable.item() == 2);
  const std::vector<Tensor> in_braces = tape.gradient(y, {x, w, b});
  CHECK(in_braces[0].item() == 3);
  CHECK(in_braces[1].item() == 2);
  CHECK(in_braces[2].item() == 1);
  CHECK(tape.gradient(y, {x}).size() == 1);
  const std::map<std::string, std::vector<Variable>> layers{{"dense", {w, b}}, {"empty", {}}};
  const std::map<std::string, std::vector<Tensor>> gradients = tape.gradient(y, layers);
  CHECK(gradients.at("dense")[0].item() == 2);
  CHECK(gradients.at("dense")[1].item() == 1);
  CHECK(gradients.at("empty").empty());
  const std::vector<std::vector<Tensor>> deep{{x}, {t, x}};
  const auto g = tape.gradient(y, deep);
  CHECK(g[0][0].item() == 3);
  CHECK_FALSE(g[1][0]);
  CHECK(g[1][1].item() == 3);
}

TEST_CASE("a tape gives one set of gradients unless it is persistent") {
  const Tensor x = {3.0};
  GradientTape once;
  once.watch(x);
  const Tensor y = x * x;
  once.gradient(y, x);
  CHECK(error_of([&] { once.gradient(y, x); }) ==
        "StateError: GradientTape.gradient: a tape that is not persistent gives one set of gradients; make "
        "it with "
        "{.persistent = true}");
  CHECK_THROWS_AS(once.jacobian(y, x), StateError);
  CHECK_THROWS_AS(once.batch_jacobian(y, x), StateError);

  GradientTape often({.persistent = true});
  often.watch(x);
  const Tensor z = x * x;
  for (int i = 0; i < 3; ++i) CHECK(often.gradient(z, x).item() == 6);
}

TEST_CASE("a spent tape stays spent when a backward pass throws") {
  const Tensor x = {3.0};
  GradientTape tape;
  tape.watch(x);
  const auto fails = [](const Tensor&) -> Tensor { throw ValueError("on purpose"); };
  const Tensor y = record(Op::exp, x.detached(), Edge{x, fails});
  CHECK_THROWS_AS(tape.gradient(y, x), ValueError);
  CHECK_THROWS_AS(tape.gradient(y, x), StateError);
}

TEST_CASE("stop_recording pauses one tape, NoRecording all") {
  const Tensor x = {3.0};
  GradientTape outer({.persistent = true}), inner({.persistent = true});
  outer.watch(x), inner.watch(x);
  Tensor unseen_by_inner, unseen;
  {
    const auto pause = inner.stop_recording();
    unseen_by_inner = x * x;
  }
  {
    const NoRecording off;
    unseen = x * x;
    GradientTape made_inside;
    made_inside.watch(x);
    CHECK(made_inside.gradient(x * x, x).item() == 6);
  }
  CHECK(outer.gradient(unseen_by_inner, x).item() == 6);
  CHECK_FALSE(inner.gradient(unseen_by_inner, x));
  CHECK_FALSE(outer.gradient(unseen, x));
  CHECK(inner.gradient(x * 2, x).item() == 2);
}

TEST_CASE("reset makes a tape as new") {
  const Tensor x = {3.0};
  GradientTape tape;
  tape.watch(x);
  const Tensor y = x * x;
  tape.gradient(y, x);
  tape.reset();
  CHECK(tape.records().empty());
  CHECK_FALSE(tape.is_watching(x));
  tape.watch(x);
  CHECK(tape.gradient(x * x * x, x).item() == 27);
}

TEST_CASE("nested tapes give derivatives of any order") {
  const Tensor x = Tensor({2.0}, DType::float64);
  GradientTape third;
  third.watch(x);
  GradientTape second;
  second.watch(x);
  GradientTape first;
  first.watch(x);
  const Tensor y = x * x * x * x;
  const Tensor d1 = first.gradient(y, x), d2 = second.gradient(d1, x), d3 = third.gradient(d2, x);
  CHECK(d1.item() == 32);
  CHECK(d2.item() == 48);
  CHECK(d3.item() == 48);
}

TEST_CASE("a persistent tape can differentiate its own gradients") {
  const Tensor x = {2.0};
  GradientTape outer({.persistent = true});
  outer.watch(x);
  Tensor dy;
  {
    GradientTape inner;
    inner.watch(x);
    dy = inner.gradient(exp(x * 3), x);
  }
  CHECK(outer.gradient(dy, x).item() == doctest::Approx(9 * std::exp(6.0)));
}

TEST_CASE("tapes may be destroyed in any order") {
  const Tensor x = {3.0};
  auto a = std::make_unique<GradientTape>(), b = std::make_unique<GradientTape>(),
       c = std::make_unique<GradientTape>();
  a->watch(x), c->watch(x);
  b.reset();
  const Tensor y = x * x;
  CHECK(a->gradient(y, x).item() == 6);
  a.reset();
  CHECK(c->gradient(y, x).item() == 6);
  c.reset();
  CHECK(GradientTape::innermost() == nullptr);
}

TEST_CASE("two threads with a tape each do not meet") {
  const Variable shared(Tensor{2.0}, "shared");
  const auto work = [&shared](double factor, double& slope) {
    for (int i = 0; i < 200; ++i) {
      GradientTape tape;
      const Tensor y = shared * shared * factor;
      slope = tape.gradient(y, shared).item();
      if (tape.records().size() != 2) slope = -1;
    }
  };
  double one = 0, two = 0;
  std::thread other(work, 10.0, std::ref(two));
  work(1.0, one);
  other.join();
  CHECK(one == 4);
  CHECK(two == 40);
}

TEST_CASE("a chain of a million ops records, differentiates and dies, and memory is where it was") {
  const Tensor x = {0.5}, one = {1.0};
  const std::int64_t before = live_blocks();
  {
    GradientTape tape;
    tape.watch(x);
    Tensor y = x;
    for (int i = 0; i < 1'000'000; ++i) y = y * one;
    CHECK(tape.gradient(y, x).item() == 1);
  }
  CHECK(live_blocks() == before);
  {
    GradientTape never_asked;
    never_asked.watch(x);
    Tensor y = x;
    for (int i = 0; i < 1'000'000; ++i) y = exp(y * 0);
  }
  CHECK(live_blocks() == before);
}

TEST_CASE("what a closure kept alive is let go as the backward pass drops it") {
  const Tensor x = {0.5};
  GradientTape tape;
  tape.watch(x);
  const std::int64_t before = live_blocks();
  Tensor y = x;
  for (int i = 0; i < 100; ++i) y = exp(y);
  CHECK(live_blocks() >= before + 200);
  const Tensor g = tape.gradient(y, x);
  y = Tensor();
  CHECK(live_blocks() == before + 2);  // g, its handle and its elements
}

TEST_CASE("the closure of an input that nobody follows is dropped at once") {
  const Tensor x = {2.0};
  const std::int64_t before = live_blocks();
  GradientTape tape;
  tape.watch(x);
  {
    const Tensor constant = {3.0};
    Tensor y = x + constant;        // neither closure needs the constant
    y = exp(constant) * Tensor(2);  // not followed at all
  }
  CHECK(tape.records().size() == 1);
  CHECK(tape.edges().size() == 1);
  CHECK(live_blocks() == before);
}

TEST_CASE("a Jacobian holds the derivative of each output by each input") {
  const Tensor x = Tensor({1.0, 2.0, 3.0}, DType::float64);
  GradientTape tape({.persistent = true});
  tape.watch(x);
  const Tensor y = square(x) * sum(x);  // dy_i/dx_j = 2 x_i s [i = j] + x_i^2
  const Tensor J = tape.jacobian(y, x);
  REQUIRE(J.shape() == Shape{3, 3});
  for (Index i = 0; i < 3; ++i)
    for (Index j = 0; j < 3; ++j) {
      const double xi = x.at({i});
      CHECK(J.at({i, j}) == doctest::Approx(2 * xi * 6 * (i == j) + xi * xi));
    }
  const auto both = tape.jacobian(y, {x, x});
  CHECK(both[1].to_vector() == J.to_vector());
  const Tensor unrelated = {1.0};
  CHECK_FALSE(tape.jacobian(y, unrelated));
  CHECK(tape.jacobian(y, unrelated, UnconnectedGradients::zero).shape() == Shape{3, 1});
  CHECK(tape.jacobian(sum(y), x).shape() == Shape{3});
}

TEST_CASE("a Jacobian asked once needs no persistent tape") {
  const Tensor x = {1.0, 2.0};
  GradientTape tape;
  tape.watch(x);
  CHECK(tape.jacobian(square(x), x).to_vector() == Numbers{2, 0, 0, 4});
}

TEST_CASE("a batch Jacobian is the Jacobian of each sample alone") {
  const Tensor x = Tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}, DType::float64);
  GradientTape tape({.persistent = true});
  tape.watch(x);
  const Tensor y = square(x) * sum(x, 1, true);
  const Tensor J = tape.jacobian(y, x), by_sample = tape.batch_jacobian(y, x);
  REQUIRE(by_sample.shape() == Shape{2, 3, 3});
  for (Index n = 0; n < 2; ++n)
    for (Index i = 0; i < 3; ++i)
      for (Index j = 0; j < 3; ++j) CHECK(by_sample.at({n, i, j}) == doctest::Approx(J.at({n, i, n, j})));
  CHECK(error_of([&] { tape.batch_jacobian(sum(y), x); }) ==
        "ValueError: GradientTape.batch_jacobian: target and source must have the same number of samples "
        "(received "
        "shapes () and (2, 3))");
}

TEST_CASE("a hook sees the complete gradient of a tensor and may replace it") {
  const Tensor x = {2.0};
  GradientTape tape({.persistent = true});
  tape.watch(x);
  const Tensor h = x * x, y = h * 3 + h * 4;
  int calls = 0;
  double seen = 0;
  tape.register_hook(h, [&](const Tensor& g) {
    ++calls;
    seen = g.item();
    return Tensor();
  });
  CHECK(tape.gradient(y, x).item() == 28);
  CHECK(calls == 1);
  CHECK(seen == 7);
  tape.register_hook(h, [](const Tensor& g) { return g * 10; });
  CHECK(tape.gradient(y, x).item() == 280);
  tape.register_hook(x, [](const Tensor& g) { return g + 1; });
  CHECK(tape.gradient(y, x).item() == 281);
  CHECK_THROWS_AS(tape.register_hook(Tensor{1.0}, [](const Tensor& g) { return g; }), ValueError);
  tape.register_hook(h, [](const Tensor&) { return Tensor{1.0, 2.0}; });
  CHECK_THROWS_AS(tape.gradient(y, x), ValueError);
}

TEST_CASE("a closure writes its gradient over one that is needed no more") {
  const Tensor x = {-1.0, 2.0, 3.0};
  GradientTape tape;
  tape.watch(x);
  const Tensor half = x * 0.5, y = relu(half);
  const float *at_y = nullptr, *at_half = nullptr;  // where the gradients stand
  tape.register_hook(y, [&](const Tensor& g) { return at_y = g.data<float>(), Tensor(); });
  tape.register_hook(half, [&](const Tensor& g) { return at_half = g.data<float>(), Tensor(); });
  const Tensor gradient = tape.gradient(y * 4, x);
  CHECK(gradient.to_vector() == Numbers{0, 2, 2});
  CHECK(at_y != nullptr);
  CHECK(at_y == at_half);
}

TEST_CASE("a gradient that somebody still sees is not written over") {
  const Tensor x = {-1.0, 2.0, 3.0};
  const Numbers all{4, 4, 4}, masked{0, 4, 4};
  GradientTape tape({.persistent = true});
  tape.watch(x);
  const Tensor y = relu(x), loss = y * 4;
  Tensor kept;
  SUBCASE("because it was asked for") {
    const auto gradients = tape.gradient(loss, {y, x});
    CHECK(gradients[0].to_vector() == all);
    CHECK(gradients[1].to_vector() == masked);
  }
  SUBCASE("because the caller gave it") {
    const Tensor given = {4.0, 4.0, 4.0};
    CHECK(tape.gradient(y, x, {.output_gradients = {given}}).to_vector() == masked);
    CHECK(given.to_vector() == all);
  }
  SUBCASE("because a hook kept it") {
    tape.register_hook(y, [&](const Tensor& g) { return kept = g, Tensor(); });
    CHECK(tape.gradient(loss, x).to_vector() == masked);
    CHECK(kept.to_vector() == all);
  }
  SUBCASE("because it is the gradient of another tensor too") {
    const Tensor z = {1.0, 1.0, 1.0};
    tape.watch(z);
    const auto gradients = tape.gradient((relu(x) + z) * 4, {x, z});
    CHECK(gradients[0].to_vector() == masked);
    CHECK(gradients[1].to_vector() == all);
  }
  SUBCASE("because it is a bare number, which is kept twice") {
    const Tensor number = sum(x) * -1, positive = relu(number);
    tape.register_hook(positive, [](const Tensor&) { return Tensor(2.0); });
    const Tensor gradient = tape.gradient(positive, number);
    CHECK((gradient * ones({1}, DType::float64)).item() == 0);
  }
  SUBCASE("because another tape records how it came about") {
    GradientTape outer;
    const Tensor v = {1.0, 1.0, 1.0};
    outer.watch(v);
    GradientTape inner;
    inner.watch(x);
    const Tensor target = relu(x) * v;
    const Tensor first = inner.gradient(target, x);
    CHECK(first.to_vector() == Numbers{0, 1, 1});
    CHECK(outer.gradient(first, v).to_vector() == Numbers{0, 1, 1});
  }
  CHECK(tape.gradient(loss, x).to_vector() == masked);
}

TEST_CASE("check_numerics stops at the first NaN or infinity and says where") {
  const Tensor x = {1.0, -1.0}, zero = {0.0};
  const NameScope scope("encoder");
  {
    GradientTape tape({.check_numerics = true});
    tape.watch(x);
    const NameScope inner("dense");
    CHECK(error_of([&] { log(x); }) ==
          "ValueError: GradientTape: log computed nan at index (1,) of its output float32 (2,) from float32 "
          "(2,), in "
          "encoder/dense");
  }
  {
    GradientTape tape({.check_numerics = true});
    tape.watch(zero);
    const Tensor y = sqrt(zero);
    CHECK(error_of([&] { tape.gradient(y, zero); }) ==
          "ValueError: GradientTape: the gradient of sqrt computed inf at index (0,) of its input's gradient "
          "float32 "
          "(1,) from the output's gradient float32 (1,), in encoder");
  }
  {
    const Tensor holds_nan = {std::nan("")};
    GradientTape tape({.check_numerics = true});
    tape.watch(zero);
    CHECK(error_of([&] { zero + holds_nan; }) ==
          "ValueError: GradientTape: add computed nan at index (0,) of its output float32 (1,) from float32 "
          "(1,) and "
          "float32 (1,) (which holds nan at index (0,)), in encoder");
  }
}

TEST_CASE("a tape prints what it recorded, and what it was asked to keep") {
  const Tensor x = {1.0, 2.0}, w = {3.0, 4.0};
  {
    GradientTape tape;
    tape.watch(x);
    const Tensor y = sum(x * w);
    CHECK(concat(tape) ==
          "slot  op                  inputs          shape\n"
          "%0    watch                               (2,) float32\n"
          "%1    multiply            %0              (2,) float32\n"
          "%2    sum                 %1              () float32\n");
    CHECK(tape.to_dot().find("s0 -> s1;") != std::string::npos);
  }
  {
    GradientTape tape({.keep_values = true, .measure = true});
    tape.watch(x);
    const NameScope scope("net");
    const Tensor y = sum(exp(x * w));
    tape.gradient(y, x);
    REQUIRE(tape.details().size() == 3);
    CHECK(tape.details()[0].value.to_vector() == Numbers{3, 8});
    CHECK(tape.details()[0].gradient.size() == 2);
    CHECK(tape.details()[0].scope == "net");
    CHECK(tape.details()[2].gradient.item() == 1);
    CHECK(tape.details()[1].forward_seconds >= 0);
    CHECK(concat(tape).find("[3, 8]") != std::string::npos);
    CHECK(tape.to_dot().find("y = [3, 8]") != std::string::npos);
  }
}

TEST_CASE("measured bytes add up to what the records kept alive") {
  const Tensor x = zeros({1000});
  GradientTape tape({.measure = true});
  tape.watch(x);
  const Tensor y = sum(exp(exp(x)));  // each exp keeps its own output, and nobody else does
  tape.gradient(y, x);
  CHECK(tape.details()[0].bytes >= 4000);
  CHECK(tape.details()[1].bytes >= 4000);
  CHECK(tape.details()[2].bytes < 1000);
}
