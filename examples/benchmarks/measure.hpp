// How the benchmarks measure, and what they print: one JSON line for each thing measured.
#pragma once
#include <chrono>
#include <functional>
#include <string>

namespace bench {

using Clock = std::chrono::steady_clock;
inline double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

struct Settings {
  std::string name;  ///< the case
  int threads = 1;
  double seconds = 2;
};

/// Warms up, runs `f` for about settings.seconds, and prints the median and the least time of one call, divided by `per`,
/// the processor time, and the most memory that the program ever held.
void measure(
    const Settings& settings, const std::string& what, const std::function<void()>& f, double per = 1);

/// Prints a line with other numbers: {"peer": "xtape", "case": ..., <fields>}.
void print_line(const Settings& settings, const std::string& fields);

}  // namespace bench
