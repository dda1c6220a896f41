#include <doctest/doctest.h>

#include <limits>
#include <vector>
#include <xtape/core/errors.hpp>
#include <xtape/core/shape.hpp>

using namespace xtape;

TEST_CASE("a shape prints as Python prints a tuple") {
  CHECK(concat(Shape{}) == "()");
  CHECK(concat(Shape{3}) == "(3,)");
  CHECK(concat(Shape{2, 3}) == "(2, 3)");
  CHECK(concat(Shape{None, 288, 1}) == "(None, 288, 1)");
}

TEST_CASE("rank counts the axes and size the elements") {
  CHECK(Shape{}.rank() == 0);
  CHECK(Shape{}.size() == 1);
  CHECK(Shape{}.empty());
  CHECK(Shape{2, 3, 4}.rank() == 3);
  CHECK(Shape{2, 3, 4}.size() == 24);
  CHECK(Shape{2, 0, 4}.size() == 0);
  CHECK(Shape{2, 3, 4}.back() == 4);
}

TEST_CASE("a size beyond any number is the largest one, not a wrong one") {
  constexpr Index huge = Index{1} << 40;
  CHECK(Shape{huge, huge}.size() == std::numeric_limits<Index>::max());
  CHECK(Shape{Index{1} << 32, Index{1} << 32}.size() == std::numeric_limits<Index>::max());
}

TEST_CASE("axes count from either end, and one that is not there is an error") {
  const Shape shape{2, 3, 4};
  CHECK(shape.dim(0) == 2);
  CHECK(shape.dim(-1) == 4);
  CHECK(shape.dim(-3) == 2);
  CHECK_THROWS_WITH_AS(shape.dim(3),
      "ValueError: Shape: axis must lie in [-3, 3) for a tensor of rank 3 (received axis=3)", ValueError);
  CHECK_THROWS_AS(shape.dim(-4), ValueError);
  CHECK_THROWS_AS(Shape{}.dim(0), ValueError);
}

TEST_CASE("a shape has at most eight axes") {
  Shape shape{1, 2, 3, 4, 5, 6, 7, 8};
  CHECK(shape.rank() == 8);
  CHECK_THROWS_WITH_AS(
      shape.push_back(9), "ValueError: Shape: a tensor has at most 8 axes (received 9 or more)", ValueError);
  CHECK(shape.rank() == 8);
  CHECK_THROWS_AS(Shape(std::vector<Index>(9, 1)), ValueError);
}

TEST_CASE("axes are taken away, put in and cut out") {
  const Shape shape{2, 3, 4};
  CHECK(shape.without(1) == Shape{2, 4});
  CHECK(shape.with(0, 7) == Shape{7, 2, 3, 4});
  CHECK(shape.with(3, 7) == Shape{2, 3, 4, 7});
  CHECK(shape.slice(1, 3) == Shape{3, 4});
  CHECK(shape.slice(1, 1) == Shape{});
}

TEST_CASE("shapes are equal when their ranks and lengths are") {
  CHECK(Shape{2, 3} == Shape{2, 3});
  CHECK(Shape{2, 3} != Shape{3, 2});
  CHECK(Shape{2, 3} != Shape{2, 3, 1});
  CHECK(Shape{} == Shape(std::vector<Index>{}));
}

TEST_CASE("a shape is known when no axis is None") {
  CHECK(Shape{}.is_known());
  CHECK(Shape{2, 0}.is_known());
  CHECK_FALSE(Shape{None, 3}.is_known());
}

TEST_CASE("shapes broadcast as in NumPy, in either order") {
  struct Case {
    Shape a, b, expected;
  };
  for (const auto& [a, b, expected] : {Case{{2, 3}, {2, 3}, {2, 3}}, Case{{2, 3}, {}, {2, 3}},
           Case{{2, 3}, {3}, {2, 3}}, Case{{2, 1}, {1, 3}, {2, 3}}, Case{{4, 1, 3}, {2, 1}, {4, 2, 3}},
           Case{{0, 3}, {1, 3}, {0, 3}}, Case{{1}, {0}, {0}}, Case{{}, {}, {}}}) {
    CHECK(broadcast_shapes(a, b, "op") == expected);
    CHECK(broadcast_shapes(b, a, "op") == expected);
  }
}

TEST_CASE("shapes that do not broadcast are an error that names the op and both") {
  CHECK_THROWS_WITH_AS(broadcast_shapes({2, 3}, {2, 4}, "add"),
      "ValueError: add: shapes must be equal or broadcast (received (2, 3) and (2, 4))", ValueError);
  CHECK_THROWS_AS(broadcast_shapes({2}, {0}, "add"), ValueError);
  CHECK_THROWS_AS(broadcast_shapes({3, 2}, {3}, "add"), ValueError);
}
