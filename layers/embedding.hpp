// Embedding: a vector for each number of a vocabulary.
#pragma once
#include <optional>
#include <string>

#include <xtape/layers/layer_config.hpp>

namespace xtape {

/// y[n, t, :] = embeddings[x[n, t], :]
///
/// x: numbers in [0, input_dim) of any integer or floating dtype (fractions are cut off) and any shape (batch, ...).
/// embeddings: (input_dim, output_dim). y: (batch, ..., output_dim).
/// With mask_zero the number 0 stands for a place that does not count: the mask is x != 0, and the vocabulary begins at 1.
///
/// Numbers outside throw ValueError, where TensorFlow on a GPU gives zeros.
/// https://keras.io/api/layers/core_layers/embedding/
class Embedding final : public Layer {
 public:
  static constexpr std::string_view class_name = "Embedding";
  struct Config {
    Index input_dim = 0;
    Index output_dim = 0;
    Initializer embeddings_initializer = "uniform";
    Regularizer embeddings_regularizer = {};
    Constraint embeddings_constraint = {};
    bool mask_zero = false;
    Tensor weights = {};
    Regularizer activity_regularizer = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};
    std::optional<Index> input_length = {};

    static constexpr auto fields() {
      using C = Config;
      return std::tuple_cat(common_fields<C>(),
          std::tuple{
              Field{"input_dim", &C::input_dim, "The size of the vocabulary. Required."},
              Field{"output_dim", &C::output_dim, "The length of each vector. Required."},
              Field{"embeddings_initializer", &C::embeddings_initializer, "First values of the embeddings."},
              Field{"embeddings_regularizer", &C::embeddings_regularizer, "Penalty on the embeddings."},
              Field{"activity_regularizer", &C::activity_regularizer, "Penalty on the output, per sample."},
              Field{"embeddings_constraint", &C::embeddings_constraint,
                  "Projection of the embeddings after each update."},
              Field{"mask_zero", &C::mask_zero, "Whether 0 stands for a place that does not count."},
              Field{"weights", &C::weights,
                  "(input_dim, output_dim): first values in place of the initializer's.", false},
              Field{"input_length", &C::input_length, "Has no effect; TensorFlow 2.4's.", false},
          });
    }
  };

  /// Throws ValueError unless input_dim and output_dim are positive and `weights` has their shape.
  explicit Embedding(Config config);

  const Variable& embeddings() const { return embeddings_; }

  Tensors compute_mask(const Tensors& inputs, const Tensors& masks) const override;

  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override;

 protected:
  Tensors cast_inputs(const Tensors& inputs) const override {
    return inputs;
  }  // float32 has not room for all numbers
  void build_weights(const Shape& input_shape) const override;
  Shape output_shape(const Shape& input_shape) const override;
  Tensor call(const Tensor& x, const CallOptions& options) const override;

 private:
  Config config_;
  Variable embeddings_;
};

}  // namespace xtape
