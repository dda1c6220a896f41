#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include <xtape/core/kernels/strided.hpp>

namespace xtape::kernels {
namespace {

struct Axis {
  Index length, from, to;
};

/// The axes of a copy, outermost first, without those of length 1 and with neighbours joined where both arrays allow.
struct Walk {
  std::array<Axis, static_cast<std::size_t>(Shape::max_rank)> axes;
  Index rank = 0;

  Walk(const Shape& shape, const Strides& from, const Strides& to) {
    for (Index i = 0; i < shape.rank(); ++i) {
      const auto k = static_cast<std::size_t>(i);
      if (shape[i] != 1) push({shape[i], from[k], to[k]});
    }
  }
  Axis& operator[](Index i) { return axes[static_cast<std::size_t>(i)]; }

 private:
  void push(const Axis& inner) {
    if (rank > 0) {
      Axis& outer = (*this)[rank - 1];
      if (outer.from == inner.from * inner.length && outer.to == inner.to * inner.length) {
        outer = {outer.length * inner.length, inner.from, inner.to};
        return;
      }
    }
    (*this)[rank++] = inner;
  }
};

template <class T>
void copy_run(const Axis& a, const T* from, T* to) {
  if (a.from == 1 && a.to == 1) {
    if (a.length >= 16) {
      std::copy_n(from, a.length, to);
    } else {
      for (Index i = 0; i < a.length; ++i) to[i] = from[i];
    }
  } else if (a.from == 0 && a.to == 1) {
    std::fill_n(to, a.length, *from);
  } else if (a.to == 1) {
    for (Index i = 0; i < a.length; ++i) to[i] = from[i * a.from];
  } else {
    for (Index i = 0; i < a.length; ++i) to[i * a.to] = from[i * a.from];
  }
}

/// A square of elements in vector registers, which can be transposed.
template <class T>
struct Square {
  static constexpr Index side = 32 / static_cast<Index>(sizeof(T));
  typedef T Row __attribute__((vector_size(32)));
  Row rows[side];  // no std::array: as a template argument the type would lose its attribute

  /// Exchanges, in all squares of 2 * half by 2 * half, the upper right quarter and the lower left one.
  template <Index half, std::size_t... k>
  void exchange(std::index_sequence<k...>) {
    for (Index i = 0; i < side; ++i) {
      if (i & half) continue;
      const Row upper = rows[i], lower = rows[i + half];
      rows[i] = __builtin_shufflevector(upper, lower, (k & half ? side + k - half : k)...);
      rows[i + half] = __builtin_shufflevector(upper, lower, (k & half ? side + k : k + half)...);
    }
  }
  void transpose() {
    constexpr auto all = std::make_index_sequence<static_cast<std::size_t>(side)>();
    if constexpr (side == 8) exchange<4>(all);
    exchange<2>(all);
    exchange<1>(all);
  }
};

/// Rows become columns, from.. along `rows` to.. along `columns` being contiguous: squares are transposed in registers. The
/// columns are taken in groups, so that a cache line that was read for one row of squares is still there for the next.
template <class T>
void transpose_squares(const Axis& rows, const Axis& columns, const T* from, T* to) {
  using Block = Square<T>;
  constexpr Index side = Block::side, group = 64;
  const auto copy_rest = [&](Index r, Index r_end, Index c, Index c_end) {
    for (Index i = r; i < r_end; ++i)
      for (Index j = c; j < c_end; ++j) to[i * rows.to + j] = from[i + j * columns.from];
  };
  for (Index c = 0; c < columns.length; c += group) {
    const Index c_end = std::min(columns.length, c + group), c_full = c + (c_end - c) / side * side;
    const Index r_full = rows.length / side * side;
    for (Index r = 0; r < r_full; r += side) {
      for (Index b = c; b < c_full; b += side) {
        Block block;
        for (Index k = 0; k < side; ++k) std::memcpy(&block.rows[k], from + r + (b + k) * columns.from, 32);
        block.transpose();
        for (Index k = 0; k < side; ++k) std::memcpy(to + (r + k) * rows.to + b, &block.rows[k], 32);
      }
      copy_rest(r, r + side, c_full, c_end);
    }
    copy_rest(r_full, rows.length, c, c_end);
  }
}

/// Rows become columns: small tiles, so that each cache line is read and written once.
template <class T>
void copy_tiles(const Axis& rows, const Axis& columns, const T* from, T* to) {
  if constexpr (sizeof(T) >= 4) {
    if (rows.from == 1 && columns.to == 1) return transpose_squares(rows, columns, from, to);
  }
  constexpr Index tile = 16;
  for (Index r = 0; r < rows.length; r += tile)
    for (Index c = 0; c < columns.length; c += tile)
      for (Index i = r; i < std::min(rows.length, r + tile); ++i)
        for (Index j = c; j < std::min(columns.length, c + tile); ++j)
          to[i * rows.to + j * columns.to] = from[i * rows.from + j * columns.from];
}

}  // namespace

Strides row_major(const Shape& shape) {
  Strides strides{};
  Index stride = 1;
  for (Index i = shape.rank() - 1; i >= 0; --i) {
    strides[static_cast<std::size_t>(i)] = stride;
    stride *= shape[i];
  }
  return strides;
}

template <class T>
void copy_strided(
    const Shape& shape, const T* from, const Strides& from_strides, T* to, const Strides& to_strides) {
  if (shape.size() == 0) return;
  Walk walk(shape, from_strides, to_strides);
  if (walk.rank == 0) {
    *to = *from;
    return;
  }
  // The axis along which `from` is contiguous goes next to the last one, if it is not the last one itself.
  const bool runs = walk[walk.rank - 1].from == 1 || walk[walk.rank - 1].from == 0;
  for (Index i = walk.rank - 3; i >= 0 && !runs; --i)
    if (walk[i].from == 1) std::rotate(&walk[i], &walk[i] + 1, &walk[walk.rank - 1]);

  const Axis inner = walk[walk.rank - 1];
  const Axis rows = walk.rank > 1 ? walk[walk.rank - 2] : Axis{1, 0, 0};
  const bool tiled = !runs && rows.from == 1;
  const Index outer_rank = std::max<Index>(0, walk.rank - 2);
  Index blocks = 1;
  for (Index i = 0; i < outer_rank; ++i) blocks *= walk[i].length;
  std::array<Index, static_cast<std::size_t>(Shape::max_rank)> index{};
  for (Index block = 0; block < blocks; ++block) {
    if (tiled) {
      copy_tiles(rows, inner, from, to);
    } else {
      for (Index i = 0; i < rows.length; ++i) copy_run(inner, from + i * rows.from, to + i * rows.to);
    }
    for (Index i = outer_rank - 1; i >= 0; --i) {  // one step on, carrying over as an odometer does
      from += walk[i].from;
      to += walk[i].to;
      if (++index[static_cast<std::size_t>(i)] < walk[i].length) break;
      index[static_cast<std::size_t>(i)] = 0;
      from -= walk[i].from * walk[i].length;
      to -= walk[i].to * walk[i].length;
    }
  }
}

namespace {

/// The first entry of a slice, and the strides that walk it.
struct Walked {
  Index offset = 0;
  Strides strides;

  Walked(const Shape& whole, const Place& place) : strides(row_major(whole)) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(whole.rank()); ++i) {
      offset += place.start[i] * strides[i];
      strides[i] *= place.step[i];
    }
  }
};

/// Fills the entries of y before and after the place of x, axis by axis; false when x stands with gaps.
template <class T>
bool fill_around(const Shape& x_shape, const Place& place, T fill, T* y, const Shape& y_shape) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(y_shape.rank()); ++i)
    if (place.step[i] != 1) return false;
  const Strides strides = row_major(y_shape);
  Shape slab = y_shape;  // what is left to fill: inside the place along the axes that are done
  for (Index axis = 0; axis < y_shape.rank(); ++axis) {
    const auto k = static_cast<std::size_t>(axis);
    const Index before = place.start[k], after = y_shape[axis] - before - x_shape[axis];
    slab[axis] = before;
    copy_strided(slab, &fill, Strides{}, y, strides);
    slab[axis] = after;
    copy_strided(slab, &fill, Strides{}, y + (before + x_shape[axis]) * strides[k], strides);
    slab[axis] = x_shape[axis];
    y += before * strides[k];
  }
  return true;
}

}  // namespace

template <class T>
void take_slice(const T* x, const Shape& x_shape, const Place& place, T* y, const Shape& y_shape) {
  if (y_shape.size() == 0) return;
  const Walked slice(x_shape, place);
  copy_strided(y_shape, x + slice.offset, slice.strides, y, row_major(y_shape));
}

template <class T>
void put_slice(const T* x, const Shape& x_shape, const Place& place, T fill, T* y, const Shape& y_shape) {
  if (x_shape.size() == 0 || !fill_around(x_shape, place, fill, y, y_shape))
    std::fill_n(y, y_shape.size(), fill);
  if (x_shape.size() == 0) return;
  const Walked slice(y_shape, place);
  copy_strided(x_shape, x, row_major(x_shape), y + slice.offset, slice.strides);
}

template void copy_strided<float>(const Shape&, const float*, const Strides&, float*, const Strides&);
template void take_slice<float>(const float*, const Shape&, const Place&, float*, const Shape&);
template void put_slice<float>(const float*, const Shape&, const Place&, float, float*, const Shape&);
template void copy_strided<double>(const Shape&, const double*, const Strides&, double*, const Strides&);
template void take_slice<double>(const double*, const Shape&, const Place&, double*, const Shape&);
template void put_slice<double>(const double*, const Shape&, const Place&, double, double*, const Shape&);
template void copy_strided<std::int32_t>(
    const Shape&, const std::int32_t*, const Strides&, std::int32_t*, const Strides&);
template void take_slice<std::int32_t>(
    const std::int32_t*, const Shape&, const Place&, std::int32_t*, const Shape&);
template void put_slice<std::int32_t>(
    const std::int32_t*, const Shape&, const Place&, std::int32_t, std::int32_t*, const Shape&);
template void copy_strided<std::int64_t>(
    const Shape&, const std::int64_t*, const Strides&, std::int64_t*, const Strides&);
template void take_slice<std::int64_t>(
    const std::int64_t*, const Shape&, const Place&, std::int64_t*, const Shape&);
template void put_slice<std::int64_t>(
    const std::int64_t*, const Shape&, const Place&, std::int64_t, std::int64_t*, const Shape&);
template void copy_strided<bool>(const Shape&, const bool*, const Strides&, bool*, const Strides&);
template void take_slice<bool>(const bool*, const Shape&, const Place&, bool*, const Shape&);
template void put_slice<bool>(const bool*, const Shape&, const Place&, bool, bool*, const Shape&);

}  // namespace xtape::kernels
