// What the attention layers share: how they are called, and masks of scores.
#pragma once
#include <xtape/core/tensor.hpp>
#include <xtape/layers/layer.hpp>

namespace xtape {

/// How an attention layer is called, beyond its inputs.
struct AttentionCall {
  /// Step i of the query attends to steps 0 to i alone.
  bool use_causal_mask = false;
  /// The layer then has a second output, the scores.
  bool return_attention_scores = false;
};

/// A layer that may be called so, for what reads and writes the calls of graphs.
class Attending {
 public:
  virtual ~Attending() = default;
  virtual const AttentionCall& how_called() const = 0;
  /// The same layer, called in that way.
  virtual AnyLayer called(const AttentionCall& call) const = 0;
};

/// (1, query_steps, key_steps), true where key step <= query step.
Tensor causal_mask(Index query_steps, Index key_steps);

/// a and b where both are masks, the one that is there, or None.
Tensor both_masks(const Tensor& a, const Tensor& b);

/// The mask of an input, or None.
Tensor mask_of(const CallOptions& options, std::size_t input);

/// Calls a part of the layer that was called with `options`; the masks stay outside.
Tensor call_without_masks(const Layer& part, const Tensor& x, const CallOptions& options);

}  // namespace xtape
