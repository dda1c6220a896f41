#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/ops/support.hpp>

namespace xtape {

Tensor reshape(const Tensor& x, const Shape& shape) {
  Shape to = shape;
  Index known = 1, unknown_axis = -1;
  for (Index i = 0; i < to.rank(); ++i) {
    require(to[i] >= -1 && (to[i] != -1 || unknown_axis < 0), "reshape",
        "shape may hold lengths and one -1 (received ", shape, ")");
    if (to[i] == -1) {
      unknown_axis = i;
    } else {
      known *= to[i];
    }
  }
  if (unknown_axis >= 0 && known > 0) to[unknown_axis] = x.size() / known;
  require(to.is_known() && to.size() == x.size(), "reshape", "the number of elements must stay (received ",
      x.shape(), " as ", shape, ")");
  const auto dx = [from = x.shape()](const Tensor& g) { return reshape(g, from); };
  return record(Op::reshape, x.view_as(to), Edge{x, dx});
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  require(broadcast_shapes(x.shape(), shape, "broadcast_to") == shape, "broadcast_to", "cannot repeat ",
      x.shape(), " to ", shape);
  const Tensor y = Tensor::empty(shape, x.dtype());
  dispatch(x.dtype(), [&]<class T>() {
    const T zero{};
    kernels::zip(
        x.data<T>(), x.shape(), &zero, Shape{}, y.mutable_data<T>(), shape, [](T v, T) { return v; });
  });
  const auto dx = [from = x.shape()](const Tensor& g) { return sum_to(g, from); };
  return record(Op::broadcast_to, y, Edge{x, dx});
}

}  // namespace xtape
