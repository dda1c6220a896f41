// Finish: what layers do to the result of a product or a convolution before anybody sees it.
//
//     y = relu(result + bias)
//
// For a tape these are the ops add and relu, as if they had been called one after the other, and the gradients are theirs.
// For the processor they are part of the pass that computes the result, which saves two passes over memory.
#pragma once
#include <xtape/core/tensor.hpp>

namespace xtape {

struct Finish {
  Tensor bias = {};  ///< added to the last axis: one number for each of its entries; None: nothing
  bool relu = false;
};

}  // namespace xtape
