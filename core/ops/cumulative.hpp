// Products of many entries, and sums and products so far.
#pragma once
#include <xtape/core/ops/reduce.hpp>

namespace xtape {

/// y = the product of x over `axes`; 1 of no entries. Booleans count as int32. It is a tree of multiplications, hence its
/// derivatives of every order are right where entries are 0.
Tensor prod(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

struct CumulativeOptions {
  bool exclusive = false;  ///< leave out the entry itself: start with 0, or 1 for products
  bool reverse = false;    ///< from the last entry to the first
};

/// y[t] = x[0] + ... + x[t] along an axis.
Tensor cumsum(const Tensor& x, Index axis, const CumulativeOptions& options = {});

/// y[t] = x[0] * ... * x[t] along an axis. Made of multiplications, so right where entries are 0, as prod.
Tensor cumprod(const Tensor& x, Index axis, const CumulativeOptions& options = {});

}  // namespace xtape
