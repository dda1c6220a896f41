#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <xtape/core/errors.hpp>

using namespace xtape;

TEST_CASE("the text of an error starts with its kind") {
  CHECK(std::string(ValueError("a").what()) == "ValueError: a");
  CHECK(std::string(TypeError("a").what()) == "TypeError: a");
  CHECK(std::string(StateError("a").what()) == "StateError: a");
}

TEST_CASE("all errors can be caught as Error, as runtime_error and as exception") {
  CHECK_THROWS_AS(throw ValueError("a"), Error);
  CHECK_THROWS_AS(throw TypeError("a"), std::runtime_error);
  CHECK_THROWS_AS(throw StateError("a"), std::exception);
}

TEST_CASE("concat prints one thing after the other") {
  CHECK(concat("") == "");
  CHECK(concat("a", 1, ' ', 2.5, std::string("b"), std::string_view("c")) == "a1 2.5bc");
}

TEST_CASE("require throws only when its condition does not hold") {
  CHECK_NOTHROW(require(true, "owner", "never said"));
  CHECK_THROWS_WITH_AS(require(false, "Dense", "units must be positive (received units=", -1, ")"),
      "ValueError: Dense: units must be positive (received units=-1)", ValueError);
}
