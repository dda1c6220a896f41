#include "plot.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

namespace autoencoder1d {
namespace {

/// Text between single quotes, as gnuplot reads it.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

/// A script, and the data blocks that it plots.
class Script {
 public:
  template <class... Part>
  void line(fmt::format_string<Part...> format, Part&&... parts) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Part>(parts)...);
    text_ += '\n';
  }
  template <class Row>
  void data(const std::string& name, std::size_t count, const Row& row) {
    line("${} << END", name);
    for (std::size_t i = 0; i < count; ++i) text_ += row(i) + '\n';
    line("END");
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string script(const std::string& path, const Series& series, const Windows& windows,
    const Detection& detection, const std::vector<Reconstruction>& reconstructions) {
  const double steps_per_unit = series.steps_per_second > 0 ? series.steps_per_second : 1;
  const auto when = [&](Index step) { return static_cast<double>(step) / steps_per_unit; };
  const std::vector<double> values = series.values.to_vector();
  const Index channels = series.values.dim(1);

  Script s;
  s.data("signal", static_cast<std::size_t>(series.steps()),
      [&](Index t) { return fmt::format("{:.6g} {:.5g}", when(t), values[t * channels]); });
  s.data("stretches", detection.stretches.size(), [&](std::size_t i) {
    const auto [first, last] = detection.stretches[i];
    return fmt::format("{:.6g} 0 {:.6g} 1", when(first), when(last + 1));
  });
  s.data("errors", detection.errors.size(), [&](Index i) {
    return fmt::format("{:.6g} {:.6g}", when(i * windows.stride + windows.length() / 2), detection.errors[i]);
  });

  s.line("set terminal pngcairo size 1400,1000 font ',11'");
  s.line("set output {}", quoted(path));
  s.line("set multiplot");
  s.line("set lmargin 8; set rmargin 2; set xrange [0:{:.6g}]", when(series.steps()));
  s.line("set style fill transparent solid 0.35 noborder");
  s.line("set size 1,0.36; set origin 0,0.64");
  s.line("set title 'The series, standardized; flagged stretches in red'");
  s.line("set y2range [0:1]; unset y2tics");
  const std::string stretches =
      detection.stretches.empty()
          ? ""
          : "$stretches using 1:2:1:3:2:4 axes x1y2 with boxxyerror lc rgb '#e04040' notitle, ";
  s.line("plot {}$signal using 1:2 with lines lc rgb '#305080' lw 0.6 notitle", stretches);
  s.line("set size 1,0.30; set origin 0,0.34");
  s.line("set title 'Mean absolute error of each window, and the threshold'");
  s.line("set xlabel '{}'", series.steps_per_second > 0 ? "seconds" : "steps");
  s.line(
      "plot $errors using 1:2 with lines lc rgb '#305080' lw 0.8 notitle, {:.6g} with lines lc rgb '#e04040' "
      "lw 1.5 "
      "title 'threshold'",
      detection.threshold);

  s.line("set xrange [*:*]; set xlabel 'steps of the window'; set key top right");
  const double width = 1 / static_cast<double>(reconstructions.size());
  for (std::size_t i = 0; i < reconstructions.size(); ++i) {
    const Reconstruction& r = reconstructions[i];
    const std::vector<double> x = r.window.to_vector(), y = r.rebuilt.to_vector();
    s.data(fmt::format("window{}", i), static_cast<std::size_t>(windows.length()),
        [&](Index t) { return fmt::format("{} {:.5g} {:.5g}", t, x[t * channels], y[t * channels]); });
    s.line("set size {:.4f},0.33; set origin {:.4f},0", width, width * static_cast<double>(i));
    s.line("set title {}", quoted(r.title));
    s.line(
        "plot $window{0} using 1:2 with lines lc rgb '#305080' title 'window', $window{0} using 1:3 with "
        "lines lc "
        "rgb '#e08020' lw 1.5 title 'rebuilt'",
        i);
  }
  s.line("unset multiplot");
  return s.text();
}

/// Whether gnuplot took the script and ended well.
bool run_gnuplot(const std::string& text) {
  std::signal(SIGPIPE, SIG_IGN);  // a gnuplot that dies early is an answer, not a reason to die
  std::FILE* pipe = popen("gnuplot >/dev/null 2>&1", "w");
  if (pipe == nullptr) return false;
  const bool sent = std::fwrite(text.data(), 1, text.size(), pipe) == text.size();
  return pclose(pipe) == 0 && sent;
}

}  // namespace

std::string draw(const std::string& path, const Series& series, const Windows& windows,
    const Detection& detection, const std::vector<Reconstruction>& reconstructions) {
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0)
    return "No picture: gnuplot is not installed (Debian's package gnuplot-nox).";
  // An unfinished picture never stands under the picture's name.
  const std::string unfinished = path + ".part";
  std::error_code error;
  if (run_gnuplot(script(unfinished, series, windows, detection, reconstructions))) {
    std::filesystem::rename(unfinished, path, error);
    if (!error) return "Picture: " + path;
  }
  std::filesystem::remove(unfinished, error);
  return "No picture: gnuplot could not draw " + path + ".";
}

}  // namespace autoencoder1d
