#include <memory>

#include <xtape/core/differentiate.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/tape.hpp>

namespace xtape {
namespace {

using Tensors = std::vector<Tensor>;

constexpr TapeOptions inputs_only{.watch_accessed_variables = false};

/// The same value under a new name. A function's inputs are its own: that the caller passes one tensor twice, or that f also
/// captures it, makes no difference. To outer tapes it is an op.
Tensor renamed(const Tensor& x) { return reshape(x, x.shape()); }
Tensors renamed(const Tensors& x) {
  Tensors own;
  for (const Tensor& t : x) own.push_back(renamed(t));
  return own;
}

ListFunction as_list(Function f) {
  return [f = std::move(f)](const Tensors& x) { return f(x.at(0)); };
}
ListToListFunction as_list(ListFunction f) {
  return [f = std::move(f)](const Tensors& x) { return Tensors{f(x)}; };
}
Function first_of(ListToListFunction f) {
  return [f = std::move(f)](const Tensor& x) { return f({x})[0]; };
}

/// One gradient for each x, of its shape, given to the function `owner`.
void require_shapes(const Tensors& v, const Tensors& x, const char* owner, const char* what, const char* of) {
  require(v.size() == x.size(), owner, "needs one ", what, " for each ", of, " (received ", v.size(), " for ",
      x.size(), ")");
  for (std::size_t i = 0; i < x.size(); ++i)
    require(v[i] && v[i].shape() == x[i].shape(), owner, what, " must have the shape of ", of, ' ',
        x[i].shape(), " (received ", describe(v[i]), ")");
}

}  // namespace

// ---- gradients ----

std::function<ValueAndDerivatives(const Tensors&)> value_and_grad(ListFunction f) {
  return [f = std::move(f)](const Tensors& x) -> ValueAndDerivatives {
    const Tensors own = renamed(x);
    GradientTape tape(inputs_only);
    tape.watch(own);
    const Tensor y = f(own);
    require(y.size() == 1, "grad", "the function must give one number (received shape ", y.shape(),
        "); see jacobian");
    return {y, tape.gradient(y, own, {.unconnected_gradients = UnconnectedGradients::zero})};
  };
}
std::function<ValueAndDerivative(const Tensor&)> value_and_grad(Function f) {
  return [of_list = value_and_grad(as_list(std::move(f)))](const Tensor& x) -> ValueAndDerivative {
    const auto [value, derivatives] = of_list({x});
    return {value, derivatives[0]};
  };
}

ListToListFunction grad(ListFunction f) {
  return [with_value = value_and_grad(std::move(f))](const Tensors& x) { return with_value(x).derivatives; };
}
Function grad(Function f) { return first_of(grad(as_list(std::move(f)))); }

// ---- products with the Jacobian ----

ValuesAndDerivatives vjp(const ListToListFunction& f, const Tensors& x, const Tensors& u) {
  const Tensors own = renamed(x);
  GradientTape tape(inputs_only);
  tape.watch(own);
  const Tensors y = f(own);
  require_shapes(u, y, "vjp", "u", "output");
  return {
      y, tape.gradient(y, own, {.output_gradients = u, .unconnected_gradients = UnconnectedGradients::zero})};
}
ValueAndDerivatives vjp(const ListFunction& f, const Tensors& x, const Tensor& u) {
  const auto [values, derivatives] = vjp(as_list(f), x, Tensors{u});
  return {values[0], derivatives};
}
ValueAndDerivative vjp(const Function& f, const Tensor& x, const Tensor& u) {
  const auto [value, derivatives] = vjp(as_list(f), Tensors{x}, u);
  return {value, derivatives[0]};
}

ValuesAndDerivatives jvp(const ListToListFunction& f, const Tensors& x, const Tensors& v) {
  require_shapes(v, x, "jvp", "v", "input");
  const Tensors own = renamed(x);
  GradientTape outer(inputs_only);  // follows u, on which f itself does not depend: it records J'u alone
  Tensors y, u, product;
  {
    GradientTape inner(inputs_only);
    inner.watch(own);
    y = f(own);
    for (const Tensor& output : y) u.push_back(ones_like(output));  // any u will do
    outer.watch(u);
    product =
        inner.gradient(y, own, {.output_gradients = u, .unconnected_gradients = UnconnectedGradients::zero});
  }
  return {y, outer.gradient(
                 product, u, {.output_gradients = v, .unconnected_gradients = UnconnectedGradients::zero})};
}
ValueAndDerivative jvp(const ListFunction& f, const Tensors& x, const Tensors& v) {
  const auto [values, derivatives] = jvp(as_list(f), x, v);
  return {values[0], derivatives[0]};
}
ValueAndDerivative jvp(const Function& f, const Tensor& x, const Tensor& v) {
  return jvp(as_list(f), Tensors{x}, Tensors{v});
}

// ---- Jacobians and Hessians ----

ListToListFunction jacobian(ListFunction f) {
  return [f = std::move(f)](const Tensors& x) {
    const Tensors own = renamed(x);
    GradientTape tape(inputs_only);
    tape.watch(own);
    return tape.jacobian(f(own), own, UnconnectedGradients::zero);
  };
}
Function jacobian(Function f) { return first_of(jacobian(as_list(std::move(f)))); }

std::function<std::vector<Tensors>(const Tensors&)> hessian(ListFunction f) {
  return [gradient = grad(std::move(f))](const Tensors& x) {
    const Tensors own = renamed(x);
    GradientTape tape({.persistent = true, .watch_accessed_variables = false});
    tape.watch(own);
    std::vector<Tensors> blocks;
    for (const Tensor& g : gradient(own)) blocks.push_back(tape.jacobian(g, own, UnconnectedGradients::zero));
    return blocks;
  };
}
Function hessian(Function f) { return jacobian(grad(std::move(f))); }

Tensors hvp(const ListFunction& f, const Tensors& x, const Tensors& v) {
  require_shapes(v, x, "hvp", "v", "input");
  return vjp(grad(f), x, v).derivatives;  // the Hessian is its own transpose
}
Tensor hvp(const Function& f, const Tensor& x, const Tensor& v) {
  return hvp(as_list(f), Tensors{x}, Tensors{v})[0];
}

// ---- rules of one's own ----

namespace {

/// One rule for all inputs, where a tape wants a closure for each: the first that is called computes for all.
class JointRule {
 public:
  explicit JointRule(ListToListFunction rule) : rule_(std::move(rule)) {}

  Tensor gradient(std::size_t input, const Tensor& g) {
    if (pass_ != GradientTape::pass() || results_.empty() || !results_[input]) {
      results_ = rule_({g});
      pass_ = GradientTape::pass();
    }
    return std::exchange(results_[input], Tensor());
  }

 private:
  ListToListFunction rule_;
  Tensors results_;
  std::uint64_t pass_ = 0;
};

Tensor record_joint(Op op, const Tensor& y, const Tensors& inputs, const ListToListFunction& rule) {
  return record(op, y, [&] {
    const auto joint = std::make_shared<JointRule>(rule);
    std::vector<ListEdge> edges;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      edges.push_back({inputs[i], Vjp([joint, i](const Tensor& g) { return joint->gradient(i, g); })});
    return edges;
  });
}

}  // namespace

ListFunction custom_gradient(
    ListFunction forward, std::function<Tensors(const Tensors& x, const Tensor& y, const Tensor& g)> rule) {
  return [forward = std::move(forward), rule = std::move(rule)](const Tensors& x) {
    Tensor y;
    {
      const NoRecording off;
      y = forward(x).detached();
    }
    return record_joint(Op::custom_gradient, y, x, [rule, x, y](const Tensors& g) {
      const Tensors gradients = rule(x, y, g[0]);
      require_shapes(gradients, x, "custom_gradient", "the rule's gradient", "input");
      return gradients;
    });
  };
}
Function custom_gradient(
    Function forward, std::function<Tensor(const Tensor& x, const Tensor& y, const Tensor& g)> rule) {
  const auto list_rule = [rule = std::move(rule)](const Tensors& x, const Tensor& y, const Tensor& g) {
    return Tensors{rule(x[0], y, g)};
  };
  return [f = custom_gradient(as_list(std::move(forward)), list_rule)](const Tensor& x) { return f({x}); };
}

ListFunction recompute_grad(ListFunction f) {
  return [f = std::move(f)](const Tensors& x) {
    Tensor y;
    Tensors sources = x;  // f's inputs, and the variables that it reads
    {
      const NoRecording off;
      const VariableReads reads;
      y = f(x).detached();
      sources.insert(sources.end(), reads.values().begin(), reads.values().end());
    }
    for (std::size_t i = x.size(); i < sources.size(); ++i) GradientTape::variable_read(sources[i]);
    return record_joint(Op::recompute_grad, y, sources, [f, x, sources](const Tensors& g) {
      Tensors own = sources;
      for (std::size_t i = 0; i < x.size(); ++i) own[i] = renamed(x[i]);
      GradientTape again(inputs_only);
      for (const Tensor& source : own)
        if (is_floating(source.dtype())) again.watch(source);
      const Tensor y_again = f(Tensors(own.begin(), own.begin() + static_cast<Index>(x.size())));
      return again.gradient(
          y_again, own, {.output_gradients = g, .unconnected_gradients = UnconnectedGradients::zero});
    });
  };
}
Function recompute_grad(Function f) {
  return [of_list = recompute_grad(as_list(std::move(f)))](const Tensor& x) { return of_list({x}); };
}

}  // namespace xtape
