// A layer of two inputs and two outputs, for tests of graphs.
#pragma once
#include <string>

#include <xtape/core/ops/elementwise.hpp>
#include <xtape/layers/layer.hpp>

namespace xtape::testing {

/// {a + b, a - b}
class SumAndDifference final : public Layer {
 public:
  explicit SumAndDifference(const std::string& name = {}, DType dtype = DType::float32)
      : Layer("SumAndDifference", name, true, dtype) {}
  std::string_view type_name() const override { return "SumAndDifference"; }
  AnyLayer self() const override { return *this; }

 protected:
  Shapes output_shapes(const Shapes& shapes) const override { return {shapes.at(0), shapes.at(0)}; }
  Tensors call_many(const Tensors& inputs, const CallOptions&) const override {
    return {add(inputs.at(0), inputs.at(1)), subtract(inputs[0], inputs[1])};
  }
};

}  // namespace xtape::testing
