// RandomLayer: what the layers have in common that draw random numbers in training.
#pragma once
#include <optional>
#include <string>

#include <xtape/core/random.hpp>
#include <xtape/layers/layer.hpp>

namespace xtape {

/// The numbers are a function of (seed, training step, sample): they do not depend on how a batch is split or on the number
/// of threads. Where a long sample is computed in windows (optim/training/batch.hpp), each window has numbers of its own.
/// Layers without a seed draw one when they are made, from the global one (set_random_seed).
class RandomLayer : public Layer {
 protected:
  template <class Config>
  RandomLayer(std::string_view class_name, const Config& config)
      : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape),
        key_(config.seed) {}

  bool supports_masking() const override { return true; }
  // The stream is chosen here, in the order of the layers, and not by whichever thread calls first.
  void build_weights(const Shape&) const override { [[maybe_unused]] const RandomKey key = key_; }

  /// The stream of this call's numbers.
  RandomKey key_of(const CallOptions& options) const;
  /// Normal numbers in the shape of x.
  Tensor normal_like(const Tensor& x, double mean, double stddev, const CallOptions& options) const;
  /// x / (1 - rate) with probability 1 - rate, else 0, drawn for each entry of noise_shape, which is repeated to the shape of
  /// x; None in it is x's length.
  Tensor drop(
      const Tensor& x, double rate, std::optional<Shape> noise_shape, const CallOptions& options) const;

 private:
  LazyRandomKey key_;
};

/// Throws ValueError unless the rate lies in [0, 1].
void require_rate(std::string_view owner, double rate);
/// Throws ValueError for lengths below 1 that are not None.
void require_noise_shape(std::string_view owner, const std::optional<Shape>& noise_shape);

}  // namespace xtape
