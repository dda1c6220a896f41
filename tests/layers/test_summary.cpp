// Summaries of graphs: the tables that Keras prints, with "Connected to", nested models and their trainable flags.
#include <doctest/doctest.h>

#include <sstream>

#include "layers/sum_and_difference.hpp"

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/functional.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/sequential.hpp>

using namespace xtape;
using namespace xtape::testing;

namespace {

/// Two inputs, one output: twice the first.
class TakesTwo final : public Layer {
 public:
  explicit TakesTwo(const Dense& dense) : Layer("Dense", dense.name()), dense_(add_layer(dense)) {}
  std::string_view type_name() const override { return "Dense"; }
  AnyLayer self() const override { return *this; }

 protected:
  Tensors call_many(const Tensors& x, const CallOptions& options) const override {
    return {dense_(x.at(0), options)};
  }

 private:
  Dense dense_;
};

std::string summary_of(const Model& model, const SummaryOptions& options = {}) {
  std::ostringstream out;
  model.summary(out, options);
  return out.str();
}

/// A model that follows an inner one, of which nothing is trained.
Functional nested() {
  const Sequential inner({Input({.shape = {8}}), Dense({.units = 4, .name = "a"})}, "inner");
  inner.set_trainable(false);
  const auto x = Input({.shape = {8}, .name = "input"});
  return Functional(x, Dense({.units = 1, .name = "out"})(inner(x)), "outer");
}

}  // namespace

TEST_CASE("a graph has a column that tells what each layer was called on") {
  const auto x = Input({.shape = {8}, .name = "x"});
  const auto both = SumAndDifference("both")({Dense({.units = 8, .name = "first"})(x), x});
  const Functional model(x, TakesTwo(Dense({.units = 2, .name = "last"}))(both), "graph");
  CHECK(summary_of(model) == R"(Model: "graph"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                  ┃ Output Shape              ┃         Param # ┃ Connected to               ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━┩
│ x (InputLayer)                │ (None, 8)                 │               0 │ -                          │
├───────────────────────────────┼───────────────────────────┼─────────────────┼────────────────────────────┤
│ first (Dense)                 │ (None, 8)                 │              72 │ x[0][0]                    │
├───────────────────────────────┼───────────────────────────┼─────────────────┼────────────────────────────┤
│ both (SumAndDifference)       │ [(None, 8), (None, 8)]    │               0 │ first[0][0], x[0][0]       │
├───────────────────────────────┼───────────────────────────┼─────────────────┼────────────────────────────┤
│ last (Dense)                  │ (None, 2)                 │              18 │ both[0][0], both[0][1]     │
└───────────────────────────────┴───────────────────────────┴─────────────────┴────────────────────────────┘
 Total params: 90 (360.00 B)
 Trainable params: 90 (360.00 B)
 Non-trainable params: 0 (0.00 B)
)");
}

TEST_CASE("a chain has no such column, and inner models may be shown with what is trained") {
  CHECK(summary_of(nested(), {.expand_nested = true, .show_trainable = true}) == R"(Model: "outer"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━┳━━━━━━━━━┓
┃ Layer (type)                          ┃ Output Shape                  ┃        Param # ┃ Traina… ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━╇━━━━━━━━━┩
│ input (InputLayer)                    │ (None, 8)                     │              0 │    -    │
├───────────────────────────────────────┼───────────────────────────────┼────────────────┼─────────┤
│ inner (Sequential)                    │ (None, 4)                     │             36 │    N    │
├───────────────────────────────────────┼───────────────────────────────┼────────────────┼─────────┤
│    └ a (Dense)                        │ (None, 4)                     │             36 │    N    │
├───────────────────────────────────────┼───────────────────────────────┼────────────────┼─────────┤
│ out (Dense)                           │ (None, 1)                     │              5 │    Y    │
└───────────────────────────────────────┴───────────────────────────────┴────────────────┴─────────┘
 Total params: 41 (164.00 B)
 Trainable params: 5 (20.00 B)
 Non-trainable params: 36 (144.00 B)
)");
}

TEST_CASE("a part of the layers may be shown, on a line of another length") {
  CHECK(summary_of(nested(), {.line_length = 56, .layer_range = std::pair{"o.*", "out"}})
            .starts_with(R"(Model: "outer"
┏━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━┓
┃ Layer (type)           ┃ Output Shape    ┃   Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━┩
│ out (Dense)            │ (None, 1)       │         5 │
└────────────────────────┴─────────────────┴───────────┘
)"));
  CHECK_THROWS_AS(summary_of(nested(), {.line_length = 10}), ValueError);
  CHECK_THROWS_AS(summary_of(nested(), {.layer_range = std::pair{"none", "out"}}), ValueError);
}
