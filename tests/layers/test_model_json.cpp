// Models as JSON: texts as Keras 3 and TensorFlow 2.4 write them, and what is written by us.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <xtape/core/config_json.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/random.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/functional.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/lstm.hpp>
#include <xtape/layers/merging.hpp>
#include <xtape/layers/multi_head_attention.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/saving/custom_objects.hpp>
#include <xtape/layers/saving/model_json.hpp>
#include <xtape/layers/sequential.hpp>

using namespace xtape;

namespace {

/// y = factor * x, a class of a user's own.
class Scale final : public Layer {
 public:
  static constexpr std::string_view class_name = "Scale";
  struct Config {
    double factor = 1;
    Initializer bias_initializer = "zeros";
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};
    static constexpr auto fields() {
      return std::tuple_cat(common_fields<Config>(),
          std::tuple{Field{"factor", &Config::factor, "What the input is multiplied by."},
              Field{"bias_initializer", &Config::bias_initializer, "First values of the bias."}});
    }
  };
  explicit Scale(Config config)
      : Layer(class_name, config.name, config.trainable, config.dtype, config.input_shape), config_(config) {}
  std::string_view type_name() const override { return class_name; }
  AnyLayer self() const override { return *this; }
  Json get_config() const override { return layer_config(*this, config_); }

 protected:
  void build_weights(const Shape& shape) const override {
    add_weight(bias_, {.name = "bias", .shape = {shape.back()}, .initializer = config_.bias_initializer});
  }
  Tensor call(const Tensor& x, const CallOptions&) const override {
    return add(multiply(x, config_.factor), bias_);
  }

 private:
  Config config_;
  Variable bias_;
};

/// An initializer of a user's own.
struct Sevens {
  static constexpr std::string_view class_name = "Sevens";
  struct Config {
    static constexpr auto fields() { return std::tuple{}; }
  };
  explicit Sevens(Config = {}) {}
  void get_config(Json& out) const { out = Json::object(); }
  Tensor operator()(const Shape& shape, DType dtype) const { return full(shape, 7, dtype); }
};

/// What Keras 3 writes for a shared layer, a list of inputs, and a nested Sequential; shortened where nothing is read.
constexpr const char* keras_3 = R"({
 "module": "keras.src.models.functional", "class_name": "Functional", "registered_name": "Functional",
 "config": {"name": "twins", "trainable": true, "layers": [
  {"module": "keras.layers", "class_name": "InputLayer",
   "config": {"batch_shape": [null, 4], "dtype": "float32", "sparse": false, "ragged": false, "name": "left",
    "optional": false},
   "registered_name": null, "name": "left", "inbound_nodes": []},
  {"module": "keras.layers", "class_name": "InputLayer",
   "config": {"batch_shape": [null, 4], "dtype": "float32", "sparse": false, "ragged": false, "name": "right"},
   "registered_name": null, "name": "right", "inbound_nodes": []},
  {"module": "keras.layers", "class_name": "Dense",
   "config": {"name": "shared", "trainable": true,
    "dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": null,
     "shared_object_id": 7},
    "units": 3, "activation": "relu", "use_bias": true,
    "kernel_initializer": {"module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": null},
     "registered_name": null},
    "bias_initializer": {"module": "keras.initializers", "class_name": "Zeros", "config": {}, "registered_name": null},
    "kernel_regularizer": null, "bias_regularizer": null, "kernel_constraint": null, "bias_constraint": null,
    "quantization_config": null},
   "registered_name": null, "build_config": {"input_shape": [null, 4]}, "name": "shared",
   "inbound_nodes": [
    {"args": [{"class_name": "__keras_tensor__",
      "config": {"shape": [null, 4], "dtype": "float32", "keras_history": ["left", 0, 0]}}], "kwargs": {}},
    {"args": [{"class_name": "__keras_tensor__",
      "config": {"shape": [null, 4], "dtype": "float32", "keras_history": ["right", 0, 0]}}], "kwargs": {}}]},
  {"module": "keras.layers", "class_name": "Dropout",
   "config": {"name": "dropout", "trainable": true, "dtype": "float32", "rate": 0.5, "seed": null, "noise_shape": null},
   "registered_name": null, "build_config": {"input_shape": [null, 3]}, "name": "dropout",
   "inbound_nodes": [{"args": [{"class_name": "__keras_tensor__",
      "config": {"shape": [null, 3], "dtype": "float32", "keras_history": ["shared", 1, 0]}}],
     "kwargs": {"training": false}}]},
  {"module": "keras", "class_name": "Sequential",
   "config": {"name": "head", "trainable": true, "dtype": "float32", "layers": [
     {"module": "keras.layers", "class_name": "InputLayer",
      "config": {"batch_shape": [null, 3], "dtype": "float32", "sparse": false, "ragged": false, "name": "in"},
      "registered_name": null},
     {"module": "keras.layers", "class_name": "Dense", "config": {"name": "out", "units": 1, "activation": "linear"},
      "registered_name": null, "build_config": {"input_shape": [null, 3]}}],
    "build_input_shape": [null, 3]},
   "registered_name": null, "build_config": {"input_shape": [null, 3]}, "name": "head",
   "inbound_nodes": [{"args": [{"class_name": "__keras_tensor__",
      "config": {"shape": [null, 3], "dtype": "float32", "keras_history": ["dropout", 0, 0]}}], "kwargs": {}}]}],
 "input_layers": [["left", 0, 0], ["right", 0, 0]],
 "output_layers": [["shared", 0, 0], ["head", 0, 0]]},
 "build_config": {"input_shape": null}, "compile_config": {"optimizer": "rmsprop", "loss": "mse"}})";

/// The same model in TensorFlow 2.4's words.
constexpr const char* tf_24 =
    R"({"class_name": "Functional", "keras_version": "2.4.0", "backend": "tensorflow",
 "config": {"name": "twins", "layers": [
  {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 4], "dtype": "float32", "sparse": false,
    "ragged": false, "name": "left"}, "name": "left", "inbound_nodes": []},
  {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 4], "dtype": "float32", "sparse": false,
    "ragged": false, "name": "right"}, "name": "right", "inbound_nodes": []},
  {"class_name": "Dense", "config": {"name": "shared", "trainable": true, "dtype": "float32", "units": 3,
    "activation": "relu", "use_bias": true,
    "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": null}},
    "bias_initializer": {"class_name": "Zeros", "config": {}}, "kernel_regularizer": null, "bias_regularizer": null,
    "activity_regularizer": null, "kernel_constraint": null, "bias_constraint": null},
   "name": "shared", "inbound_nodes": [[["left", 0, 0, {}]], [["right", 0, 0, {}]]]},
  {"class_name": "Dropout", "config": {"name": "dropout", "trainable": true, "dtype": "float32", "rate": 0.5,
    "noise_shape": null, "seed": null}, "name": "dropout", "inbound_nodes": [[["shared", 1, 0, {"training": false}]]]},
  {"class_name": "Sequential", "config": {"name": "head", "layers": [
     {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 3], "dtype": "float32", "sparse": false,
       "ragged": false, "name": "dense_input"}},
     {"class_name": "Dense", "config": {"name": "out", "trainable": true, "batch_input_shape": [null, 3],
       "dtype": "float32", "units": 1, "activation": "linear"}}]},
   "name": "head", "inbound_nodes": [[["dropout", 0, 0, {}]]]}],
 "input_layers": [["left", 0, 0], ["right", 0, 0]], "output_layers": [["shared", 0, 0], ["head", 1, 0]]}})";

void check_twins(const Model& model) {
  CHECK(model.name() == "twins");
  CHECK(model.type_name() == "Functional");
  CHECK(model.layers().size() == 5);
  CHECK(model.weights().size() == 4);
  const Tensor left = random_normal({2, 4}), right = random_normal({2, 4});
  const Tensors y = model(Tensors{left, right});
  const AnyLayer shared = model.get_layer("shared"), head = model.get_layer("head");
  CHECK(y.at(0).to_vector() == (*shared)(left).to_vector());
  CHECK(y.at(1).to_vector() == (*head)((*shared)(right)).to_vector());
}

}  // namespace

TEST_CASE("a functional model of Keras 3 is read, and written as it was") {
  const AnyModel model = model_from_json(keras_3);
  check_twins(*model);
  const Json written = Json::parse(model->to_json()), given = Json::parse(keras_3);
  for (const char* key : {"module", "class_name", "registered_name"}) CHECK(written[key] == given[key]);
  for (const char* key : {"name", "trainable", "input_layers", "output_layers"})
    CHECK(written["config"][key] == given["config"][key]);
  for (std::size_t i = 0; i < given["config"]["layers"].size(); ++i) {
    const Json &ours = written["config"]["layers"][i], &theirs = given["config"]["layers"][i];
    for (const char* key : {"module", "class_name", "name", "registered_name"})
      CHECK(ours[key] == theirs[key]);
    REQUIRE(ours["inbound_nodes"].size() == theirs["inbound_nodes"].size());
    for (std::size_t k = 0; k < ours["inbound_nodes"].size(); ++k)
      CHECK(ours["inbound_nodes"][k]["args"] == theirs["inbound_nodes"][k]["args"]);
  }
  CHECK(written["config"]["layers"][2]["build_config"] == given["config"]["layers"][2]["build_config"]);
  check_twins(*model_from_json(model->to_json()));
}

TEST_CASE("a functional model of TensorFlow 2.4 is read") { check_twins(*model_from_json(tf_24)); }

TEST_CASE("Sequentials of older versions are read") {
  const AnyModel tf = model_from_json(R"({"class_name": "Sequential", "config": {"name": "s", "layers": [
    {"class_name": "Dense", "config": {"name": "d", "batch_input_shape": [null, 4], "units": 3}},
    {"class_name": "Dense", "config": {"name": "e", "units": 2}}]}, "keras_version": "2.4.0"})");
  CHECK(tf->is_built());
  CHECK(tf->count_params() == 15 + 8);
  const AnyModel keras_1 = model_from_json(
      R"({"class_name": "Sequential", "config": [{"class_name": "Dense", "config": {"units": 3}}]})");
  CHECK(keras_1->layers().size() == 1);
  const AnyModel unbuilt = model_from_json(R"({"class_name": "Sequential", "config": {"layers": [
    {"class_name": "Dense", "config": {"units": 3}}], "build_input_shape": [null, 5]}})");
  CHECK(unbuilt->count_params() == 18);
  CHECK(layer_from_json(Json::parse(R"({"class_name": "Dense", "config": {"units": 3},
    "build_config": {"input_shape": [null, 2]}})"))
            ->count_params() == 9);
}

TEST_CASE("a single input and a single output stand in a config without a list, as Keras 3 has them") {
  const auto x = Input({.shape = {4}, .name = "x"});
  const Json single = Functional(x, Dense({.units = 1, .name = "y"})(x)).get_config();
  CHECK(single["input_layers"] == Json({"x", 0, 0}));
  CHECK(single["output_layers"] == Json({"y", 0, 0}));
  const auto z = Input({.shape = {4}, .name = "z"});
  const Json list = Functional({z}, {Dense({.units = 1, .name = "y"})(z)}).get_config();
  CHECK(list["input_layers"] == Json::array({{"z", 0, 0}}));
  CHECK(model_from_json(Json{{"class_name", "Functional"}, {"config", list}}.dump())->get_config() == list);
  CHECK(
      model_from_json(Json{{"class_name", "Functional"}, {"config", single}}.dump())->get_config() == single);
}

TEST_CASE("a call is counted in a config by the calls of its own model") {
  const Dense dense({.units = 4, .name = "dense"});
  const auto x = Input({.shape = {4}, .name = "x"});
  const auto elsewhere = dense(Input({.shape = {4}}));
  const Functional twice(x, dense(dense(x)), "twice");
  const Json config = twice.get_config();
  CHECK(config["output_layers"] == Json({"dense", 1, 0}));
  CHECK(
      config["layers"][1]["inbound_nodes"][1]["args"][0]["config"]["keras_history"] == Json({"dense", 0, 0}));
  const auto outer = Input({.shape = {4}, .name = "outer"});
  const Json nested = Functional(outer, twice(outer)).get_config();
  CHECK(nested["output_layers"] == Json({"twice", 1, 0}));  // Keras counts the inner graph as a call
  const AnyModel again = model_from_json(Json{{"class_name", "Functional"}, {"config", nested}}.dump());
  CHECK(again->get_config() == nested);
}

TEST_CASE("inputs that Keras takes by name are written and read by name") {
  const auto x = Input({.shape = {5, 2}, .name = "x"}), h = Input({.shape = {3}, .name = "h"});
  const LSTM lstm({.units = 3, .return_state = true, .name = "lstm"});
  const auto states = lstm(x);  // the output, and two states
  const Functional model({x, h}, LSTM({.units = 3, .name = "next"})({x, h, states[2]}));
  const Json config = model.get_config();
  CHECK(model_from_json(model.to_json())->get_config() == config);
  for (const Json& layer : config["layers"]) {
    if (layer["name"] != "next") continue;
    const Json& node = layer["inbound_nodes"][0];
    CHECK(node["args"].size() == 1);
    CHECK(node["args"][0]["config"]["keras_history"] == Json({"x", 0, 0}));
    CHECK(node["kwargs"]["initial_state"][1]["config"]["keras_history"] == Json({"lstm", 0, 2}));
  }
  const MultiHeadAttention attention({.num_heads = 2, .key_dim = 3, .name = "attention"});
  const Functional causal(x, attention.with({.use_causal_mask = true})({x, x}));
  const Json attended = causal.get_config()["layers"][1]["inbound_nodes"][0];
  CHECK(attended["args"].size() == 1);
  CHECK(attended["kwargs"]["value"]["config"]["keras_history"] == Json({"x", 0, 0}));
  CHECK(attended["kwargs"]["use_causal_mask"] == Json(true));
  const AnyModel again = model_from_json(causal.to_json());
  again->set_weights(causal.get_weights());
  const Tensor data = random_normal({2, 5, 2});
  CHECK((*again)(data).to_vector() == causal(data).to_vector());
  CHECK((*again)(data).to_vector() != attention({data, data})[0].to_vector());

  const auto sum = Add({.name = "sum"})({h, states[1]});
  const Json merged = Functional({x, h}, sum).get_config();
  CHECK(merged["layers"].back()["inbound_nodes"][0]["args"][0].size() == 2);  // one argument, a list
}

TEST_CASE("classes of one's own are known while a text is read") {
  const Sequential model({Input({.shape = {2}}), Scale({.factor = 3, .bias_initializer = Sevens()}),
      Dense({.units = 1, .bias_initializer = Sevens()})});
  const std::string text = model.to_json();
  CHECK_THROWS_AS(model_from_json(text), ValueError);
  const auto custom = CustomObjects::of<Scale, Sevens>();
  const AnyModel twin = model_from_json(text, custom);
  CHECK(twin->get_config() == model.get_config());
  CHECK(twin->get_layer(0).as<Scale>() != nullptr);
  CHECK(twin->get_weights()[0].to_vector() == std::vector<double>{7, 7});
  CHECK_THROWS_AS(model_from_json(text), ValueError);  // not known any more
  CHECK(Json::parse(text)["config"]["layers"][1]["registered_name"] == "Scale");
  const CustomObjectScope scope(custom);
  CHECK(model_from_json(text)->layers().size() == 2);
}

TEST_CASE("a clone is made of layers of its own") {
  const auto x = Input({.shape = {3}});
  const Functional model(x, Dense({.units = 2, .kernel_initializer = "ones", .name = "d"})(x), "m");
  model.get_layer("d")->set_weights({zeros({3, 2}), zeros({2})});
  const AnyModel clone = clone_model(model);
  CHECK(clone->name() == "m");
  CHECK(clone->get_weights()[0].to_vector() == std::vector<double>(6, 1.0));
  CHECK(!(clone->get_weights()[0].id() == model.get_weights()[0].id()));
  CHECK(clone->get_config() == model.get_config());
}

TEST_CASE("texts that hold no model are refused with what is wrong") {
  const auto error_of = [](const std::string& text) -> std::string {
    try {
      model_from_json(text);
    } catch (const ValueError& error) {
      return error.what();
    }
    return "no error";
  };
  CHECK(error_of("{").find("not JSON") != std::string::npos);
  CHECK(error_of(R"({"class_name": "Dense", "config": {"units": 1}})").find("no model but a layer") !=
        std::string::npos);
  CHECK(error_of(R"({"class_name": "Functional", "config": {"layers": []}})").find("input_layers") !=
        std::string::npos);
  const auto changed = [](const char* from, const char* to) {
    std::string text = tf_24;
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += std::string(to).size())
      text.replace(at, std::string(from).size(), to);
    return text;
  };
  CHECK(error_of(changed("[\"left\", 0, 0, {}]", "[\"lost\", 0, 0, {}]")).find("no layer \"lost\"") !=
        std::string::npos);
  CHECK(error_of(changed("[\"left\", 0, 0, {}]", "[\"left\", 0, 1, {}]")).find("no call gives") !=
        std::string::npos);
  CHECK(error_of(changed("[\"head\", 1, 0]", "[\"head\", 4, 0]")).find("no output 0 of call 4") !=
        std::string::npos);
  CHECK(error_of(changed("\"units\": 3", "\"unit\": 3")).find("no argument \"unit\"") != std::string::npos);
}
