// Detection: from how badly each window is rebuilt to the stretches of time that are not normal.
#pragma once
#include <string>
#include <vector>

#include <xtape/core/tensor.hpp>

namespace autoencoder1d {

using namespace xtape;

/// Windows of one series: window i holds the steps i * stride up to i * stride + length.
struct Windows {
  Tensor x;  // (windows, length, channels)
  Index stride = 1;
  Index steps = 0;  // of the series

  Index count() const { return x.dim(0); }
  Index length() const { return x.dim(1); }
};

/// When a step counts as flagged: when any window that holds it is, or only when every one of them is. The Keras page has
/// the second rule, for steps that are held by as many windows as there can be.
enum class StepRule { any_window, every_window };

/// Steps first up to and with last.
struct Stretch {
  Index first = 0, last = 0;
};

struct Detection {
  std::string name, title;     // for programs, for people
  std::vector<double> errors;  // one a window
  double threshold = 0;
  std::vector<bool> flagged_windows, flagged_steps;
  std::vector<Stretch> stretches;  // of steps that are flagged one after the other

  Index windows_flagged() const;
  Index steps_flagged() const;
};

/// The mean over each window of |rebuilt - x|: (windows,).
Tensor mean_absolute_error(const Tensor& rebuilt, const Tensor& x);

/// Flags the windows whose error is larger than every error of the training windows.
Detection detect(const std::string& name, const std::string& title, const Tensor& training_errors,
    const Tensor& errors, const Windows& windows, StepRule rule);

}  // namespace autoencoder1d
