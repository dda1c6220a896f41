#include <xtape/core/differentiate.hpp>
#include <xtape/core/kernels/ctc.hpp>
#include <xtape/core/ops/gathering.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/losses.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

using namespace ops;

Tensor log_cosh(const Tensor& x) {
  if (!is_floating(x.dtype())) return log_cosh(cast(x, default_dtype()));
  const auto dx = [=](const Tensor& g) { return multiply(g, tanh(x)); };
  return record(Op::log_cosh, function(Op::log_cosh, x), Edge{x, dx});
}

Tensor huber(const Tensor& x, double delta) {
  if (!is_floating(x.dtype())) return huber(cast(x, default_dtype()), delta);
  const Tensor y = map(Op::huber, x, [=](auto v) {
    using T = decltype(v);
    const T a = std::abs(v), d = static_cast<T>(delta);
    return a <= d ? T(0.5) * v * v : d * (a - T(0.5) * d);
  });
  const auto dx = [=](const Tensor& g) { return multiply(g, clip(x, -delta, delta)); };
  return record(Op::huber, y, Edge{x, dx});
}

namespace {

// u = g (sigmoid(x) - z)
Tensor sigmoid_crossentropy_grad(const Tensor& g, const Tensor& x, const Tensor& z) {
  const Tensor u = Tensor::empty(x.shape(), x.dtype());
  dispatch_floating(x.dtype(), "sigmoid_crossentropy_grad", [&]<class T>() {
    kernels::sigmoid_crossentropy_grad(g.data<T>(), x.data<T>(), z.data<T>(), u.mutable_data<T>(), x.size());
  });
  const auto dg = [=](const Tensor& v) { return sigmoid_crossentropy_grad(v, x, z); };
  const auto dx = [=](const Tensor& v) {
    return multiply(multiply(v, g), multiply(sigmoid(x), sigmoid(negative(x))));
  };
  const auto dz = [=](const Tensor& v) { return negative(multiply(v, g)); };
  return record(Op::sigmoid_crossentropy_grad, u, Edge{g, dg}, Edge{x, dx}, Edge{z, dz});
}

}  // namespace

Tensor sigmoid_crossentropy(const Tensor& x, const Tensor& z) {
  if (!is_floating(x.dtype())) return sigmoid_crossentropy(cast(x, default_dtype()), z);
  if (x.dtype() != z.dtype()) return sigmoid_crossentropy(x, cast(z, x.dtype()));
  require(x.shape() == z.shape(), "sigmoid_crossentropy", "x and z must have one shape (received ", x.shape(),
      ", ", z.shape(), ")");
  const Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch_floating(x.dtype(), "sigmoid_crossentropy", [&]<class T>() {
    kernels::sigmoid_crossentropy(x.data<T>(), z.data<T>(), y.mutable_data<T>(), x.size());
  });
  const auto dx = [=](const Tensor& g) { return sigmoid_crossentropy_grad(g, x, z); };
  const auto dz = [=](const Tensor& g) { return negative(multiply(g, x)); };
  return record(Op::sigmoid_crossentropy, y, Edge{x, dx}, Edge{z, dz});
}

namespace {

// What the steps of a CTC loss have to spell.
struct Spelling {
  Tensor labels, label_lengths, input_lengths;  // int64
  kernels::CtcSizes sizes;
};

Tensor lengths(const Tensor& given, Index samples, Index most, std::string_view name) {
  require(given.shape() == Shape{samples}, "ctc_loss", name, " must be of shape (", samples, ",) (received ",
      describe(given), ")");
  const Tensor whole = cast(given, DType::int64);
  for (const std::int64_t length : whole.values<std::int64_t>())
    require(0 <= length && length <= most, "ctc_loss", name, " must lie in [0, ", most, "] (received ",
        length, ")");
  return whole;
}

Spelling spelling(
    const Tensor& log_p, const Tensor& labels, const Tensor& label_lengths, const CtcOptions& o) {
  require(log_p.rank() == 3, "ctc_loss", "log_probabilities must be (samples, steps, classes) (received ",
      describe(log_p), ")");
  const Index samples = log_p.dim(0), steps = log_p.dim(1), classes = log_p.dim(2);
  require(labels.rank() == 2 && labels.dim(0) == samples, "ctc_loss", "labels must be (samples, labels) for ",
      samples, " samples (received ", describe(labels), ")");
  require(0 <= o.blank && o.blank < classes, "ctc_loss", "blank must lie in [0, ", classes,
      ") (received blank=", o.blank, ")");
  const Spelling s{cast(labels, DType::int64),
      lengths(label_lengths, samples, labels.dim(1), "label_lengths"),
      lengths(o.input_lengths ? o.input_lengths : full({samples}, static_cast<double>(steps), DType::int64),
          samples, steps, "input_lengths"),
      {samples, steps, classes, labels.dim(1), o.blank}};
  for (Index n = 0; n < samples; ++n)
    for (Index i = 0; i < s.label_lengths.data<std::int64_t>()[n]; ++i) {
      const std::int64_t label = s.labels.data<std::int64_t>()[n * s.sizes.labels + i];
      require(0 <= label && label < classes && label != o.blank, "ctc_loss", "labels must lie in [0, ",
          classes, ") and not be blank, ", o.blank, " (received ", label, ")");
    }
  return s;
}

// The same loss by ordinary ops, one step after the other, 0 where it is infinite: what second derivatives are made of.
Tensor ctc_by_ops(const Tensor& log_p, const Spelling& s) {
  constexpr double impossible = -1e30;  // finite, so that the difference of two is no NaN
  const Index samples = s.sizes.samples, steps = s.sizes.steps, labels = s.sizes.labels;
  const Index places = 2 * labels + 1;
  const Tensor place = arange(0, static_cast<double>(places), 1, DType::int64);
  const Tensor end = expand_dims(multiply(s.label_lengths, 2), 1), counts = less_equal(place, end);
  const Tensor holds_label = logical_and(equal(mod(place, 2), 1), counts);
  std::vector<Index> label_of(static_cast<std::size_t>(places));
  for (Index i = 0; i < places; ++i) label_of[static_cast<std::size_t>(i)] = std::min(i / 2, labels - 1);
  const Tensor class_at = labels == 0
                              ? full({samples, places}, static_cast<double>(s.sizes.blank), DType::int64)
                              : where(holds_label, take(s.labels, label_of, 1), s.sizes.blank);
  const auto shifted = [&](const Tensor& x, Index by, double fill) {
    return slice(pad(x, {{0, 0}, {by, 0}}, "constant", fill), 1, 0, places);
  };
  const Tensor may_skip = logical_and(holds_label, not_equal(class_at, shifted(class_at, 2, -1)));
  const Tensor emitted =
      take_along_axis(log_p, broadcast_to(expand_dims(class_at, 1), {samples, steps, places}), 2);
  const auto at_step = [&](Index t) { return squeeze(slice(emitted, 1, t, t + 1), 1); };

  Tensor line = where(logical_and(less(place, 2), counts), at_step(0), impossible);
  for (Index t = 1; t < steps; ++t) {
    const Tensor skipped = where(may_skip, shifted(line, 2, impossible), impossible);
    const Tensor moved = logaddexp(logaddexp(line, shifted(line, 1, impossible)), skipped);
    const Tensor next = where(counts, add(moved, at_step(t)), impossible);
    line = where(greater(expand_dims(s.input_lengths, 1), t), next, line);
  }
  const Tensor is_last = logical_or(equal(place, end), equal(place, subtract(end, 1)));
  const Tensor total = logsumexp(where(is_last, line, impossible), 1);
  return where(greater(total, impossible / 2), negative(total), 0);
}

Tensor ctc_grad(const Tensor& g, const Tensor& log_p, const Spelling& s) {
  const Tensor u = Tensor::empty(log_p.shape(), log_p.dtype());
  dispatch_floating(log_p.dtype(), "ctc_loss_grad", [&]<class T>() {
    kernels::ctc_loss_grad(g.data<T>(), log_p.data<T>(), s.labels.data<std::int64_t>(),
        s.label_lengths.data<std::int64_t>(), s.input_lengths.data<std::int64_t>(), u.mutable_data<T>(),
        s.sizes);
  });
  const auto dg = [=](const Tensor& v) {
    return sum(multiply(v, ctc_grad(ones({s.sizes.samples}, v.dtype()), log_p, s)), {1, 2});
  };
  const auto dlog_p = [=](const Tensor& v) {
    if (log_p.size() == 0) return zeros_like(log_p);
    return hvp([=](const Tensor& x) { return sum(multiply(ctc_by_ops(x, s), g)); }, log_p, v);
  };
  return record(Op::ctc_loss_grad, u, Edge{g, dg}, Edge{log_p, dlog_p});
}

}  // namespace

Tensor ctc_loss(const Tensor& log_probabilities, const Tensor& labels, const Tensor& label_lengths,
    const CtcOptions& options) {
  const Tensor& log_p = log_probabilities;
  if (!is_floating(log_p.dtype()))
    return ctc_loss(cast(log_p, default_dtype()), labels, label_lengths, options);
  const Spelling s = spelling(log_p, labels, label_lengths, options);
  const Tensor y = Tensor::empty({s.sizes.samples}, log_p.dtype());
  dispatch_floating(log_p.dtype(), "ctc_loss", [&]<class T>() {
    kernels::ctc_loss(log_p.data<T>(), s.labels.data<std::int64_t>(), s.label_lengths.data<std::int64_t>(),
        s.input_lengths.data<std::int64_t>(), y.mutable_data<T>(), s.sizes);
  });
  const auto dlog_p = [=](const Tensor& g) { return ctc_grad(g, log_p, s); };
  return record(Op::ctc_loss, y, Edge{log_p, dlog_p});
}

}  // namespace xtape
