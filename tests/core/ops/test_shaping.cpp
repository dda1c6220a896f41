#include <algorithm>
#include <limits>

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/gathering.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/shaping.hpp>

#include "core/ops/support.hpp"

using namespace xtape;
using namespace xtape::placeholders;
using namespace xtape::testing;
using Values = std::vector<double>;

namespace {

/// The tensor of this shape whose element at `index` is f(index).
template <class F>
Tensor built(const Shape& shape, F f) {
  Values values;
  for (const std::vector<Index>& index : all_indices(shape)) values.push_back(f(index));
  return Tensor::from(values, shape);
}

double element(const Tensor& x, const std::vector<Index>& index) {
  Index offset = 0;
  for (Index i = 0; i < x.rank(); ++i) offset = offset * x.shape()[i] + index[static_cast<std::size_t>(i)];
  return x.data<double>()[offset];
}

Shape random_shape(std::mt19937& random, Index most_axes, Index longest) {
  Shape shape;
  for (Index rank = pick(random, 1, most_axes); rank > 0; --rank) shape.push_back(pick(random, 0, longest));
  return shape;
}

/// The indices of a Python slice, found by walking.
std::vector<Index> python_slice(
    std::optional<Index> start, std::optional<Index> stop, Index step, Index length) {
  const Index before = -1, first = step > 0 ? 0 : length - 1, end = step > 0 ? length : before;
  const auto counted = [&](Index i) { return i < 0 ? i + length : i; };
  Index i = start ? counted(*start) : first, to = stop ? counted(*stop) : end;
  if (stop && to < before) to = before;
  std::vector<Index> out;
  // A start outside the axis counts as the nearest end.
  i = step > 0 ? std::max<Index>(i, 0) : std::min(i, length - 1);
  for (; step > 0 ? i < std::min(to, length) : i > to; i += step)
    if (i >= 0) out.push_back(i);
  return out;
}

Tensor row(std::initializer_list<detail::Number> values) { return Tensor(values, DType::float64); }

}  // namespace

TEST_CASE("transpose puts every element where its axes say, for any shape, order and dtype") {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    const Tensor x =
        random_tensor(round % 10 == 0 ? Shape{37, 1, 65, 3} : random_shape(random, 6, 4), random);
    std::vector<Index> axes(static_cast<std::size_t>(x.rank()));
    for (std::size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<Index>(i);
    std::shuffle(axes.begin(), axes.end(), random);
    Shape shape;
    for (const Index axis : axes) shape.push_back(x.shape()[axis]);
    const Tensor expected = built(shape, [&](const std::vector<Index>& index) {
      std::vector<Index> from(axes.size());
      for (std::size_t i = 0; i < axes.size(); ++i) from[static_cast<std::size_t>(axes[i])] = index[i];
      return element(x, from);
    });
    CAPTURE(x.shape());
    CAPTURE(Shape(axes));
    CHECK(same(transpose(x, axes), expected));
    CHECK(same(transpose(cast(x, DType::float32), axes), cast(expected, DType::float32)));
  }
}

TEST_CASE("reshape and its kin keep the elements") {
  const Tensor x = arange(0, 6, 1, DType::int64);
  CHECK(same(reshape(x, {2, 3}), Tensor({{0, 1, 2}, {3, 4, 5}}, DType::int64)));
  CHECK(reshape(x, {3, -1}).shape() == Shape{3, 2});
  CHECK(reshape(zeros({0, 3}), {-1, 3}).shape() == Shape{0, 3});
  CHECK(expand_dims(x, 0).shape() == Shape{1, 6});
  CHECK(expand_dims(x, -1).shape() == Shape{6, 1});
  CHECK(squeeze(zeros({1, 2, 1})).shape() == Shape{2});
  CHECK(squeeze(zeros({1, 2, 1}), -1).shape() == Shape{1, 2});
  CHECK(squeeze(zeros({1, 2, 1}), {0, 2}).shape() == Shape{2});
  CHECK(swapaxes(zeros({1, 2, 3}), 0, -1).shape() == Shape{3, 2, 1});
  CHECK(moveaxis(zeros({1, 2, 3}), 0, -1).shape() == Shape{2, 3, 1});
  CHECK(same(transpose(reshape(x, {2, 3})), Tensor({{0, 3}, {1, 4}, {2, 5}}, DType::int64)));
  CHECK(same(broadcast_to(row({1, 2}), {2, 2}), Tensor({{1, 2}, {1, 2}}, DType::float64)));
  CHECK(same(broadcast_to(Tensor({{1}, {2}}), {2, 3}), Tensor{{1, 1, 1}, {2, 2, 2}}));
}

TEST_CASE("shapes that cannot be had are refused, and said") {
  const Tensor x = zeros({2, 3});
  CHECK(error_of([&] {
    reshape(x, {4, -1});
  }) == "ValueError: reshape: the number of elements must stay (received (2, 3) as (4, None))");
  CHECK(error_of([&] {
    reshape(x, {-1, -1});
  }) == "ValueError: reshape: shape may hold lengths and one -1 (received (None, None))");
  CHECK(error_of([&] { squeeze(x, 0); }) ==
        "ValueError: squeeze: only axes of length 1 can go (received axis=0 of shape (2, 3))");
  CHECK(error_of([&] { expand_dims(x, 3 + 1); }) ==
        "ValueError: expand_dims: axis must lie in [-3, 3) for a tensor of rank 3 (received axis=4)");
  CHECK(error_of([&] {
    transpose(x, {0, 0});
  }) == "ValueError: transpose: axes must name every axis once (received (0, 0) for shape (2, 3))");
  CHECK(error_of([&] { transpose(x, {0}); }) ==
        "ValueError: transpose: axes must name every axis once (received (0,) for shape (2, 3))");
  CHECK(error_of([&] {
    broadcast_to(x, {2, 4});
  }) == "ValueError: broadcast_to: shapes must be equal or broadcast (received (2, 3) and (2, 4))");
  CHECK(error_of([&] { broadcast_to(x, {3}); }) == "ValueError: broadcast_to: cannot repeat (2, 3) to (3,)");
}

TEST_CASE("slices are Python's, for every start, stop, step and length") {
  for (Index length = 0; length <= 4; ++length) {
    const Tensor x = arange(0, static_cast<double>(length), 1, DType::int64);
    std::vector<std::optional<Index>> bounds{std::nullopt};
    for (Index b = -6; b <= 6; ++b) bounds.emplace_back(b);
    for (const auto& start : bounds)
      for (const auto& stop : bounds)
        for (const Index step : {-7, -2, -1, 1, 2, 3}) {
          CAPTURE(length);
          CAPTURE(start.value_or(99));
          CAPTURE(stop.value_or(99));
          CAPTURE(step);
          const std::vector<std::int64_t> y = slice(x, 0, Range{start, stop, step}).to_vector<std::int64_t>();
          const std::vector<Index> expected = python_slice(start, stop, step, length);
          CHECK(std::equal(y.begin(), y.end(), expected.begin(), expected.end()));
        }
  }
  constexpr Index largest = std::numeric_limits<Index>::max(), lowest = std::numeric_limits<Index>::min();
  CHECK(slice(row({1, 2, 3}), 0, range(1, largest, largest)).to_vector() == Values{2});
  CHECK(slice(row({1, 2, 3}), 0, range(_, lowest, lowest)).to_vector() == Values{3});
}

TEST_CASE("views read like xtensor's") {
  const Tensor x = reshape(arange(0, 24, 1, DType::float64), {2, 3, 4});
  CHECK(same(view(x, all(), range(0, 3, 2), 3), Tensor({{3, 11}, {15, 23}}, DType::float64)));
  CHECK(same(x[{all(), range(0, 3, 2), 3}], Tensor({{3, 11}, {15, 23}}, DType::float64)));
  CHECK(x[1].shape() == Shape{3, 4});
  CHECK(x[-1].at({0, 0}) == 12);
  CHECK(x[{1, 2, 3}].item() == 23);
  CHECK(view(x, ellipsis(), newaxis(), -1).shape() == Shape{2, 3, 1});
  CHECK(view(x, newaxis(), 0, ellipsis(), 1).shape() == Shape{1, 3});
  CHECK(same(view(x, 0, 0, range(_, _, -1)), row({3, 2, 1, 0})));
  CHECK(same(view(x, 0, 0, range(-2, _)), row({2, 3})));
  CHECK(same(view(x, 1, keep({2, 0}), 0), row({20, 12})));
  CHECK(view(x, range(1, 1)).shape() == Shape{0, 3, 4});
  CHECK(same(view(x, all()), x));
  CHECK(error_of([&] { view(x, 0, 0, 0, 0); }) ==
        "ValueError: view: at most one item an axis and one ellipsis are allowed (received 4 items and 0 "
        "ellipses for "
        "shape (2, 3, 4))");
  CHECK(error_of([&] { view(x, ellipsis(), ellipsis()); }) ==
        "ValueError: view: at most one item an axis and one ellipsis are allowed (received 0 items and 2 "
        "ellipses for "
        "shape (2, 3, 4))");
  CHECK(error_of([&] { view(x, 0, 3); }) == "ValueError: view: index 3 is outside axis 1 of shape (2, 3, 4)");
  CHECK(error_of([&] { view(x, range(0, 2, 0)); }) == "ValueError: view: step must not be 0");
}

TEST_CASE("flip and roll move entries along their axes") {
  std::mt19937 random(3);
  for (int round = 0; round < 100; ++round) {
    const Tensor x = random_tensor(random_shape(random, 4, 4), random);
    const Index axis = pick(random, 0, x.rank() - 1), length = x.shape()[axis], shift = pick(random, -9, 9);
    const auto at = static_cast<std::size_t>(axis);
    CHECK(same(flip(x, axis), built(x.shape(), [&](std::vector<Index> index) {
      index[at] = length - 1 - index[at];
      return element(x, index);
    })));
    CHECK(same(roll(x, shift, axis), built(x.shape(), [&](std::vector<Index> index) {
      index[at] = ((index[at] - shift) % length + length) % length;
      return element(x, index);
    })));
    CHECK(same(flip(flip(x)), x));
  }
}

TEST_CASE("padding by a constant surrounds any shape") {
  std::mt19937 random(4);
  for (int round = 0; round < 200; ++round) {
    const Tensor x = random_tensor(random_shape(random, 4, 4), random);
    std::vector<PadWidth> widths;
    Shape shape = x.shape();
    for (Index& length : shape) {
      widths.emplace_back(pick(random, 0, 3), pick(random, 0, 3));
      length += widths.back().first + widths.back().second;
    }
    CHECK(same(pad(x, widths, "constant", 7), built(shape, [&](std::vector<Index> index) {
      for (std::size_t i = 0; i < index.size(); ++i) {
        index[i] -= widths[i].first;
        if (index[i] < 0 || index[i] >= x.shape()[static_cast<Index>(i)]) return 7.0;
      }
      return element(x, index);
    })));
  }
}

TEST_CASE("padding by edges and mirrors is NumPy's") {
  const Tensor x = row({1, 2, 3});
  CHECK(same(pad(x, {{2, 3}}, "edge"), row({1, 1, 1, 2, 3, 3, 3, 3})));
  CHECK(same(pad(x, {{2, 1}}, "reflect"), row({3, 2, 1, 2, 3, 2})));
  CHECK(same(pad(x, {{5, 5}}, "reflect"), row({2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2})));
  CHECK(same(pad(x, {{4, 4}}, "symmetric"), row({3, 3, 2, 1, 1, 2, 3, 3, 2, 1, 1})));
  CHECK(same(pad(row({5}), {{2, 1}}, "reflect"), row({5, 5, 5, 5})));
  CHECK(same(
      pad(Tensor{{1, 2}, {3, 4}}, {{1, 0}, {0, 1}}, "reflect"), Tensor{{3, 4, 3}, {1, 2, 1}, {3, 4, 3}}));
  CHECK(error_of([&] {
    pad(x, {{1, 1}, {1, 1}});
  }) == "ValueError: pad: pad_width needs one pair of widths an axis (received 2 for shape (3,))");
  CHECK(error_of([&] {
    pad(x, {{-1, 0}});
  }) == "ValueError: pad: widths must be at least 0 (received -1 and 0 for axis 0)");
  CHECK(error_of([&] {
    pad(x, {{1, 0}}, "wrap");
  }) == "ValueError: pad: mode must be \"constant\", \"edge\", \"reflect\" or \"symmetric\" (received "
        "\"wrap\")");
  CHECK(error_of([&] {
    pad(zeros({0}), {{1, 0}}, "edge");
  }) == "ValueError: pad: an axis without entries can only be padded with a constant (received shape (0,))");
}

TEST_CASE("what is concatenated can be split again") {
  std::mt19937 random(5);
  for (int round = 0; round < 100; ++round) {
    const Shape shape = random_shape(random, 4, 3);
    const Index axis = pick(random, 0, shape.rank() - 1);
    std::vector<Tensor> parts;
    std::vector<Index> cuts;
    Index length = 0;
    for (Index count = pick(random, 1, 4); count > 0; --count) {
      if (!parts.empty()) cuts.push_back(length);
      Shape part = shape;
      part[axis] = pick(random, 0, 3);
      length += part[axis];
      parts.push_back(random_tensor(part, random));
    }
    const std::vector<Tensor> back = split(concatenate(parts, axis), cuts, axis - shape.rank());
    REQUIRE(back.size() == parts.size());
    for (std::size_t i = 0; i < parts.size(); ++i) CHECK(same(back[i], parts[i]));
  }
  CHECK(same(concatenate({Tensor({1, 2}, DType::int32), Tensor({0.5}, DType::float64)}), row({1, 2, 0.5})));
  CHECK(same(stack({row({1, 2}), row({3, 4})}, -1), Tensor({{1, 3}, {2, 4}}, DType::float64)));
  CHECK(split(zeros({6, 2}), 3)[1].shape() == Shape{2, 2});
  CHECK(split(zeros({6, 2}), {2})[1].shape() == Shape{4, 2});
}

TEST_CASE("lists that do not fit together are refused, and said") {
  CHECK(error_of([] { concatenate({}); }) == "ValueError: concatenate: needs at least one tensor");
  CHECK(error_of([] {
    concatenate({zeros({2, 3}), zeros({2, 4})}, 0);
  }) == "ValueError: concatenate: shapes must agree but for axis 0 (received (2, 3) and (2, 4))");
  CHECK(error_of([] {
    concatenate({zeros({2}), zeros({2, 4})}, 0);
  }) == "ValueError: concatenate: shapes must agree but for axis 0 (received (2,) and (2, 4))");
  CHECK(error_of([] {
    stack({zeros({2}), zeros({3})});
  }) == "ValueError: stack: shapes must be equal (received (2,) and (3,))");
  CHECK(error_of([] { split(zeros({5}), 2); }) ==
        "ValueError: split: sections must divide the axis (received sections=2, an axis of length 5)");
}

TEST_CASE("tile and repeat are NumPy's") {
  const Tensor x{{1, 2}, {3, 4}};
  CHECK(same(tile(x, {2}), Tensor{{1, 2, 1, 2}, {3, 4, 3, 4}}));
  CHECK(same(tile(x, {2, 1}), Tensor{{1, 2}, {3, 4}, {1, 2}, {3, 4}}));
  CHECK(tile(Tensor{1, 2}, {2, 3, 1}).shape() == Shape{2, 3, 2});
  CHECK(tile(x, {0, 1}).shape() == Shape{0, 2});
  CHECK(same(repeat(x, 2, 0), Tensor{{1, 2}, {1, 2}, {3, 4}, {3, 4}}));
  CHECK(same(repeat(x, 2, -1), Tensor{{1, 1, 2, 2}, {3, 3, 4, 4}}));
  CHECK(same(repeat(x, {0, 2}, 0), Tensor{{3, 4}, {3, 4}}));
  CHECK(error_of([&] {
    repeat(x, {1, 2, 3}, 0);
  }) == "ValueError: repeat: repeats needs one number an entry (received 3 for an axis of length 2)");
  CHECK(error_of([&] { tile(x, {-1}); }) == "ValueError: tile: repeats must be at least 0 (received -1)");
}

TEST_CASE("entries are looked up by index along any axis, with or without batches") {
  std::mt19937 random(6);
  const Tensor x = random_tensor({2, 3, 4}, random), ids({{0, -1}, {2, 1}}, DType::int32);
  const std::vector<std::vector<Index>> positive{{0, 2}, {2, 1}};
  CHECK(same(take(x, ids, 1), built({2, 2, 2, 4}, [&](const std::vector<Index>& i) {
    return element(x, {i[0], positive[static_cast<std::size_t>(i[1])][static_cast<std::size_t>(i[2])], i[3]});
  })));
  CHECK(same(gather(x, ids, 1, 1), built({2, 2, 4}, [&](const std::vector<Index>& i) {
    return element(x, {i[0], positive[static_cast<std::size_t>(i[0])][static_cast<std::size_t>(i[1])], i[2]});
  })));
  CHECK(same(take(x, {3, 0}, -1), concatenate({slice(x, 2, 3, 4), slice(x, 2, 0, 1)}, 2)));
  const Tensor labels({{2}, {0}}, DType::int64), p({{1, 2, 3}, {4, 5, 6}}, DType::float64);
  CHECK(same(take_along_axis(p, labels, -1), Tensor({{3}, {4}}, DType::float64)));
  CHECK(same(take_along_axis(p, Tensor({{1, 0, 1}}, DType::int64), 0), Tensor({{4, 2, 6}}, DType::float64)));
  CHECK(same(scatter_add(zeros({3}), Tensor({1, 1, -1}, DType::int32), Tensor{1, 2, 3}), Tensor{0, 3, 3}));
  CHECK(same(scatter_add(p, Tensor({{0}, {2}}, DType::int32), Tensor({{10}, {20}}, DType::float64), 1, 1),
      Tensor({{11, 2, 3}, {4, 5, 26}}, DType::float64)));
  CHECK(same(one_hot(Tensor({1, 5, -1}, DType::int32), 2), Tensor{{0, 1}, {0, 0}, {0, 0}}));
  CHECK(same(one_hot(Tensor({1, 0}, DType::int64), 3, 0, DType::int32),
      Tensor({{0, 1}, {1, 0}, {0, 0}}, DType::int32)));
}

TEST_CASE("indices that lead nowhere are refused, and said") {
  const Tensor x = zeros({2, 3});
  CHECK(error_of([&] { take(x, {0, 3}, 1); }) == "ValueError: take: index 3 is outside an axis of length 3");
  CHECK(error_of([&] { take(x, {-3}, 0); }) == "ValueError: take: index -3 is outside an axis of length 2");
  CHECK(error_of([&] {
    take(x, Tensor{0.0, 1.0}, 0);
  }) == "TypeError: take: indices must be int32 or int64 (received float32)");
  CHECK(error_of([&] { gather(x, Tensor({0}, DType::int32), 1, 1); }) ==
        "ValueError: gather: the first batch_dims axes of `x` and `indices` must be equal and stand before "
        "axis "
        "(received x (2, 3), indices (1,), axis=1, batch_dims=1)");
  CHECK(error_of([&] { take_along_axis(x, Tensor({0}, DType::int32), 1); }) ==
        "ValueError: take_along_axis: `indices` must have the shape of `x` but for axis 1 (received x (2, "
        "3), indices "
        "(1,))");
  CHECK(error_of([&] { scatter_add(x, Tensor({0}, DType::int32), zeros({2})); }) ==
        "ValueError: scatter_add: `updates` must have shape (1, 3) (received (2,))");
  CHECK(error_of([&] { one_hot(Tensor({0}, DType::int32), -1); }) ==
        "ValueError: one_hot: num_classes must be at least 0 (received num_classes=-1)");
}
