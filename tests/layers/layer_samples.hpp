// One or more configurations of every layer class, with inputs that fit and inputs that do not: what the contract test
// runs on. A class of the registry without an entry here fails the test.
#pragma once
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <xtape/core/json.hpp>
#include <xtape/core/shape.hpp>

namespace xtape::testing {

struct LayerSample {
  std::string class_name;
  Json config;
  std::vector<Shape> inputs;  ///< of a first call
  std::vector<Shape> other;   ///< another batch size, and another length where the layer takes any
  std::vector<std::vector<Shape>> wrong = {};  ///< inputs that the built layer must refuse
  bool draws = false;                          ///< training draws random numbers

  std::string title() const { return class_name + " " + config.dump(); }
};

inline const std::vector<LayerSample>& layer_samples() {
  static const std::vector<LayerSample> samples{
      {"Activation", {{"activation", "tanh"}}, {{2, 3, 4}}, {{5, 2}}},
      {"Conv1D", {{"filters", 4}, {"kernel_size", 3}, {"activation", "tanh"}}, {{2, 6, 2}}, {{3, 9, 2}},
          {{{2, 6}}, {{2, 6, 3}}, {{2, 6, 2, 1}}, {{2, 2, 2}}}},
      {"Conv1D",
          {{"filters", 4}, {"kernel_size", 4}, {"strides", 2}, {"padding", "same"}, {"use_bias", false}},
          {{2, 6, 2}}, {{3, 1, 2}}, {{{2, 6, 1}}}},
      {"Conv1D",
          {{"filters", 4}, {"kernel_size", 3}, {"dilation_rate", 2}, {"padding", "causal"}, {"groups", 2}},
          {{2, 5, 4}}, {{1, 8, 4}}, {{{2, 5, 2}}}},
      {"Conv1DTranspose", {{"filters", 3}, {"kernel_size", 3}, {"activation", "tanh"}}, {{2, 4, 2}},
          {{3, 6, 2}}, {{{2, 4}}, {{2, 4, 3}}, {{2, 4, 2, 1}}}},
      {"Conv1DTranspose",
          {{"filters", 3}, {"kernel_size", 4}, {"strides", 3}, {"padding", "same"}, {"output_padding", 1}},
          {{2, 4, 2}}, {{3, 1, 2}}, {{{2, 4, 1}}}},
      {"Conv1DTranspose", {{"filters", 3}, {"kernel_size", 3}, {"dilation_rate", 2}, {"padding", "same"}},
          {{2, 5, 2}}, {{1, 2, 2}}, {{{2, 5, 4}}}},
      {"Dense", {{"units", 3}, {"activation", "sigmoid"}}, {{2, 4}}, {{5, 4}}, {{{4}}, {{2, 5}}}},
      {"Dense", {{"units", 3}, {"use_bias", false}}, {{2, 3, 4}}, {{1, 6, 4}}, {{{2, 3, 1}}}},
      {"Dropout", {{"rate", 0.5}, {"seed", 7}}, {{4, 6}}, {{3, 2, 5}}, {}, true},
      {"Dropout", {{"rate", 0.25}, {"noise_shape", {nullptr, 1, nullptr}}}, {{4, 6, 2}}, {{3, 2, 5}}, {},
          true},
      {"Flatten", Json::object(), {{2, 3, 4}}, {{5, 2}}, {{Shape{}}}},
      {"InputLayer", {{"shape", {nullptr, 2}}}, {{3, 4, 2}}, {{1, 7, 2}}, {{{3, 4, 1}}, {{3, 2}}}},
      {"Masking", Json::object(), {{2, 3, 4}}, {{5, 2}}, {{{2}}}},
      {"Reshape", {{"target_shape", {-1, 2}}}, {{2, 3, 4}}, {{5, 2, 2}}, {{{2, 3}}}},
  };
  return samples;
}

}  // namespace xtape::testing
