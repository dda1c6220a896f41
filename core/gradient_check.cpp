#include <cmath>
#include <tuple>

#include <xtape/core/differences.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/gradient_check.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/tape.hpp>

namespace xtape {

using namespace detail;

namespace {

/// The options with their defaults filled in.
GradientCheckOptions complete(GradientCheckOptions o) {
  const auto owner = "check_gradients";
  require(o.order >= 1, owner, "order must be at least 1 (received order=", o.order, ")");
  require(o.directions >= 1, owner, "directions must be at least 1 (received directions=", o.directions, ")");
  require(o.levels >= 1 && o.levels <= 8, owner, "levels must be 1 to 8 (received levels=", o.levels, ")");
  require(o.step >= 0 && std::isfinite(o.step), owner, "step must be positive (received step=", o.step, ")");
  require(o.tolerance >= 0 && o.second_order_tolerance >= 0, owner, "tolerances must not be negative");
  if (!is_floating(o.dtype)) throw_not_floating(o.dtype, owner);
  const bool wide = o.dtype == DType::float64;
  if (o.step == 0) o.step = wide ? 1e-3 : 0.1;
  if (o.tolerance == 0) o.tolerance = wide ? 1e-7 : 1e-2;
  if (o.second_order_tolerance == 0) o.second_order_tolerance = wide ? 1e-5 : 5e-2;
  return o;
}

/// One comparison: <u, J v> against <J'u, v>.
struct Verdict {
  double tape = 0, difference = 0, error = 0, step = 0;
  bool at_kink = false;
  double left = 0, right = 0;
};

/// A map, the point where it is checked, and what its inputs are called.
struct Subject {
  Map f;
  Tensors x;
  std::vector<std::string> names;

  /// (x, u) -> J'u with a random u: what the next order checks.
  Subject gradient(std::mt19937_64& random) const {
    Subject next{pullback_of(f, x.size()), x, names};
    for (const Tensor& u : uniform_like(f(x), random)) {
      next.x.push_back(u);
      next.names.push_back("upstream gradient");
    }
    return next;
  }
};

/// The check at one order. The same code serves every order, since order n + 1 checks the pullback of order n.
class OrderCheck {
 public:
  OrderCheck(
      const Subject& subject, int order, const GradientCheckOptions& options, GradientCheckReport& report)
      : subject_(subject),
        y_(subject.f(subject.x)),
        order_(order),
        options_(options),
        report_(report),
        tolerance_(order == 1 ? options.tolerance : options.second_order_tolerance),
        epsilon_(options.dtype == DType::float64 ? 0x1p-52 : 0x1p-23) {
    report_.worst_error.push_back(0);
  }

  void random_directions(std::mt19937_64& random) {
    for (int i = 0; i < options_.directions; ++i) {
      const Tensors u = uniform_like(y_, random), v = uniform_like(subject_.x, random);
      const Tensors g = gradients(u);
      const Verdict verdict = judge(u, v, g);
      if (accept(verdict)) continue;
      report_.mismatches.push_back(locate(u, g, verdict));
      return;  // the first place is enough; the others usually have the same cause
    }
  }

  void whole_jacobian() {
    for (std::size_t a = 0; a < y_.size(); ++a)
      for (Index k = 0; k < y_[a].size(); ++k) {
        Tensors u = zeros_like_each(y_);
        u[a] = unit(y_[a], k);
        compare_row(u, index_of(k, y_[a].shape()));
      }
  }

 private:
  /// J'u, with zeros for the inputs that are held fixed.
  Tensors gradients(const Tensors& u) const {
    const Tensors g = pullback(subject_.f, subject_.x, u);
    Tensors out;
    auto next = g.begin();
    for (const Tensor& x : subject_.x) out.push_back(is_floating(x.dtype()) ? *next++ : zeros_like(x));
    return out;
  }

  Verdict judge(const Tensors& u, const Tensors& v, const Tensors& g) const {
    const Line line(subject_.f, subject_.x, v);
    const auto weights = flattened(u);
    const double terms = dot_of_magnitudes(g, v), value = dot_of_magnitudes(u, y_);
    Verdict best;
    for (int refinement = 0; refinement < 4; ++refinement) {  // a smaller step gets clear of a kink nearby
      const double step = std::ldexp(options_.step, -3 * refinement);
      Verdict now{.tape = dot(g, v), .step = step};
      now.difference = dot(weights, line.extrapolated(step, options_.levels));
      now.error = relative_error(now, terms, value);
      if (refinement == 0 || now.error < best.error) best = now;
      if (best.error <= tolerance_) return best;
    }
    look_for_kink(line, weights, terms, value, best);
    return best;
  }

  /// |difference - tape| in units of the terms that make up the derivative. What rounding alone explains stays below the
  /// tolerance: values of size `value`, each off by a few epsilon, were divided by the smallest step.
  double relative_error(const Verdict& v, double terms, double value) const {
    const double noise = 16 * epsilon_ * value / std::ldexp(v.step, 1 - options_.levels);
    const double gap = std::abs(v.difference - v.tape);
    return gap == 0 ? 0 : gap / std::max({terms, std::abs(v.difference), noise / tolerance_});
  }

  /// The gap between the one-sided slopes shrinks with the step where f is smooth, and stays where it has a kink.
  void look_for_kink(
      const Line& line, const Line::Values& weights, double terms, double value, Verdict& v) const {
    const double here = dot(weights, line.at(0));
    const auto slopes = [&](double h) {
      return std::pair((here - dot(weights, line.at(-h))) / h, (dot(weights, line.at(h)) - here) / h);
    };
    const double wide = options_.step / 10, narrow = wide / (options_.dtype == DType::float64 ? 1000 : 10);
    const auto [far_left, far_right] = slopes(wide);
    std::tie(v.left, v.right) = slopes(narrow);
    const double gap = std::abs(v.right - v.left), noise = 16 * epsilon_ * value / narrow;
    v.at_kink = gap > 0.3 * std::abs(far_right - far_left) && gap > 10 * noise && gap > tolerance_ * terms;
  }

  bool accept(const Verdict& v) {
    if (v.at_kink) {
      report_.kinks.push_back({order_, v.left, v.right});
      return true;
    }
    double& worst = report_.worst_error.back();
    if (!(v.error <= worst)) worst = v.error;
    return v.error <= tolerance_;
  }

  Verdict judge_element(const Tensors& u, const Tensors& g, std::size_t input, Index element) const {
    Tensors v = zeros_like_each(subject_.x);
    v[input] = unit(subject_.x[input], element);
    return judge(u, v, g);
  }

  /// The element whose own derivative is furthest off.
  GradientMismatch locate(const Tensors& u, const Tensors& g, const Verdict& along_direction) const {
    GradientMismatch worst = mismatch(along_direction, "all arguments together", {});
    double worst_gap = -1;
    constexpr Index most = 2000;  // elements looked at in one input
    for (std::size_t i = 0; i < subject_.x.size(); ++i) {
      const Tensor& x = subject_.x[i];
      if (!is_floating(x.dtype())) continue;
      for (Index j = 0; j < x.size(); j += 1 + x.size() / most) {
        const Verdict v = judge_element(u, g, i, j);
        const double gap = std::abs(v.tape - v.difference);
        if (v.at_kink || v.error <= tolerance_ || gap <= worst_gap) continue;
        worst = mismatch(v, subject_.names[i], index_of(j, x.shape()));
        worst_gap = gap;
      }
    }
    return worst;
  }

  void compare_row(const Tensors& u, const Shape& output_index) {
    const Tensors g = gradients(u);
    for (std::size_t i = 0; i < subject_.x.size(); ++i) {
      const Tensor& x = subject_.x[i];
      for (Index j = 0; is_floating(x.dtype()) && j < x.size(); ++j) {
        const Verdict verdict = judge_element(u, g, i, j);
        if (accept(verdict)) continue;
        report_.mismatches.push_back(mismatch(verdict, subject_.names[i], index_of(j, x.shape())));
        report_.mismatches.back().output_index = output_index;
      }
    }
  }

  GradientMismatch mismatch(
      const Verdict& v, const std::string& argument, const std::optional<Shape>& index) const {
    return {order_, argument, index, {}, v.tape, v.difference, v.error, v.step};
  }

  const Subject& subject_;
  const Tensors y_;
  const int order_;
  const GradientCheckOptions& options_;
  GradientCheckReport& report_;
  const double tolerance_, epsilon_;
};

Subject subject_of(const CheckedFunction& f, const Tensors& inputs, const GradientCheckOptions& o) {
  Subject s{[f](const Tensors& x) { return Tensors{f(x)}; }, {}, o.arguments};
  for (const Tensor& x : inputs) s.x.push_back(is_floating(x.dtype()) ? cast(x, o.dtype).detached() : x);
  for (std::size_t i = s.names.size(); i < inputs.size(); ++i) s.names.push_back(concat("argument ", i));
  return s;
}

GradientCheckReport check(Subject subject, const GradientCheckOptions& options) {
  GradientCheckReport report{options.op, options.name, options.dtype, options.seed, {}, {}, {}, {}};
  if (options.dtype == DType::float32) {
    report.warnings.push_back(
        "float32: rounding hides relative errors below about 1e-3; check in float64 where possible");
  }
  std::mt19937_64 random(options.seed);
  for (int order = 1; order <= options.order; ++order) {
    OrderCheck at_order(subject, order, options, report);
    if (options.whole_jacobian) {
      at_order.whole_jacobian();
    } else {
      at_order.random_directions(random);
    }
    if (!report.passed()) break;  // a wrong gradient has a meaningless gradient
    if (order < options.order) subject = subject.gradient(random);
  }
  return report;
}

/// Gives the variables their values back, come what may.
class ValuesKept {
 public:
  explicit ValuesKept(const std::vector<Variable>& variables) : variables_(variables) {
    for (const Variable& v : variables) values_.push_back(v.current());
  }
  ~ValuesKept() {
    for (std::size_t i = 0; i < values_.size(); ++i) variables_[i].assign(values_[i]);
  }
  ValuesKept(const ValuesKept&) = delete;
  ValuesKept& operator=(const ValuesKept&) = delete;
  const Tensors& values() const { return values_; }

 private:
  const std::vector<Variable>& variables_;
  Tensors values_;
};

/// Makes `x` the variable's value, as an op that tapes see: the gradient of the variable is that of x.
void become(const Variable& variable, const Tensor& x) {
  variable.assign(x);
  const auto dx = [](const Tensor& g) { return g; };
  record(Op::reshape, variable.current(), Edge{x, dx});
}

}  // namespace

GradientCheckReport check_gradients(
    const CheckedFunction& f, const std::vector<Tensor>& inputs, const GradientCheckOptions& options) {
  const GradientCheckOptions o = complete(options);
  return check(subject_of(f, inputs, o), o);
}

GradientCheckReport check_gradients(
    const std::function<Tensor(const Tensor&)>& f, const Tensor& input, const GradientCheckOptions& options) {
  return check_gradients([&f](const Tensors& x) { return f(x[0]); }, Tensors{input}, options);
}

GradientCheckReport check_gradients(const CheckedFunction& f, const std::vector<Tensor>& inputs,
    const std::vector<Variable>& variables, const GradientCheckOptions& options) {
  GradientCheckOptions o = options;
  for (const Variable& v : variables)
    if (v.dtype() == DType::float32) o.dtype = DType::float32;
  o = complete(o);
  const ValuesKept kept(variables);
  Subject subject = subject_of(f, inputs, o);
  subject.f = [f, n = inputs.size(), &variables](const Tensors& x) {
    for (std::size_t i = 0; i < variables.size(); ++i) become(variables[i], x[n + i]);
    return Tensors{f(Tensors(x.begin(), x.begin() + static_cast<Index>(n)))};
  };
  for (std::size_t i = 0; i < variables.size(); ++i) {
    subject.x.push_back(kept.values()[i].detached());
    if (subject.names.size() < subject.x.size()) subject.names.push_back(variables[i].path());
  }
  return check(std::move(subject), o);
}

StepSweep sweep_steps(
    const CheckedFunction& f, const std::vector<Tensor>& inputs, const GradientCheckOptions& options) {
  const GradientCheckOptions o = complete(options);
  std::mt19937_64 random(o.seed);
  const Subject first = subject_of(f, inputs, o), second = first.gradient(random);
  const auto errors_of = [&](const Subject& s) {  // of the one-sided and the central difference, by step
    const Tensors u = uniform_like(s.f(s.x), random), v = uniform_like(s.x, random);
    const auto weights = flattened(u);
    Tensors moving;
    for (const Tensor& direction : v)
      if (is_floating(direction.dtype())) moving.push_back(direction);
    const Tensors g = pullback(s.f, s.x, u);
    const double exact = dot(g, moving), terms = dot_of_magnitudes(g, moving);
    return [=, &s](double h) {
      const Line line(s.f, s.x, v);
      const double here = dot(weights, line.at(0)), there = dot(weights, line.at(h));
      const auto relative = [&](double d) {
        return terms > 0 ? std::abs(d - exact) / terms : std::abs(d - exact);
      };
      return std::pair(relative((there - here) / h), relative(dot(weights, line.central(h))));
    };
  };
  const auto first_errors = errors_of(first), second_errors = errors_of(second);
  StepSweep sweep{o.op, o.name, {}};
  for (int half_decades = 2; half_decades <= 24; ++half_decades) {
    const double h = std::pow(10.0, -half_decades / 2.0);
    const auto [one_sided, central] = first_errors(h);
    sweep.points.push_back({h, one_sided, central, second_errors(h).second});
  }
  return sweep;
}

}  // namespace xtape
