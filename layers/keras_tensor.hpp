// KerasTensor: a value to come. Layers are called on such tensors to make a model before there is any data:
//
//     const auto x = Input({.shape = {288, 1}});
//     const auto y = Conv1D({.filters = 32, .kernel_size = 7})(x);
//     const Functional model(x, y);
//
// It knows its shape, its dtype, and which call of which layer will give it. A model's graph is read from these calls.
#pragma once
#include <compare>
#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include <xtape/core/any.hpp>
#include <xtape/core/dtype.hpp>
#include <xtape/core/one_or_more.hpp>
#include <xtape/core/shape.hpp>

namespace xtape {

class Layer;
struct LayerCall;

class KerasTensor {
 public:
  /// The output of that number of a call.
  explicit KerasTensor(std::shared_ptr<const LayerCall> call, std::size_t output = 0);

  /// (None, steps, channels): what is not known yet is None.
  const Shape& shape() const;
  DType dtype() const;

  /// Where it comes from: a layer, which of the layer's calls, and which of the call's outputs.
  const Any<Layer>& layer() const;
  Index node_index() const;
  Index tensor_index() const { return static_cast<Index>(output_); }
  const std::shared_ptr<const LayerCall>& call() const { return call_; }

  /// An Input may begin a Sequential. Throws ValueError for a tensor that is not one.
  operator Any<Layer>() const;

  /// True when both are the same output of the same call.
  friend bool operator==(const KerasTensor& a, const KerasTensor& b) { return a.key() == b.key(); }
  friend bool operator<(const KerasTensor& a, const KerasTensor& b) { return a.key() < b.key(); }

 private:
  struct Key {
    const void* layer;
    Index node, tensor;
    auto operator<=>(const Key&) const = default;
  };
  Key key() const;

  std::shared_ptr<const LayerCall> call_;
  std::size_t output_;
};

/// One symbolic tensor or several: what layers take and give. One is as good as the tensor itself.
using KerasTensors = OneOrMore<KerasTensor>;

/// A call of a layer on symbolic tensors: a node of the graph.
struct LayerCall {
  Any<Layer> layer;
  Index node_index;     ///< how many such calls the layer had before
  KerasTensors inputs;  ///< none for an Input
  struct Output {
    Shape shape;
    DType dtype;
  };
  std::vector<Output> outputs;
};

/// The names of the layers that they come from.
std::vector<std::string> layer_names(const KerasTensors& tensors);

/// "KerasTensor (None, 144, 32) float32 of conv1d"
std::ostream& operator<<(std::ostream& out, const KerasTensor& tensor);

}  // namespace xtape
