// Ops that take a part of a tensor, and pad, which makes it a part of a larger one.
//
// view reads like xtensor's views, and is differentiable; view(x, ...) and x[{...}] are the same:
//
//     x[{all(), range(0, 8, 2), 3}]         entries 0, 2, 4, 6 of the second axis, entry 3 of the third
//     x[{ellipsis(), newaxis(), -1}]        the last entry of the last axis, behind a new axis
//     view(x, range(_, _, -1))              backwards; `using namespace xtape::placeholders` for _
#pragma once
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <xtape/core/tensor.hpp>

namespace xtape {

/// The end of a range that is left open: _.
struct Open {};
namespace placeholders {
inline constexpr Open _{};
}

/// start, start + step, ... before stop, as Python's start:stop:step: negative ends count from the back, ends beyond the
/// axis are cut, an open end is the end of the axis.
struct Range {
  std::optional<Index> start, stop;
  Index step = 1;
};

/// One end of a range: a number or _.
struct Bound {
  std::optional<Index> value;
  Bound(Index v) : value(v) {}
  Bound(Open) {}
};
inline Range range(Bound start, Bound stop, Index step = 1) { return {start.value, stop.value, step}; }

/// What view does with the axes: take one entry (a number), a range, all of it, or some entries; make a new axis of length
/// 1; leave as many axes as they are as needed.
struct All {};
struct NewAxis {};
struct Ellipsis {};
struct Keep {
  std::vector<Index> indices;
};
inline All all() { return {}; }
inline NewAxis newaxis() { return {}; }
inline Ellipsis ellipsis() { return {}; }
inline Keep keep(std::vector<Index> indices) { return {std::move(indices)}; }

class ViewItem : public std::variant<Index, Range, All, NewAxis, Ellipsis, Keep> {
 public:
  using variant::variant;
  ViewItem(int index) : variant(Index{index}) {}
};

/// The part of x that the items pick, one item an axis; missing ones are all(). A number removes its axis.
/// Throws ValueError for too many items, a number outside its axis, a step of 0, or a second ellipsis.
Tensor view(const Tensor& x, const std::vector<ViewItem>& items);
template <class... Item>
Tensor view(const Tensor& x, const Item&... item) {
  return view(x, std::vector<ViewItem>{ViewItem(item)...});
}

/// The entries of `range` along one axis, or start, start + step, ... before stop.
Tensor slice(const Tensor& x, Index axis, const Range& range);
Tensor slice(const Tensor& x, Index axis, Bound start, Bound stop, Index step = 1);

/// x backwards along the given axes; along all of them without any.
Tensor flip(const Tensor& x);
Tensor flip(const Tensor& x, Index axis);
Tensor flip(const Tensor& x, const std::vector<Index>& axes);

/// Entries before and after x along an axis.
using PadWidth = std::pair<Index, Index>;

/// x with pad_width[i].first entries before it and pad_width[i].second after it along axis i, as numpy.pad.
///
/// mode: "constant" (entries are constant_value), "edge" (the nearest entry of x), "reflect" (x mirrored at its first and
/// last entries, which are not repeated), "symmetric" (mirrored with them repeated).
/// Throws ValueError unless there is one pair of non-negative widths an axis and the mode is one of these, and for
/// widths other than 0 along an axis without entries unless the mode is constant.
Tensor pad(const Tensor& x, const std::vector<PadWidth>& pad_width, std::string_view mode = "constant",
    double constant_value = 0);

}  // namespace xtape
