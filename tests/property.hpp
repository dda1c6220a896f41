// Properties: sentences that hold for every input, tried on thousands of random ones. With rapidcheck (where it is
// installed) an input that breaks the property is made smaller and smaller before it is reported; without it the first one
// that is found is reported as it is.
#pragma once
#include <cstdint>
#include <functional>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include <xtape/core/shape.hpp>

#ifdef XTAPE_WITH_RAPIDCHECK
#include <cstdlib>

#include <rapidcheck.h>
#endif

namespace xtape::testing {

/// Where a property takes its input from.
struct Draw {
  /// A number in [low, high].
  std::function<Index(Index low, Index high)> number;
  bool coin() const { return number(0, 1) == 1; }
};

/// Tries `property` `times` times; it returns what is wrong with the input that it drew, or "".
inline void check_property(
    const std::string& sentence, int times, const std::function<std::string(const Draw&)>& property) {
#ifdef XTAPE_WITH_RAPIDCHECK
  const std::string parameters = "seed=20240531 max_success=" + std::to_string(times);
  setenv("RC_PARAMS", parameters.c_str(),
      0);  // read by rapidcheck when it is used first; the user's own come first
  const bool holds = rc::check(sentence, [&] {
    const Draw draw{[](Index low, Index high) { return *rc::gen::inRange<Index>(low, high + 1); }};
    const std::string wrong = property(draw);
    if (!wrong.empty()) RC_FAIL(wrong);
  });
  CHECK_MESSAGE(holds, sentence);
#else
  std::mt19937_64 engine(20240531);
  const Draw draw{
      [&](Index low, Index high) { return std::uniform_int_distribution<Index>(low, high)(engine); }};
  std::string wrong;
  for (int i = 0; i < times && wrong.empty(); ++i) wrong = property(draw);
  CHECK_MESSAGE(wrong.empty(), sentence, ": ", wrong);
#endif
}

}  // namespace xtape::testing
