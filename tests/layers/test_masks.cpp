// Masks: where they come from, who passes them on, and what a model delivers.
#include <doctest/doctest.h>

#include <xtape/core/errors.hpp>
#include <xtape/layers/conv1d.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/masking.hpp>
#include <xtape/layers/sequential.hpp>

using namespace xtape;

namespace {

using Bits = std::vector<double>;

Tensor mask_of(const Bits& bits, const Shape& shape) {
  return Tensor::from(std::vector<bool>(bits.begin(), bits.end()), shape);
}

/// The masks that the layer delivers.
Tensors masks_after(const Layer& layer, const Tensor& x, const Tensors& masks = {}) {
  Tensors out;
  layer(x, {.masks = masks, .output_masks = &out});
  return out;
}

const Tensor x = {{{1, 2}, {7, 7}, {7, 1}}, {{7, 7}, {7, 7}, {0, 0}}};

}  // namespace

TEST_CASE("Masking sets steps to 0 whose entries all are the mask_value, and says which") {
  const Masking layer({.mask_value = 7});
  const Tensors masks = masks_after(layer, x);
  REQUIRE(masks.size() == 1);
  CHECK(masks[0].dtype() == DType::boolean);
  CHECK(masks[0].shape() == Shape{2, 3});
  CHECK(masks[0].to_vector() == Bits{1, 0, 1, 0, 0, 1});
  CHECK(layer(x).to_vector() == std::vector<double>{1, 2, 0, 0, 7, 1, 0, 0, 0, 0, 0, 0});
  CHECK(masks_after(Masking(), ones({4, 2}))[0].shape() == Shape{4});
  CHECK_THROWS_AS(Masking()(ones({4})), ValueError);
}

TEST_CASE("a mask_value is compared in the dtype of the layer") {
  const Masking layer({.mask_value = 0.1, .dtype = DType::float32});
  CHECK(layer(full({1, 2, 1}, 0.1, DType::float64)).to_vector() == std::vector<double>{0, 0});
}

TEST_CASE("layers that support masking pass the mask on, others lose it") {
  const Tensor mask = mask_of({1, 0, 1, 1, 1, 0}, {2, 3});
  const Tensors kept = masks_after(Dense({.units = 4}), x, {mask});
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].to_vector() == mask.to_vector());
  CHECK(masks_after(Dense({.units = 4}), x).empty());
  CHECK(masks_after(Conv1D({.filters = 1, .kernel_size = 1}), x, {mask}).empty());
}

TEST_CASE("a Sequential carries masks from layer to layer and delivers the last") {
  const Sequential keeps({Masking({.mask_value = 7}), Dense({.units = 4}), Dropout({.rate = 0.5})});
  REQUIRE(masks_after(keeps, x).size() == 1);
  CHECK(masks_after(keeps, x)[0].to_vector() == Bits{1, 0, 1, 0, 0, 1});
  const Sequential loses({Masking({.mask_value = 7}), Conv1D({.filters = 1, .kernel_size = 1})});
  CHECK(masks_after(loses, x).empty());
  const Sequential around({keeps, Dense({.units = 1})});
  CHECK(masks_after(around, x)[0].to_vector() == Bits{1, 0, 1, 0, 0, 1});
  CHECK(masks_after(Sequential({Dense({.units = 1})}), x, {mask_of({0, 0, 1, 1, 1, 1}, {2, 3})})[0].shape() ==
        Shape{2, 3});
}
