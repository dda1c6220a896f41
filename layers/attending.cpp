#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/attending.hpp>

namespace xtape {

Tensor causal_mask(Index query_steps, Index key_steps) {
  const auto counted = [](Index n) { return arange(0, static_cast<double>(n), 1, DType::int64); };
  return expand_dims(greater_equal(expand_dims(counted(query_steps), 1), counted(key_steps)), 0);
}

Tensor both_masks(const Tensor& a, const Tensor& b) { return a && b ? logical_and(a, b) : a ? a : b; }

Tensor mask_of(const CallOptions& options, std::size_t input) {
  return input < options.masks.size() ? options.masks[input] : Tensor();
}

Tensor call_without_masks(const Layer& part, const Tensor& x, const CallOptions& options) {
  CallOptions inner = options;
  inner.masks.clear();
  inner.output_masks = nullptr;
  return part(x, inner);
}

}  // namespace xtape
