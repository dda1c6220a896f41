// How the benchmarks measure, and what they print: one JSON line for each thing measured.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <xtape/core/shape.hpp>

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

/// What one call is.
struct Work {
  double per = 1;                            ///< times are divided by it
  std::function<xtape::Index()> flops = {};  ///< its floating-point operations, where they are known
};

struct Measured {
  double median_ms, min_ms, median_cpu_ms;  ///< of one call; the last is processor time
  std::size_t calls;
  long peak_rss_kib;  ///< the most memory that the program ever held
};

/// Warms up, then runs `f` for about settings.seconds.
Measured measure(const Settings& settings, const std::function<void()>& f, double per = 1);

/// The same, printed, with the speed reached beside the machine's.
void measure_and_print(
    const Settings& settings, const std::string& what, const std::function<void()>& f, const Work& work = {});

/// Prints a line with other numbers: {"peer": "xtape", "case": ..., <fields>}.
void print_line(const Settings& settings, const std::string& fields);
/// The fields of what was measured.
std::string fields_of(const std::string& what, const Measured& measured);
/// The fields that compare with the machine's peak, with a comma before them; nothing for 0 floating-point operations.
std::string roofline_fields(const Settings& settings, double ms, xtape::Index flops);

double median(std::vector<double> values);

}  // namespace bench
