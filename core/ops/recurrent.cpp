// Each op is computed by a kernel, and so are its gradients. Kernels only compute: where a tape records a gradient, to
// differentiate it once more, the gradient of the formula in single ops stands in, which is slower and good for any order.
#include <array>
#include <utility>

#include <xtape/core/differentiate.hpp>
#include <xtape/core/kernels/recurrent.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/recurrent.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

using namespace ops;
using kernels::CellSizes;

namespace {

using Formula = Tensor (*)(const std::vector<Tensor>&);

/// The gradient of input number `of`. `kernel(g, sum)` adds it to a sum.
template <std::size_t n, class Kernel>
struct KernelGradient {
  Formula formula;
  std::array<Tensor, n> inputs;
  std::size_t of;
  Kernel kernel;

  Tensor operator()(const Tensor& g) const {
    if (GradientTape::any_is_recording())
      return vjp(ListFunction(formula), {inputs.begin(), inputs.end()}, g).derivatives[of];
    const Tensor sum = zeros_like(inputs[of]);
    add_to(sum, g);
    return sum;
  }
  void add_to(const Tensor& sum, const Tensor& g) const {
    dispatch_floating(g.dtype(), "gradient", [&]<class T>() { kernel(g.data<T>(), sum.mutable_data<T>()); });
  }
};
template <std::size_t n, class Kernel>
KernelGradient(Formula, std::array<Tensor, n>, std::size_t, Kernel) -> KernelGradient<n, Kernel>;

/// Throws ValueError unless the state is (batch, units) and the sums are (batch, blocks * units).
CellSizes sizes_of(Op op, const Tensor& state, const Tensor& sums, Index blocks) {
  require(state.rank() == 2 && sums.shape() == Shape{state.dim(0), blocks * state.dim(1)}, name(op),
      "the state must have shape (batch, units), the sums (batch, ", blocks, " units) (received ",
      state.shape(), " and ", sums.shape(), ")");
  return {state.dim(0), state.dim(1)};
}

/// Room for the opened gates, `blocks` of them.
Tensor room_for_gates(const Tensor& state, Index blocks) {
  return Tensor::empty({state.dim(0), blocks * state.dim(1)}, state.dtype());
}

}  // namespace

// ---- LSTM: y = f c + i t ----

namespace {

Tensor lstm_carry_formula(const std::vector<Tensor>& in) {
  const auto a = split(in[0], 4, -1);
  return add(multiply(sigmoid(a[1]), in[1]), multiply(sigmoid(a[0]), tanh(a[2])));
}

}  // namespace

Tensor lstm_carry(const Tensor& sums, const Tensor& c) {
  if (sums.dtype() != c.dtype()) return promoted(lstm_carry, sums, c);
  const CellSizes sizes = sizes_of(Op::lstm_carry, c, sums, 4);
  const Tensor y = Tensor::empty(c.shape(), c.dtype()), gates = room_for_gates(c, 3);
  dispatch_floating(c.dtype(), name(Op::lstm_carry), [&]<class T>() {
    kernels::lstm_carry(sums.data<T>(), c.data<T>(), gates.mutable_data<T>(), y.mutable_data<T>(), sizes);
  });
  const std::array inputs{sums, c};
  const KernelGradient d_sums{lstm_carry_formula, inputs, 0, [=]<class T>(const T* g, T* sum) {
                                kernels::lstm_carry_grad_sums(g, gates.data<T>(), c.data<T>(), sum, sizes);
                              }};
  const KernelGradient dc{lstm_carry_formula, inputs, 1,
      [=]<class T>(const T* g, T* sum) { kernels::lstm_carry_grad_c(g, gates.data<T>(), sum, sizes); }};
  return record(Op::lstm_carry, y, Edge{sums, d_sums}, Edge{c, dc});
}

// ---- LSTM: y = o t ----

namespace {

Tensor lstm_output_formula(const std::vector<Tensor>& in) {
  return multiply(sigmoid(split(in[0], 4, -1)[3]), tanh(in[1]));
}

}  // namespace

Tensor lstm_output(const Tensor& sums, const Tensor& c) {
  if (sums.dtype() != c.dtype()) return promoted(lstm_output, sums, c);
  const CellSizes sizes = sizes_of(Op::lstm_output, c, sums, 4);
  const Tensor y = Tensor::empty(c.shape(), c.dtype()), gates = room_for_gates(c, 2);
  dispatch_floating(c.dtype(), name(Op::lstm_output), [&]<class T>() {
    kernels::lstm_output(sums.data<T>(), c.data<T>(), gates.mutable_data<T>(), y.mutable_data<T>(), sizes);
  });
  const std::array inputs{sums, c};
  const KernelGradient d_sums{lstm_output_formula, inputs, 0,
      [=]<class T>(const T* g, T* sum) { kernels::lstm_output_grad_sums(g, gates.data<T>(), sum, sizes); }};
  const KernelGradient dc{lstm_output_formula, inputs, 1,
      [=]<class T>(const T* g, T* sum) { kernels::lstm_output_grad_c(g, gates.data<T>(), sum, sizes); }};
  return record(Op::lstm_output, y, Edge{sums, d_sums}, Edge{c, dc});
}

// ---- GRU: y = z h + (1 - z) t ----

namespace {

Tensor gru_output_formula(const std::vector<Tensor>& in) {
  const auto x = split(in[0], 3, -1), m = split(in[1], 3, -1);
  const Tensor z = sigmoid(add(x[0], m[0])), r = sigmoid(add(x[1], m[1]));
  const Tensor t = tanh(add(x[2], multiply(r, m[2])));
  return add(multiply(z, in[2]), multiply(subtract(1, z), t));
}

}  // namespace

Tensor gru_output(const Tensor& x, const Tensor& m, const Tensor& h) {
  const CellSizes sizes = sizes_of(Op::gru_output, h, x, 3);
  sizes_of(Op::gru_output, h, m, 3);
  const Tensor y = Tensor::empty(h.shape(), h.dtype()), gates = room_for_gates(h, 3);
  dispatch_floating(h.dtype(), name(Op::gru_output), [&]<class T>() {
    kernels::gru_output(
        x.data<T>(), m.data<T>(), h.data<T>(), gates.mutable_data<T>(), y.mutable_data<T>(), sizes);
  });
  const std::array inputs{x, m, h};
  const KernelGradient dx{gru_output_formula, inputs, 0,
      [=]<class T>(const T* g, T* sum) {
    kernels::gru_output_grad_x(g, gates.data<T>(), m.data<T>(), h.data<T>(), sum, sizes);
                          }};
  const KernelGradient dm{gru_output_formula, inputs, 1,
      [=]<class T>(const T* g, T* sum) {
    kernels::gru_output_grad_m(g, gates.data<T>(), m.data<T>(), h.data<T>(), sum, sizes);
                          }};
  const KernelGradient dh{gru_output_formula, inputs, 2,
      [=]<class T>(const T* g, T* sum) { kernels::gru_output_grad_h(g, gates.data<T>(), sum, sizes); }};
  return record(Op::gru_output, y, Edge{x, dx}, Edge{m, dm}, Edge{h, dh});
}

}  // namespace xtape
