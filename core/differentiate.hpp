// Functions on functions: grad(f) is the function that computes f's gradient. No tapes in sight, and all can be nested:
// grad(grad(f)), hessian(f), jvp of a gradient.
//
// Letters: f the function, x its input, y = f(x), J = dy/dx its Jacobian. A vector-Jacobian product (VJP) is J'u, what one
// backward pass gives; a Jacobian-vector product (JVP) is Jv, the derivative of f in the direction v.
#pragma once
#include <functional>
#include <vector>

#include <xtape/core/tensor.hpp>

namespace xtape {

/// A function of one tensor.
using Function = std::function<Tensor(const Tensor&)>;
/// A function of several tensors.
using ListFunction = std::function<Tensor(const std::vector<Tensor>&)>;
/// Several functions of several tensors.
using ListToListFunction = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;

/// x -> df/dx at x. f must give one number: ValueError otherwise. Zeros where f does not depend on x.
Function grad(Function f);
ListToListFunction grad(ListFunction f);

/// A function's value and what was asked about its derivative there: `const auto [y, dy] = value_and_grad(f)(x);`
struct ValueAndDerivative {
  Tensor value, derivative;
};
struct ValueAndDerivatives {
  Tensor value;
  std::vector<Tensor> derivatives;
};
struct ValuesAndDerivatives {
  std::vector<Tensor> values, derivatives;
};

/// x -> (f(x), df/dx), for one forward pass.
std::function<ValueAndDerivative(const Tensor&)> value_and_grad(Function f);
std::function<ValueAndDerivatives(const std::vector<Tensor>&)> value_and_grad(ListFunction f);

/// (f(x), J'u): u has the shape of f(x), J'u that of x. Throws ValueError for a u of another shape.
ValueAndDerivative vjp(const Function& f, const Tensor& x, const Tensor& u);
ValueAndDerivatives vjp(const ListFunction& f, const std::vector<Tensor>& x, const Tensor& u);
ValuesAndDerivatives vjp(
    const ListToListFunction& f, const std::vector<Tensor>& x, const std::vector<Tensor>& u);

/// (f(x), Jv): v has the shape of x, Jv that of f(x). Since J'u is linear in u, its own VJP in u is (J')'v = Jv: two backward
/// passes and no rule of its own for any op. Throws ValueError for a v of another shape.
ValueAndDerivative jvp(const Function& f, const Tensor& x, const Tensor& v);
ValueAndDerivative jvp(const ListFunction& f, const std::vector<Tensor>& x, const std::vector<Tensor>& v);
ValuesAndDerivatives jvp(
    const ListToListFunction& f, const std::vector<Tensor>& x, const std::vector<Tensor>& v);

/// x -> J, of shape f(x).shape + x.shape; for several inputs one matrix each. One backward pass an element of f(x).
Function jacobian(Function f);
ListToListFunction jacobian(ListFunction f);

/// x -> the second derivatives of f, of shape x.shape + x.shape: entry [i, j] is d^2 f / dx_i dx_j. f must give one number.
/// For several inputs the block [a][b] has the shape x_a.shape + x_b.shape.
Function hessian(Function f);
std::function<std::vector<std::vector<Tensor>>(const std::vector<Tensor>&)> hessian(ListFunction f);

/// H v, H being the Hessian of f at x, without forming H: the gradient of <df/dx, v>. f must give one number.
Tensor hvp(const Function& f, const Tensor& x, const Tensor& v);
std::vector<Tensor> hvp(const ListFunction& f, const std::vector<Tensor>& x, const std::vector<Tensor>& v);

/// A function with a gradient of its own: `forward` computes y and is not differentiated; `rule(x, y, g)` gives the gradient
/// of each x from the gradient g of y. Made of ops, the rule can itself be differentiated.
/// Throws ValueError, at the backward pass, when the rule gives a wrong number of gradients or a wrong shape.
///
///     const Function log1pexp = custom_gradient(
///         [](const Tensor& x) { return log(exp(x) + 1); },
///         [](const Tensor& x, const Tensor& y, const Tensor& g) { return g * (1 - exp(-y)); });
Function custom_gradient(
    Function forward, std::function<Tensor(const Tensor& x, const Tensor& y, const Tensor& g)> rule);
ListFunction custom_gradient(ListFunction forward,
    std::function<std::vector<Tensor>(const std::vector<Tensor>& x, const Tensor& y, const Tensor& g)> rule);

/// The same function, which keeps nothing but its inputs for the backward pass and runs f once more there: time for memory
/// (Chen et al. 2016). Variables that f reads get their gradients too. f must compute the same whenever it is run, so random
/// ops in it need fixed seeds, and its variables must not be assigned before the backward pass.
Function recompute_grad(Function f);
ListFunction recompute_grad(ListFunction f);

}  // namespace xtape
