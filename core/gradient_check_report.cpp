#include <algorithm>
#include <cmath>
#include <iomanip>
#include <ostream>

#include <xtape/core/errors.hpp>
#include <xtape/core/gradient_check.hpp>

namespace xtape {
namespace {

std::string_view ordinal(int order) {
  switch (order) {
    case 1:
      return "first";
    case 2:
      return "second";
    case 3:
      return "third";
    default:
      return "higher";
  }
}

std::string title(const std::string& op, const std::string& name) {
  return name.empty() ? op : concat(op, " (", name, ")");
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const GradientMismatch& m) {
  out << ordinal(m.order) << "-order gradient is wrong: " << m.argument;
  if (m.index) out << ", index " << *m.index;
  if (m.output_index) out << ", output index " << *m.output_index;
  return out << ": tape " << std::setprecision(12) << m.tape << ", differences " << m.difference
             << std::setprecision(3) << " (relative error " << m.relative_error << ", step " << m.step << ')';
}

std::ostream& operator<<(std::ostream& out, const GradientKink& k) {
  return out << ordinal(k.order) << "-order gradient not checked, the function has a kink here: slope "
             << std::setprecision(6) << k.left << " on one side, " << k.right << " on the other";
}

std::ostream& operator<<(std::ostream& out, const GradientCheckReport& report) {
  const auto precision = out.precision();
  out << title(report.op, report.name) << ": " << (report.passed() ? "ok" : "FAILED") << std::setprecision(2);
  for (std::size_t i = 0; i < report.worst_error.size(); ++i)
    out << ", " << ordinal(static_cast<int>(i) + 1) << " order " << report.worst_error[i];
  out << " (" << report.dtype << ", seed " << report.seed << ")\n";
  for (const auto& m : report.mismatches) out << "  " << m << '\n';
  for (const auto& k : report.kinks) out << "  " << k << '\n';
  for (const auto& w : report.warnings) out << "  warning: " << w << '\n';
  out.precision(precision);
  return out;
}

std::string StepSweep::table() const {
  std::ostringstream out;
  out << "relative error of differences: " << title(op, name) << '\n'
      << "step      one-sided  central   second order\n";
  out << std::scientific << std::setprecision(1);
  for (const Point& p : points)
    out << p.step << "   " << p.one_sided << "    " << p.central << "   " << p.second_order << '\n';
  return out.str();
}

std::string StepSweep::csv() const {
  std::ostringstream out;
  out << "step,one_sided,central,second_order\n" << std::setprecision(6);
  for (const Point& p : points)
    out << p.step << ',' << p.one_sided << ',' << p.central << ',' << p.second_order << '\n';
  return out.str();
}

std::string StepSweep::plot() const {
  constexpr int top = 0, bottom = -15;  // decades of error, one a line
  constexpr int columns_a_step = 2;
  std::vector<std::string> lines(top - bottom + 1, std::string(points.size() * columns_a_step, ' '));
  const auto draw = [&](std::size_t i, double error, char mark) {
    const double decade = error > 0 ? std::round(std::log10(error)) : bottom;
    const int line = top - static_cast<int>(std::clamp<double>(decade, bottom, top));
    if (std::isfinite(error)) lines[line][i * columns_a_step] = mark;
  };
  for (std::size_t i = 0; i < points.size(); ++i) {
    draw(i, points[i].second_order, '2');
    draw(i, points[i].one_sided, '-');
    draw(i, points[i].central, '*');
  }
  std::ostringstream out;
  out << title(op, name) << ": relative error against step\n";
  for (int i = 0; i < static_cast<int>(lines.size()); ++i)
    out << "1e" << std::left << std::setw(4) << top - i << "| " << lines[i] << '\n';
  out << "      +" << std::string(points.size() * columns_a_step, '-') << "\n       ";
  for (std::size_t i = 0; i < points.size(); i += 4)
    out << std::left << std::setw(4 * columns_a_step)
        << concat("1e", std::lround(std::log10(points[i].step)));
  out << "\n* central  - one-sided  2 central, second order\n";
  return out.str();
}

}  // namespace xtape
