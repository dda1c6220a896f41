#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/gathering.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/shaping.hpp>

#include "gradient_cases.hpp"

namespace xtape::testing {
namespace {

using Inputs = std::vector<Tensor>;

Tensor ids(std::initializer_list<detail::Number> values) { return Tensor(values, DType::int32); }

GradientCases shape_cases() {
  return {
      {Op::reshape, "rows to columns",
          [](const Inputs& in) {
    return reshape(in[0], {3, -1});
       },
          {{{2, 6}}}},
      {Op::reshape, "a scalar",
          [](const Inputs& in) {
    return reshape(in[0], {1, 1});
       },
          {{{}}}},
      {Op::reshape, "no entries",
          [](const Inputs& in) {
    return reshape(in[0], {3, 0});
       },
          {{{0, 2}}}},
      {Op::reshape, "expand_dims and squeeze",
          [](const Inputs& in) { return multiply(expand_dims(squeeze(in[0]), -1), in[0]); }, {{{1, 3, 1}}}},
      {Op::broadcast_to, "a new axis",
          [](const Inputs& in) {
    return broadcast_to(in[0], {2, 3});
       },
          {{{3}}}},
      {Op::broadcast_to, "axes of length 1",
          [](const Inputs& in) {
    return broadcast_to(in[0], {2, 3, 2});
       },
          {{{2, 1, 1}}}},
      {Op::broadcast_to, "to nothing",
          [](const Inputs& in) {
    return broadcast_to(in[0], {0, 3});
       },
          {{{1, 3}}}},
      {Op::broadcast_to, "tile",
          [](const Inputs& in) {
    return tile(in[0], {2, 1, 3});
       },
          {{{2, 2}}}},
      {Op::broadcast_to, "repeat", [](const Inputs& in) { return repeat(in[0], 2, 1); }, {{{2, 2}}}},
      {Op::transpose, "reversed", [](const Inputs& in) { return transpose(in[0]); }, {{{2, 3, 4}}}},
      {Op::transpose, "a cycle of axes",
          [](const Inputs& in) {
    return transpose(in[0], {1, 2, 0});
       },
          {{{2, 3, 2}}}},
      {Op::transpose, "swapaxes, an input used twice",
          [](const Inputs& in) { return multiply(swapaxes(in[0], 0, -1), in[0]); }, {{{3, 1, 3}}}},
      {Op::transpose, "moveaxis, no entries", [](const Inputs& in) { return moveaxis(in[0], 0, 2); },
          {{{2, 0, 3}}}},
      };
}

GradientCases part_cases() {
  return {
      {Op::slice, "rows", [](const Inputs& in) { return slice(in[0], 0, 1, 3); }, {{{4, 2}}}},
      {Op::slice, "every second column", [](const Inputs& in) { return slice(in[0], 1, range(0, 5, 2)); },
          {{{2, 5}}}},
      {Op::slice, "backwards", [](const Inputs& in) { return slice(in[0], 0, range(-1, Open{}, -2)); },
          {{{5, 2}}}},
      {Op::slice, "nothing", [](const Inputs& in) { return slice(in[0], 0, 2, 2); }, {{{4, 2}}}},
      {Op::slice, "flip", [](const Inputs& in) { return multiply(flip(in[0]), in[0]); }, {{{2, 3}}}},
      {Op::slice, "view", [](const Inputs& in) { return view(in[0], all(), range(0, 4, 3), newaxis(), -1); },
          {{{2, 4, 3}}}},
      {Op::slice, "roll by slices", [](const Inputs& in) { return roll(in[0], -1, 1); }, {{{2, 3}}}},
      {Op::pad, "constant",
          [](const Inputs& in) {
    return pad(in[0], {{1, 2}, {0, 1}}, "constant", 3);
       },
          {{{2, 2}}}},
      {Op::pad, "an axis without entries",
          [](const Inputs& in) {
    return pad(in[0], {{1, 1}, {0, 0}});
       },
          {{{0, 2}}}},
      {Op::pad, "an input used twice",
          [](const Inputs& in) {
    return multiply(pad(in[0], {{1, 0}}), pad(in[0], {{0, 1}}));
       },
          {{{3}}}},
      {Op::gather, "pad by the edges",
          [](const Inputs& in) {
    return pad(in[0], {{1, 2}, {3, 0}}, "edge");
       },
          {{{2, 2}}}},
      {Op::gather, "pad by reflection",
          [](const Inputs& in) {
    return pad(in[0], {{0, 3}, {2, 1}}, "reflect");
       },
          {{{2, 3}}}},
      };
}

GradientCases joint_cases() {
  return {
      {Op::concatenate, "rows",
          [](const Inputs& in) {
    return concatenate({in[0], in[1]}, 0);
       },
          {{{2, 3}}, {{1, 3}}}},
      {Op::concatenate, "last axis, one of no length",
          [](const Inputs& in) {
    return concatenate({in[0], in[1], in[2]});
       },
          {{{2, 3}}, {{2, 0}}, {{2, 1}}}},
      {Op::concatenate, "an input used twice",
          [](const Inputs& in) {
    return concatenate({in[0], in[0]}, 1);
       },
          {{{2, 2}}}},
      {Op::concatenate, "stack",
          [](const Inputs& in) {
    return stack({in[0], in[1]}, 1);
       },
          {{{2, 2}}, {{2, 2}}}},
      {Op::slice, "split",
          [](const Inputs& in) {
    const std::vector<Tensor> parts = split(in[0], 3, 1);
    return multiply(parts[0], parts[2]);
       },
          {{{2, 6}}}},
      };
}

GradientCases index_cases() {
  return {
      {Op::gather, "take rows, one twice",
          [](const Inputs& in) {
    return take(in[0], ids({2, 0, 2}), 0);
       },
          {{{3, 2}}}},
      {Op::gather, "take along the last axis, from the end",
          [](const Inputs& in) {
    return take(in[0], Tensor({{-1, 0}, {1, 1}}, DType::int32), -1);
       },
          {{{2, 3}}}},
      {Op::gather, "no indices", [](const Inputs& in) { return take(in[0], std::vector<Index>{}, 0); },
          {{{3, 2}}}},
      {Op::gather, "a batch axis",
          [](const Inputs& in) {
    return gather(in[0], Tensor({{1, 0}, {2, 2}}, DType::int32), 2, 1);
       },
          {{{2, 2, 3, 2}}}},
      {Op::gather, "take_along_axis",
          [](const Inputs& in) {
    return take_along_axis(in[0], Tensor({{1, 0, 1}}, DType::int32), 0);
       },
          {{{2, 3}}}},
      {Op::gather, "repeat by counts",
          [](const Inputs& in) {
    return repeat(in[0], {2, 0, 1}, 0);
       },
          {{{3, 2}}}},
      {Op::scatter_add, "rows, one twice",
          [](const Inputs& in) {
    return scatter_add(in[0], ids({1, 1, 0}), in[1]);
       },
          {{{3, 2}}, {{3, 2}}}},
      {Op::scatter_add, "the last axis of a batch",
          [](const Inputs& in) {
    return scatter_add(in[0], Tensor({{1}, {0}}, DType::int32), multiply(in[1], in[1]), 1, 1);
       },
          {{{2, 3}}, {{2, 1}}}},
      {Op::scatter_add, "no updates", [](const Inputs& in) { return scatter_add(in[0], ids({}), in[1]); },
          {{{3, 2}}, {{0, 2}}}},
      };
}

}  // namespace

GradientCases shaping_cases() {
  GradientCases cases;
  for (GradientCases (*part)() : {shape_cases, part_cases, joint_cases, index_cases})
    for (GradientCase& c : part()) cases.push_back(std::move(c));
  return cases;
}

}  // namespace xtape::testing
