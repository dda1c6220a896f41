// What the cells of recurrent layers do between two matrix products: gates, and what they let through, in one pass.
//
// Rows are samples. A row holds one block of `units` numbers for each gate; s is the sigmoid. The forward pass writes down
// the opened gates, which is all that the gradients need of the sums they came from. Gradients are added to what is there.
#pragma once
#include <xtape/core/shape.hpp>

namespace xtape::kernels {

struct CellSizes {
  Index batch, units;
};

/// sums = (a_i, a_f, a_t, a_o), gates = (i, f, t) = (s(a_i), s(a_f), tanh(a_t)):  y = f c + i t
template <class T>
void lstm_carry(const T* sums, const T* c, T* gates, T* y, CellSizes sizes);
template <class T>
void lstm_carry_grad_sums(const T* g, const T* gates, const T* c, T* d_sums, CellSizes sizes);
template <class T>
void lstm_carry_grad_c(const T* g, const T* gates, T* dc, CellSizes sizes);

/// sums as before, gates = (t, o) = (tanh(c), s(a_o)):  y = o t
template <class T>
void lstm_output(const T* sums, const T* c, T* gates, T* y, CellSizes sizes);
template <class T>
void lstm_output_grad_sums(const T* g, const T* gates, T* d_sums, CellSizes sizes);
template <class T>
void lstm_output_grad_c(const T* g, const T* gates, T* dc, CellSizes sizes);

/// x = (x_z, x_r, x_t), m = (m_z, m_r, m_t), gates = (z, r, t) = (s(x_z + m_z), s(x_r + m_r), tanh(x_t + r m_t)):
/// y = z h + (1 - z) t
template <class T>
void gru_output(const T* x, const T* m, const T* h, T* gates, T* y, CellSizes sizes);
template <class T>
void gru_output_grad_x(const T* g, const T* gates, const T* m, const T* h, T* dx, CellSizes sizes);
template <class T>
void gru_output_grad_m(const T* g, const T* gates, const T* m, const T* h, T* dm, CellSizes sizes);
template <class T>
void gru_output_grad_h(const T* g, const T* gates, T* dh, CellSizes sizes);

}  // namespace xtape::kernels
