// What the cells of recurrent layers do between two matrix products, each in one pass: the gates open, and something
// passes them. s is the sigmoid; rows are samples, and a row of sums has one block of `units` numbers for each gate.
//
// These are formulas of other ops, and their values. They are ops of their own because they stand at every step of a
// sequence, where a tape of single ops would be longer than the arithmetic.
#pragma once
#include <xtape/core/tensor.hpp>

namespace xtape {

/// LSTM: what the cell remembers from now on. sums (batch, 4 units) = (a_i, a_f, a_t, a_o), c (batch, units):
///
///     y = s(a_f) c + s(a_i) tanh(a_t)        the old memory as far as the forget gate lets it, and something new
///
/// Throws ValueError for shapes that do not agree.
Tensor lstm_carry(const Tensor& sums, const Tensor& c);

/// LSTM: what it shows of that. The same sums, and the new memory c:
///
///     y = s(a_o) tanh(c)
Tensor lstm_output(const Tensor& sums, const Tensor& c);

/// GRU: x (batch, 3 units) = (x_z, x_r, x_t) comes from the input, m (batch, 3 units) = (m_z, m_r, m_t) from the state h
/// (batch, units):
///
///     z = s(x_z + m_z)    r = s(x_r + m_r)    t = tanh(x_t + r m_t)
///     y = z h + (1 - z) t
///
/// Throws ValueError for shapes that do not agree.
Tensor gru_output(const Tensor& x, const Tensor& m, const Tensor& h);

}  // namespace xtape
