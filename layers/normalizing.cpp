#include <algorithm>
#include <numeric>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/layers/normalizing.hpp>

namespace xtape {

std::vector<Index> axes_of(const Axes& axes, Index rank, std::string_view owner) {
  std::vector<Index> out;
  if (axes.all()) {
    out.resize(static_cast<std::size_t>(rank));
    std::iota(out.begin(), out.end(), Index{0});
  }
  for (const Index a : axes.numbers()) {
    const Index axis = normalize_axis(a, rank, owner);
    require(std::find(out.begin(), out.end(), axis) == out.end(), owner,
        "an axis is given twice (received axis=", a, ")");
    out.push_back(axis);
  }
  return out;
}

Shape lengths_along(const Shape& x, const std::vector<Index>& axes, std::string_view owner) {
  Shape out;
  for (const Index axis : axes) {
    require(x[axis] != None, owner, "axis ", axis, " of the input must have a known length (received shape ",
        x, ")");
    out.push_back(x[axis]);
  }
  return out;
}

Tensor lying_along(const Tensor& weight, const Shape& x, const std::vector<Index>& axes) {
  Shape shape;
  for (Index i = 0; i < x.rank(); ++i)
    shape.push_back(std::find(axes.begin(), axes.end(), i) == axes.end() ? 1 : x[i]);
  return reshape(weight, shape);
}

}  // namespace xtape
