#include "measure.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <vector>

#include <fmt/format.h>

#include <xtape/core/machine.hpp>

namespace bench {
namespace {

double cpu_ms() {
  std::timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return 1e3 * static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_nsec);
}

long peak_rss_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print_line(const Settings& s, const std::string& fields) {
  fmt::print(R"({{"peer":"xtape","case":"{}","threads":{},{},"blas":"{}","simd":"{}"}})"
             "\n",
      s.name, s.threads, fields, xtape::blas_core(), xtape::simd_name());
  std::fflush(stdout);
}

std::string fields_of(const std::string& what, const Measured& m) {
  return fmt::format(
      R"("what":"{}","median_ms":{:.6g},"min_ms":{:.6g},"median_cpu_ms":{:.6g},"n":{},"peak_rss_kib":{})",
      what, m.median_ms, m.min_ms, m.median_cpu_ms, m.calls, m.peak_rss_kib);
}

std::string roofline_fields(const Settings& s, double ms, xtape::Index flops) {
  if (flops == 0) return "";
  static const double peak = xtape::peak_gflops(s.threads);  // measured once
  const double gflops = 1e-6 * static_cast<double>(flops) / ms;
  return fmt::format(
      R"(,"gflops":{:.4g},"peak_gflops":{:.4g},"of_peak":{:.3g})", gflops, peak, gflops / peak);
}

Measured measure(const Settings& s, const std::function<void()>& f, double per) {
  const auto warm_up = Clock::now();
  for (int i = 0; i < 3 || (i < 50 && ms_since(warm_up) < 200); ++i) f();
  std::vector<double> times, cpu;
  const auto begin = Clock::now();
  while (times.size() < 5 || (ms_since(begin) < 1e3 * s.seconds && times.size() < 100000)) {
    const double cpu_before = cpu_ms();
    const auto before = Clock::now();
    f();
    times.push_back(ms_since(before) / per);
    cpu.push_back((cpu_ms() - cpu_before) / per);
  }
  const double least = *std::min_element(times.begin(), times.end());
  return {median(times), least, median(cpu), times.size(), peak_rss_kib()};
}

void measure_and_print(
    const Settings& s, const std::string& what, const std::function<void()>& f, const Work& work) {
  const Measured m = measure(s, f, work.per);
  print_line(
      s, fields_of(what, m) + roofline_fields(s, m.median_ms * work.per, work.flops ? work.flops() : 0));
}

}  // namespace bench
