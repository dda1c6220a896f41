#include <ostream>

#include <xtape/core/errors.hpp>
#include <xtape/core/shape.hpp>

namespace xtape {

Index Shape::dim(Index axis) const { return (*this)[normalize_axis(axis, rank_, "Shape")]; }

Shape Shape::without(Index axis) const {
  Shape out;
  for (Index i = 0; i < rank_; ++i)
    if (i != axis) out.push_back((*this)[i]);
  return out;
}

Shape Shape::with(Index axis, Index length) const {
  Shape out = slice(0, axis);
  out.push_back(length);
  for (Index i = axis; i < rank_; ++i) out.push_back((*this)[i]);
  return out;
}

void Shape::too_many_axes() {
  throw ValueError(
      concat("Shape: a tensor has at most ", max_rank, " axes (received ", max_rank + 1, " or more)"));
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  out << '(';
  for (Index i = 0; i < shape.rank(); ++i) {
    if (i > 0) out << ", ";
    if (shape[i] == None) {
      out << "None";
    } else {
      out << shape[i];
    }
  }
  return out << (shape.rank() == 1 ? ",)" : ")");
}

Shape broadcast_shapes(const Shape& a, const Shape& b, std::string_view owner) {
  if (a == b) return a;
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  const Index lead = longer.rank() - shorter.rank();
  Shape out = longer;
  for (Index i = 0; i < shorter.rank(); ++i) {
    const Index p = longer[lead + i], q = shorter[i];
    require(p == q || p == 1 || q == 1, owner, "shapes must be equal or broadcast (received ", a, " and ", b,
        ")");
    out[lead + i] = p == 1 ? q : p;
  }
  return out;
}

Index normalize_axis(Index axis, Index rank, std::string_view owner) {
  require(-rank <= axis && axis < rank, owner, "axis must lie in [", -rank, ", ", rank,
      ") for a tensor of rank ", rank, " (received axis=", axis, ")");
  return axis < 0 ? axis + rank : axis;
}

}  // namespace xtape
