// The gradient check: is what the tape says the derivative of what the function computes?
//
// For y = f(x), a random direction v and random weights u of the outputs, the same number is computed in two ways:
//
//     by differences   <u, f(x + h v) - f(x - h v)> / 2h        the function alone, two evaluations whatever its size
//     by the tape      <J'u, v>                                 J'u being the vector-Jacobian product of f
//
// They agree for every u and v only when each entry of the Jacobian J is right. The plain difference is off by O(h^2);
// differences of steps h, h/2, h/4 are combined so that the h^2 and h^4 terms cancel (Richardson's extrapolation; Ridders
// 1982), which leaves about ten correct digits. Order 2 checks (x, u) -> J'u, a function like any other, in the same way.
#pragma once
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include <xtape/core/tensor.hpp>
#include <xtape/core/variable.hpp>

namespace xtape {

/// What is checked: any function of tensors. It must give the same value whenever it is given the same inputs.
using CheckedFunction = std::function<Tensor(const std::vector<Tensor>&)>;

struct GradientCheckOptions {
  /// What the report calls the function, and this case of it.
  std::string op = "function", name = {};
  /// What the report calls the inputs; "argument 0", "argument 1", ... where it is empty.
  std::vector<std::string> arguments = {};
  /// 1 checks the gradient, 2 also the gradient's gradient, and so on.
  int order = 2;
  /// How many random directions are tried at each order.
  int directions = 3;
  /// Compare every entry of the Jacobian instead: slower, finds the exact place.
  bool whole_jacobian = false;
  /// Floating inputs are converted to this dtype. float32 sees only coarse errors, and the report warns of it.
  DType dtype = DType::float64;
  /// The largest step; 0 means 1e-3 for float64 and 0.1 for float32.
  double step = 0;
  /// How many halvings of the step are combined; 1 is the plain central difference with its two evaluations.
  int levels = 3;
  /// Largest allowed relative errors of order 1, and of order 2 and above; 0 means 1e-7 and 1e-5 for float64, 1e-2 and 5e-2
  /// for float32.
  double tolerance = 0, second_order_tolerance = 0;
  std::uint64_t seed = 0;
};

/// A place where tape and differences do not agree.
struct GradientMismatch {
  int order = 1;
  std::string argument;        ///< the input, or the "upstream gradient" that orders above 1 also depend on
  std::optional<Shape> index;  ///< the element of that input, as a tuple
  std::optional<Shape> output_index;  ///< the element of the output, when the whole Jacobian is compared
  double tape = 0, difference = 0;    ///< the two numbers
  double relative_error = 0, step = 0;
};

/// A place where the function has no derivative: the slopes to the left and to the right differ however small the step.
struct GradientKink {
  int order = 1;
  double left = 0, right = 0;
};

struct GradientCheckReport {
  std::string op, name;
  DType dtype = DType::float64;
  std::uint64_t seed = 0;
  std::vector<double> worst_error;  ///< by order: worst_error[0] is that of the first
  std::vector<GradientMismatch> mismatches;
  std::vector<GradientKink> kinks;
  std::vector<std::string> warnings;
  /// No mismatch. A kink is no failure: there is nothing right that could be computed.
  bool passed() const { return mismatches.empty(); }
};

/// Prints one line when all is well, and one more for each mismatch, kink and warning.
std::ostream& operator<<(std::ostream& out, const GradientCheckReport& report);
std::ostream& operator<<(std::ostream& out, const GradientMismatch& mismatch);
std::ostream& operator<<(std::ostream& out, const GradientKink& kink);

/// Checks f at `inputs`. Inputs of integers are held fixed. Never throws because of a wrong gradient; throws ValueError for
/// options outside their range and whatever f throws.
GradientCheckReport check_gradients(
    const CheckedFunction& f, const std::vector<Tensor>& inputs, const GradientCheckOptions& options = {});
GradientCheckReport check_gradients(const std::function<Tensor(const Tensor&)>& f, const Tensor& input,
    const GradientCheckOptions& options = {});
/// The same for a function that also reads variables, like a layer or a model: both are differentiated. The variables keep
/// their dtype (when one is float32 the check is in float32) and have their values back afterwards.
GradientCheckReport check_gradients(const CheckedFunction& f, const std::vector<Tensor>& inputs,
    const std::vector<Variable>& variables, const GradientCheckOptions& options = {});

/// How the error of a difference depends on its step. Large steps suffer from truncation (the function is not a straight
/// line), small ones from round-off (two nearly equal numbers are subtracted): in a log-log picture a V.
struct StepSweep {
  struct Point {
    double step = 0;
    double one_sided = 0;     ///< relative error of (f(x + h v) - f(x)) / h; its truncation falls with h
    double central = 0;       ///< of (f(x + h v) - f(x - h v)) / 2h; falls with h^2
    double second_order = 0;  ///< of the central difference of the gradient against the second derivative
  };
  std::string op, name;
  std::vector<Point> points;

  std::string table() const;
  /// The three curves drawn with characters.
  std::string plot() const;
  /// "step,one_sided,central,second_order" and one line a step, for gnuplot and spreadsheets.
  std::string csv() const;
};

/// Errors along one random direction for steps 1e-1, ..., 1e-12.
StepSweep sweep_steps(
    const CheckedFunction& f, const std::vector<Tensor>& inputs, const GradientCheckOptions& options = {});

}  // namespace xtape
