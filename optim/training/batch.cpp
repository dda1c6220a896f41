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

// Steps [first, last) of the only sample.
Tensor steps_of(const Tensor& t, Index first, Index last) {
  Shape shape = t.shape();
  shape[1] = last - first;
  return t.view_as(t.shape().without(0)).rows(first, last).view_as(shape);
}

// `count` windows, or fewer where they would be hardly longer than what they overlap by; none where a sample cannot be cut, or
// where one of them would be too short for the layers, as before a wide zero padding.
std::vector<MicroBatch::Window> windows_of(
    const Model& model, const Shapes& input_shapes, bool training, Index count) {
  constexpr Index least = 4;  // times the steps of the input that a step of the output is made of
  if (count < 2) return {};
  const Index steps = input_shapes[0].rank() > 1 ? input_shapes[0][1] : 0;
  const bool all_alike = std::all_of(input_shapes.begin(), input_shapes.end(),
      [&](const Shape& shape) { return shape.rank() > 1 && shape[1] == steps; });
  const std::optional<Reach> reach = all_alike ? model.reach(input_shapes, training) : std::nullopt;
  if (!reach) return {};
  const Index period = reach->period, periods = steps / period,
              outputs = model.compute_output_shape(input_shapes)[0][1];
  const Index length = std::max<Index>(reach->last_input(0) - reach->first_input(0) + 1, 1);
  count = std::min({count, periods, steps / (least * length)});
  if (count < 2) return {};

  std::vector<MicroBatch::Window> out;
  const auto output_at = [&](Index input_step) { return input_step / reach->down * reach->up; };
  for (Index i = 0; i < count; ++i) {
    const Index begin = output_at(periods * i / count * period), next = periods * (i + 1) / count * period;
    const Index end = i + 1 < count ? output_at(next) : outputs;
    const Index first = std::max<Index>(reach->first_input(begin), 0) / period * period;
    const Index after = steps - std::min(reach->last_input(end - 1) + 1, steps);
    const Index last = steps - after / period * period;  // behind it, too, whole periods
    out.push_back({first, last, begin, end, begin - output_at(first), outputs});
    const Index given = outputs - output_at(steps - (last - first));  // steps of the window's output
    const bool fits = last - first >= least * length && begin < end && end - output_at(first) <= given;
    if (!fits) return {};
  }
  return out;
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

Samples Samples::part(const MicroBatch& part) const {
  Samples out = rows(part.first, part.last);
  if (const auto& w = part.window) {
    out.x = each(out.x, [&](const Tensor& t) { return steps_of(t, w->first, w->last); });
    out.y = each(out.y, [&](const Tensor& t) { return steps_of(t, w->first_output, w->last_output); });
  }
  return out;
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

std::vector<MicroBatch> micro_batches(
    const Model& model, const Shapes& input_shapes, Index batch, bool training, bool windows) {
  if (model.mixes_samples(training)) return {{0, batch}};
  const Index per_sample = std::max<Index>(activation_bytes(model, input_shapes), 1);
  // A prediction keeps no activation longer than the next layer needs it.
  const Index bytes = (training ? 1 : 2) * cache_bytes;
  const Index weight_bytes = std::max<Index>(model.count_params() * size_of(model.dtype()), 1);
  const Index most =
      std::max<Index>(per_sample * batch / (4 * weight_bytes), 1);  // each part reads all weights
  const Index samples = std::clamp<Index>(bytes / per_sample, 1, batch);
  Index parts = std::min((batch + samples - 1) / samples, most);
  if (parts > 2)
    parts = std::min(batch, (parts + 3) / 4 * 4);  // divides evenly among the usual numbers of cores

  std::vector<MicroBatch::Window> each_window;
  if (windows && parts == batch)
    each_window = windows_of(model, input_shapes, training, std::min(per_sample / bytes, most / batch));
  std::vector<MicroBatch> out;
  for (Index i = 0; i < parts; ++i) {
    const MicroBatch part{batch * i / parts, batch * (i + 1) / parts};
    if (each_window.empty()) out.push_back(part);
    for (const MicroBatch::Window& window : each_window) out.push_back({part.first, part.last, window});
  }
  return out;
}

}  // namespace xtape
