#include <algorithm>
#include <functional>

#include <xtape/core/kernels/strided.hpp>
#include <xtape/core/ops/gathering.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

using kernels::Place;

namespace {

/// start, start + step, ..., `count` entries.
struct Run {
  Index start, step, count;
};

/// Python's rules for start:stop:step on an axis.
Run resolved(const Range& r, Index length, std::string_view owner) {
  require(r.step != 0, owner, "step must not be 0");
  const Index lowest = r.step > 0 ? 0 : -1, highest = r.step > 0 ? length : length - 1;
  const auto inside = [&](Index bound) {
    return std::clamp(bound < 0 ? std::max(bound, -length - 1) + length : bound, lowest, highest);
  };
  const Index start = r.start ? inside(*r.start) : (r.step > 0 ? lowest : highest);
  const Index stop = r.stop ? inside(*r.stop) : (r.step > 0 ? highest : lowest);
  const Index distance = r.step > 0 ? stop - start : start - stop;
  const Index step = std::clamp(r.step, -length - 1, length + 1);  // longer ones take one entry as well
  return {start, step, distance > 0 ? (distance - 1) / std::abs(step) + 1 : 0};
}

/// A slice of a whole tensor: where it stands, and its shape.
struct Part {
  Place place;
  Shape shape;

  explicit Part(const Shape& whole) : place{{}, {}}, shape(whole) { place.step.fill(1); }
  void set(Index axis, const Run& run) {
    place.start[static_cast<std::size_t>(axis)] = run.count > 0 ? run.start : 0;
    place.step[static_cast<std::size_t>(axis)] = run.step;
    shape[axis] = run.count;
  }
  /// Entries that follow each other along the first axis, whole along the others.
  bool is_rows(const Shape& whole) const {
    return whole.rank() > 0 && shape.without(0) == whole.without(0) &&
           std::all_of(place.step.begin(), place.step.end(), [](Index step) { return step == 1; });
  }
};

Tensor part_of(const Tensor& x, const Part& part);

/// x at the place of the part in a tensor of shape `whole`, `fill` elsewhere.
Tensor placed(const Tensor& x, const Part& part, const Shape& whole, double fill) {
  const Tensor y = Tensor::empty(whole, x.dtype());
  dispatch(x.dtype(), [&]<class T>() {
    kernels::put_slice(x.data<T>(), part.shape, part.place, static_cast<T>(fill), y.mutable_data<T>(), whole);
  });
  const auto dx = [=](const Tensor& g) { return part_of(g, part); };
  return record(Op::pad, y, Edge{x, dx});
}

/// The gradient of x for some of its rows.
struct RowsGradient {
  Part part;
  Shape whole;

  Tensor operator()(const Tensor& g) const { return placed(g, part, whole, 0); }
  void add_to(const Tensor& sum, const Tensor& g) const {
    const Index first = part.place.start[0], row = whole.without(0).size();
    dispatch_floating(g.dtype(), "slice", [&]<class T>() {
      T* rows = sum.mutable_data<T>() + first * row;
      kernels::zip(rows, g.shape(), g.data<T>(), g.shape(), rows, g.shape(), std::plus<T>());
    });
  }
};

Tensor part_of(const Tensor& x, const Part& part) {
  if (part.is_rows(x.shape())) {
    const Index first = part.place.start[0];
    const RowsGradient dx{part, x.shape()};
    return record(Op::slice, x.rows(first, first + part.shape[0]), Edge{x, dx});
  }
  const auto dx = [=, whole = x.shape()](const Tensor& g) { return placed(g, part, whole, 0); };
  const Tensor y = Tensor::empty(part.shape, x.dtype());
  dispatch(x.dtype(), [&]<class T>() {
    kernels::take_slice(x.data<T>(), x.shape(), part.place, y.mutable_data<T>(), part.shape);
  });
  return record(Op::slice, y, Edge{x, dx});
}

}  // namespace

Tensor slice(const Tensor& x, Index axis_or_negative, const Range& range) {
  const Index axis = normalize_axis(axis_or_negative, x.rank(), "slice");
  Part part(x.shape());
  part.set(axis, resolved(range, x.shape()[axis], "slice"));
  return part_of(x, part);
}

Tensor slice(const Tensor& x, Index axis, Bound start, Bound stop, Index step) {
  return slice(x, axis, range(start, stop, step));
}

Tensor flip(const Tensor& x) {
  std::vector<Index> axes;
  for (Index i = 0; i < x.rank(); ++i) axes.push_back(i);
  return flip(x, axes);
}

Tensor flip(const Tensor& x, Index axis) { return flip(x, std::vector<Index>{axis}); }

Tensor flip(const Tensor& x, const std::vector<Index>& axes) {
  Part part(x.shape());
  for (const Index a : axes) {
    const Index axis = normalize_axis(a, x.rank(), "flip"), length = x.shape()[axis];
    part.set(axis, {length - 1, -1, length});
  }
  return part_of(x, part);
}

namespace {

/// What stands for one item after the other has been read: the part to cut, then entries to keep, then the final shape.
struct ViewPlan {
  Part part;
  bool cuts = false;
  std::vector<std::pair<Index, const Keep*>> kept = {};
  Shape shape = {};
};

/// How many axes of x an item takes up.
Index axes_of(const ViewItem& item) {
  return std::holds_alternative<NewAxis>(item) || std::holds_alternative<Ellipsis>(item) ? 0 : 1;
}

ViewPlan plan_view(const Shape& x, const std::vector<ViewItem>& items) {
  ViewPlan plan{.part = Part(x)};
  Index used = 0, ellipses = 0;
  for (const ViewItem& item : items) {
    used += axes_of(item);
    ellipses += std::holds_alternative<Ellipsis>(item);
  }
  require(used <= x.rank() && ellipses <= 1, "view",
      "at most one item an axis and one ellipsis are allowed (received ", used, " items and ", ellipses,
      " ellipses for shape ", x, ")");
  Index axis = 0;
  const auto pass = [&](Index count) {
    for (; count > 0; --count) plan.shape.push_back(x[axis++]);
  };
  for (const ViewItem& item : items) {
    if (std::holds_alternative<Ellipsis>(item)) {
      pass(x.rank() - used);
    } else if (std::holds_alternative<NewAxis>(item)) {
      plan.shape.push_back(1);
    } else if (std::holds_alternative<All>(item)) {
      pass(1);
    } else if (const Keep* keep = std::get_if<Keep>(&item)) {
      plan.kept.emplace_back(axis++, keep);
      plan.shape.push_back(static_cast<Index>(keep->indices.size()));
    } else if (const Range* range = std::get_if<Range>(&item)) {
      const Run run = resolved(*range, x[axis], "view");
      plan.part.set(axis++, run);
      plan.cuts = true;
      plan.shape.push_back(run.count);
    } else {
      const Index i = std::get<Index>(item), length = x[axis];
      require(-length <= i && i < length, "view", "index ", i, " is outside axis ", axis, " of shape ", x);
      plan.part.set(axis++, {i < 0 ? i + length : i, 1, 1});
      plan.cuts = true;
    }
  }
  pass(x.rank() - axis);
  return plan;
}

}  // namespace

Tensor view(const Tensor& x, const std::vector<ViewItem>& items) {
  const ViewPlan plan = plan_view(x.shape(), items);
  Tensor y = plan.cuts ? part_of(x, plan.part) : x;
  for (const auto& [axis, keep] : plan.kept) y = take(y, keep->indices, axis);
  return y.shape() == plan.shape ? y : reshape(y, plan.shape);
}

Tensor Tensor::operator[](std::initializer_list<ViewItem> items) const {
  return view(*this, std::vector<ViewItem>(items));
}

Tensor Tensor::operator[](const ViewItem& item) const { return view(*this, item); }

namespace {

/// The entry of an axis that stands at `i`, which may lie before or after it.
using Mirror = Index (*)(Index i, Index length);

Index nearest(Index i, Index length) { return std::clamp<Index>(i, 0, length - 1); }

Index reflected(Index i, Index length) {
  if (length == 1) return 0;
  const Index period = 2 * (length - 1), phase = ((i % period) + period) % period;
  return phase < length ? phase : period - phase;
}

Index mirrored(Index i, Index length) {
  const Index period = 2 * length, phase = ((i % period) + period) % period;
  return phase < length ? phase : period - 1 - phase;
}

Mirror mirror_of(std::string_view mode) {
  if (mode == "edge") return nearest;
  if (mode == "reflect") return reflected;
  require(mode == "symmetric", "pad",
      "mode must be \"constant\", \"edge\", \"reflect\" or \"symmetric\" (received \"", mode, "\")");
  return mirrored;
}

Tensor pad_mirrored(Tensor x, const std::vector<PadWidth>& pad_width, Mirror mirror) {
  for (Index axis = 0; axis < x.rank(); ++axis) {
    const auto [before, after] = pad_width[axis];
    const Index length = x.shape()[axis];
    if (before == 0 && after == 0) continue;
    require(length > 0, "pad", "an axis without entries can only be padded with a constant (received shape ",
        x.shape(), ")");
    std::vector<Index> sources;
    for (Index i = -before; i < length + after; ++i) sources.push_back(mirror(i, length));
    x = take(x, sources, axis);
  }
  return x;
}

}  // namespace

Tensor pad(
    const Tensor& x, const std::vector<PadWidth>& pad_width, std::string_view mode, double constant_value) {
  require(static_cast<Index>(pad_width.size()) == x.rank(), "pad",
      "pad_width needs one pair of widths an axis (received ", pad_width.size(), " for shape ", x.shape(),
      ")");
  constexpr Index widest = Index{1} << 44;
  Part part(x.shape());
  Shape whole = x.shape();
  for (Index i = 0; i < x.rank(); ++i) {
    const auto [before, after] = pad_width[i];
    require(0 <= before && before < widest && 0 <= after && after < widest, "pad",
        "widths must be at least 0 (received ", before, " and ", after, " for axis ", i, ")");
    part.place.start[static_cast<std::size_t>(i)] = before;
    whole[i] += before + after;
  }
  if (mode != "constant") return pad_mirrored(x, pad_width, mirror_of(mode));
  return placed(x, part, whole, constant_value);
}

}  // namespace xtape
