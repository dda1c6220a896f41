#include <algorithm>
#include <cstring>

#include <xtape/core/errors.hpp>
#include <xtape/optim/training/batch.hpp>

namespace xtape {
namespace {

Tensor take_rows(const Tensor& t, const std::vector<Index>& indices, Index first, Index last) {
  Shape shape = t.shape();
  shape[0] = last - first;
  const Tensor out = Tensor::empty(shape, t.dtype());
  const Index row = t.shape().slice(1, t.rank()).size();
  dispatch(t.dtype(), [&]<class T>() {
    for (Index i = first; i < last; ++i)
      std::copy_n(t.data<T>() + indices[static_cast<std::size_t>(i)] * row, row,
          out.mutable_data<T>() + (i - first) * row);
  });
  return out;
}

// What the activations of one micro-batch may take: about a second-level cache. With less, the kernels' edges and the
// calls of ops weigh more than what the cache saves.
constexpr Index cache_bytes = 1 << 20;

Index activation_bytes(const Model& model, Shapes shapes) {
  Index elements = 0;
  for (Shape& shape : shapes) {
    shape[0] = 1;
    elements += shape.size();
  }
  return (elements + model.activation_size(shapes)) * size_of(model.dtype());
}

Tensors each(const Tensors& tensors, const auto& f) {
  Tensors out;
  for (const Tensor& t : tensors) out.push_back(t ? f(t) : t);
  return out;
}

}  // namespace

Shapes Samples::input_shapes() const {
  Shapes out;
  for (const Tensor& t : x) out.push_back(t.shape().without(0).with(0, None));
  return out;
}

Samples Samples::rows(Index first, Index last) const {
  const auto part = [&](const Tensor& t) { return t.rows(first, last); };
  return {each(x, part), each(y, part), each(weights, part)};
}

Samples Samples::take(const std::vector<Index>& indices, Index first, Index last) const {
  const auto part = [&](const Tensor& t) { return take_rows(t, indices, first, last); };
  return {each(x, part), each(y, part), each(weights, part)};
}

void check_samples(const Samples& samples, std::string_view owner) {
  require(!samples.x.empty(), owner, "x must hold at least one tensor");
  for (const Tensor& t : samples.x)
    require(t && t.rank() >= 1, owner, "x must have a batch axis (received ", describe(t), ")");
  require(samples.count() > 0, owner, "x must hold at least one sample (received shape ",
      samples.x[0].shape(), ")");
  for (const auto& [name, list] :
      {std::pair{"each x", &samples.x}, {"y", &samples.y}, {"sample_weight", &samples.weights}})
    for (const Tensor& t : *list)
      require(!t || (t.rank() >= 1 && t.dim(0) == samples.count()), owner, name,
          " must have as many samples as x, ", samples.count(), " (received ", describe(t), ")");
}

std::vector<Index> micro_batches(const Model& model, const Shapes& input_shapes, Index batch, bool training) {
  Index parts = 1;
  if (batch > 1 && !model.mixes_samples(training)) {
    const Index per_sample = std::max<Index>(activation_bytes(model, input_shapes), 1);
    // A prediction keeps no activation longer than the next layer needs it.
    const Index samples = std::clamp<Index>((training ? 1 : 2) * cache_bytes / per_sample, 1, batch);
    parts = (batch + samples - 1) / samples;
    const Index weight_bytes = std::max<Index>(model.count_params() * size_of(model.dtype()), 1);
    parts = std::min(
        parts, std::max<Index>(per_sample * batch / (4 * weight_bytes), 1));  // each part reads all weights
    if (parts > 2)
      parts = std::min(batch, (parts + 3) / 4 * 4);  // divides evenly among the usual numbers of cores
  }
  std::vector<Index> starts;
  for (Index i = 0; i <= parts; ++i) starts.push_back(batch * i / parts);
  return starts;
}

}  // namespace xtape
