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

double median(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

void print_line(const Settings& s, const std::string& fields) {
  fmt::print(R"({{"peer":"xtape","case":"{}","threads":{},{},"blas":"{}","simd":"{}"}})"
             "\n",
      s.name, s.threads, fields, xtape::blas_core(), xtape::simd_name());
  std::fflush(stdout);
}

void measure(const Settings& s, const std::string& what, const std::function<void()>& f, double per) {
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
  const double middle = median(times);
  print_line(s,
      fmt::format(
          R"("what":"{}","median_ms":{:.6g},"min_ms":{:.6g},"median_cpu_ms":{:.6g},"n":{},"peak_rss_kib":{})",
          what, middle, times.front(), median(cpu), times.size(), peak_rss_kib()));
}

}  // namespace bench
