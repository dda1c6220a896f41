#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

#include <xtape/core/errors.hpp>
#include <xtape/optim/training/callbacks/progress_bar.hpp>

namespace xtape {
namespace {

template <class... Value>
std::string print(const char* format, Value... value) {
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), format, value...);
  return text.data();
}

std::string numbers(const Logs& logs) {
  std::string out;
  for (const auto& [name, value] : logs.entries())
    out += " - " + name + print(std::abs(value) > 1e-3 || value == 0 ? ": %.4f" : ": %.4e", value);
  return out;
}

constexpr int bar_width = 20;

}  // namespace

Verbose::Verbose(int level) : level_(level) {
  require(
      level >= 0 && level <= 2, "fit", "verbose must be 0, 1, 2 or \"auto\" (received verbose=", level, ")");
}

Verbose::Verbose(const char* level) : level_(isatty(STDOUT_FILENO) != 0 ? 1 : 2) {
  require(std::string_view(level) == "auto", "fit",
      "verbose must be 0, 1, 2 or \"auto\" (received verbose=\"", level, "\")");
}

std::string format_seconds(double seconds) {
  if (seconds >= 3600)
    return print("%d:%02d:%02d", static_cast<int>(seconds) / 3600, static_cast<int>(seconds) / 60 % 60,
        static_cast<int>(seconds) % 60);
  if (seconds >= 60) return print("%d:%02d", static_cast<int>(seconds) / 60, static_cast<int>(seconds) % 60);
  if (seconds >= 1) return print("%.0fs", seconds);
  if (seconds >= 1e-3) return print("%.0fms", seconds * 1e3);
  return print("%.0fus", seconds * 1e6);
}

void ProgressBar::on_train_begin(const Model&, const TrainingPlan& plan) const { state_->plan = plan; }

void ProgressBar::on_epoch_begin(const Model&, Index epoch) const {
  state_->epoch = epoch;
  state_->done = 0;
  state_->begin = state_->drawn = Clock::now();
  if (level_ == 1) *out_ << "Epoch " << epoch + 1 << '/' << state_->plan.epochs << '\n';
}

void ProgressBar::on_train_batch_end(const Model&, Index batch, const Logs& logs) const {
  state_->done = batch + 1;
  if (level_ != 1) return;
  const auto now = Clock::now();
  if (now - state_->drawn < std::chrono::milliseconds(50))
    return;  // a terminal takes longer than a small model's step
  state_->drawn = now;
  draw(logs, false);
}

void ProgressBar::on_epoch_end(const Model&, Index, const Logs& logs) const {
  if (level_ > 0) draw(logs, true);
}

void ProgressBar::draw(const Logs& logs, bool last) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - state_->begin).count();
  const double step = seconds / static_cast<double>(std::max<Index>(state_->done, 1));
  const Index total = state_->plan.steps;
  if (level_ == 2) {
    *out_ << "Epoch " << state_->epoch + 1 << '/' << state_->plan.epochs << " - " << state_->done << '/'
          << total << " - " << format_seconds(seconds) << " - " << format_seconds(step) << "/step"
          << numbers(logs) << '\n';
  } else {
    const auto filled = static_cast<int>(bar_width * state_->done / std::max<Index>(total, 1));
    const double remaining = step * static_cast<double>(total - state_->done);
    *out_ << '\r' << state_->done << '/' << total << ' ';
    for (int i = 0; i < bar_width; ++i) *out_ << (i < filled ? "━" : "─");
    *out_ << ' ' << format_seconds(last ? seconds : remaining) << ' ' << format_seconds(step) << "/step"
          << numbers(logs) << "\033[K";  // erases what a longer line left behind
    if (last) *out_ << '\n';
  }
  out_->flush();
}

}  // namespace xtape
