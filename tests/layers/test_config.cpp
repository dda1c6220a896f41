// Configs: that fields() is complete for every class of every registry, and how values are read and written.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include <xtape/core/config_json.hpp>
#include <xtape/core/registry.hpp>
#include <xtape/layers/activations/activation.hpp>
#include <xtape/layers/constraints/constraint.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/initializers/initializer.hpp>
#include <xtape/layers/layer_config_impl.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/regularizers/regularizer.hpp>

using namespace xtape;

namespace {

/// One argument of each kind.
struct Everything {
  bool flag = false;
  Index count = 3;
  std::int32_t small = 4;
  double rate = 0.5;
  std::string text = "valid";
  Tuple1 steps = 7;
  Shape shape = {2, None};
  Axes axis = {0, 1};
  std::optional<DType> dtype = {};
  std::optional<std::int64_t> seed = {};
  std::vector<double> numbers = {0.5, 1};
  Initializer initializer = "ones";
  Regularizer regularizer = {};
  ActivationFunction activation = "relu";
  std::string hidden = "not written";

  static constexpr auto fields() {
    using C = Everything;
    return std::tuple{Field{"flag", &C::flag, "A boolean."}, Field{"count", &C::count, "An integer."},
        Field{"small", &C::small, "A short integer."}, Field{"rate", &C::rate, "A number."},
        Field{"text", &C::text, "A string."}, Field{"steps", &C::steps, "An integer or a tuple."},
        Field{"shape", &C::shape, "A shape."}, Field{"axis", &C::axis, "One axis or several."},
        Field{"dtype", &C::dtype, "A dtype or none."}, Field{"seed", &C::seed, "An integer or none."},
        Field{"numbers", &C::numbers, "A list."}, Field{"initializer", &C::initializer, "An object."},
        Field{"regularizer", &C::regularizer, "An object or none."},
        Field{"activation", &C::activation, "A function."}, Field{"hidden", &C::hidden, "Only read.", false}};
  }
};
/// A layer around another one, of a class that the registry does not know.
class Around final : public Layer {
 public:
  static constexpr std::string_view class_name = "Around";
  struct Config {
    AnyLayer layer = {};
    std::vector<AnyLayer> others = {};
    std::string name = {};
    bool trainable = true;
    std::optional<DType> dtype = {};
    std::optional<Shape> input_shape = {};
    static constexpr auto fields() {
      return std::tuple_cat(
          common_fields<Config>(), std::tuple{Field{"layer", &Config::layer, "A layer."},
                                       Field{"others", &Config::others, "A list of layers."}});
    }
  };
  explicit Around(const Config& config)
      : Layer(class_name, config.name, config.trainable, config.dtype), config_(config) {}
  std::string_view type_name() const override { return class_name; }
  Json get_config() const override { return layer_config(*this, config_); }
  const Config& config() const { return config_; }

 private:
  Config config_;
};

struct Forgetful {
  Index listed = 0;
  std::optional<double> forgotten = {};
  static constexpr auto fields() { return std::tuple{Field{"listed", &Forgetful::listed, ""}}; }
};

Everything read(const char* text) { return config_from_json<Everything>(Json::parse(text), "Everything"); }

/// Every class of a family goes through its config and back, and documents each argument under a name of its own.
template <class Product>
void check_family() {
  const Registry<Product>& all = registry<Product>();
  REQUIRE_FALSE(all.entries().empty());
  std::set<std::string> class_names;
  for (const auto& entry : all.entries()) {
    CAPTURE(entry.class_name);
    CHECK(class_names.insert(entry.class_name).second);
    const Product made = entry.make(Json::object());
    CHECK(made.class_name() == entry.class_name);
    CHECK(entry.make(made.get_config()).get_config() == made.get_config());
    CHECK(Product::from_json(made.to_json()).to_json() == made.to_json());
    CHECK(Product(to_snake_case(entry.class_name)).class_name() == entry.class_name);

    std::set<std::string> names;
    for (const Argument& argument : entry.arguments()) {
      CAPTURE(argument.name);
      CHECK(names.insert(argument.name).second);
      CHECK_FALSE(argument.doc.empty());
      CHECK(Json::accept(argument.default_value));
    }
    const std::string expected =
        "ValueError: " + entry.class_name + ": there is no argument \"no_such\" (received [1])";
    CHECK_THROWS_WITH_AS(entry.make(Json{{"no_such", {1}}}), expected.c_str(), ValueError);
  }
  for (const auto& alias : all.aliases()) {
    CAPTURE(alias.first);
    CHECK(class_names.count(alias.second.class_name) == 1);
  }
}

}  // namespace

TEST_CASE("members are counted, whatever they are") {
  struct Nothing {};
  CHECK(member_count<Nothing>() == 0);
  CHECK(member_count<Forgetful>() == 2);
  CHECK(member_count<Everything>() == 15);
  CHECK(lists_every_member<Everything>);
}

TEST_CASE("a member that fields() forgets is found; registries refuse its class when they are compiled") {
  CHECK_FALSE(lists_every_member<Forgetful>);
}

TEST_CASE("every class of every family goes through its config and back") {
  check_family<Initializer>();
  check_family<Regularizer>();
  check_family<Constraint>();
  check_family<ActivationFunction>();
}

TEST_CASE("a config is written in the order of fields(), in Keras's form") {
  CHECK(
      config_to_json(Everything()).dump() ==
      R"({"flag":false,"count":3,"small":4,"rate":0.5,"text":"valid","steps":[7],"shape":[2,null],"axis":[0,1],)"
      R"("dtype":null,"seed":null,"numbers":[0.5,1.0],)"
      R"("initializer":{"module":"keras.initializers","class_name":"Ones","config":{},"registered_name":null},)"
      R"("regularizer":null,"activation":"relu"})");
}

TEST_CASE("what was written is read back") {
  Everything changed;
  changed.flag = true;
  changed.count = -8;
  changed.rate = 1e-7;
  changed.text = "same";
  changed.steps = {9};
  changed.shape = {};
  changed.axis = -1;
  changed.dtype = DType::float64;
  changed.seed = 1234567890123;
  changed.numbers = {};
  changed.regularizer = "l2";
  changed.activation = nullptr;
  const Json json = config_to_json(changed);
  CHECK(json != config_to_json(Everything()));
  CHECK(config_to_json(config_from_json<Everything>(json, "Everything")) == json);
}

TEST_CASE("layers are arguments too, alone and in lists, those of one's own as well") {
  Registry<AnyLayer> custom;
  custom.add<Around>();
  const auto known = [&](const auto& f) {
    const Registry<AnyLayer>::Scope scope(custom);
    return f();
  };
  const Around inner({.layer = Dense({.units = 2, .name = "dense"}), .name = "inner"});
  const Around outer({.layer = inner, .others = {Flatten({.name = "flat"}), inner}, .name = "outer"});
  const Json config = Json::parse(outer.get_config().dump());
  CHECK(config["layer"]["class_name"] == "Around");
  CHECK(config["layer"]["config"]["layer"] ==
        Json{{"module", "keras.layers"}, {"class_name", "Dense"},
            {"config", Dense({.units = 2, .name = "dense"}).get_config()}, {"registered_name", nullptr}});
  CHECK(config["layer"]["config"]["others"] == Json::array());

  const AnyLayer twin = known([&] { return make_layer("Around", config); });
  CHECK(twin->get_config() == config);
  REQUIRE(twin.as<Around>() != nullptr);
  CHECK(twin.as<Around>()->config().others.at(0).as<Flatten>() != nullptr);
  CHECK_THROWS_AS(make_layer("Around", config), ValueError);
  CHECK_THROWS_AS(layer_from_json(config["layer"]), ValueError);
  const AnyLayer empty = known([&] { return make_layer("Around", Json{{"layer", nullptr}}); });
  CHECK(!empty.as<Around>()->config().layer);
}

TEST_CASE("absent arguments keep their defaults, and those that are not written are read") {
  const Everything config = read(R"({"rate": 2, "hidden": "seen"})");
  CHECK(config.rate == 2);
  CHECK(config.hidden == "seen");
  CHECK(config.count == 3);
  CHECK(config_to_json(config_from_json<Everything>(nullptr, "Everything")) == config_to_json(Everything()));
}

TEST_CASE("Keras's ways to write a value are all read") {
  CHECK(read(R"({"steps": 5})").steps == 5);
  CHECK(read(R"({"steps": [5]})").steps == 5);
  CHECK(read(R"({"shape": 4})").shape == Shape{4});
  CHECK(read(R"({"count": 2.0})").count == 2);
  CHECK(read(R"({"axis": 2})").axis.numbers() == std::vector<Index>{2});
  CHECK(read(R"({"axis": null})").axis.all());
  CHECK(read(R"({"dtype": "float64"})").dtype == DType::float64);
  CHECK(read(R"({"dtype": {"class_name": "DTypePolicy", "config": {"name": "float64"}}})").dtype ==
        DType::float64);
  CHECK_FALSE(read(R"({"dtype": null})").dtype);
}

TEST_CASE("an argument that is not there is refused") {
  CHECK_THROWS_WITH_AS(read(R"({"colour": "red"})"),
      "ValueError: Everything: there is no argument \"colour\" (received \"red\")", ValueError);
  CHECK_THROWS_WITH_AS(
      read("[1]"), "ValueError: Everything: config must be an object (received [1])", ValueError);
}

TEST_CASE("a value of the wrong kind is refused") {
  const auto refused = [](const char* text, const std::string& message) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(read(text), ("ValueError: Everything: " + message).c_str(), ValueError);
  };
  refused(R"({"flag": 1})", "flag must be true or false (received 1)");
  refused(R"({"count": 2.5})", "count must be an integer (received 2.5)");
  refused(R"({"count": true})", "count must be an integer (received true)");
  refused(R"({"count": 1e300})", "count must be an integer (received 1e+300)");
  refused(R"({"count": 18446744073709551615})", "count must be an integer (received 18446744073709551615)");
  refused(R"({"small": 2147483648})", "small is out of range (received 2147483648)");
  refused(R"({"rate": "fast"})", "rate must be a number (received \"fast\")");
  refused(R"({"text": null})", "text must be a string (received null)");
  refused(R"({"steps": ["a"]})", "steps must be an integer (received \"a\")");
  refused(R"({"shape": "big"})", "shape must be a list of integers (received \"big\")");
  refused(R"({"axis": "first"})", "axis must be an integer or a list of integers (received \"first\")");
  refused(R"({"axis": [0, "b"]})", "axis must be an integer (received \"b\")");
  refused(R"({"dtype": 32})", "dtype must be the name of a dtype (received 32)");
  refused(R"({"numbers": 1})", "numbers must be a list (received 1)");
  refused(R"({"numbers": [1, "two"]})", "numbers must be a number (received \"two\")");
  CHECK_THROWS_WITH_AS(read(R"({"activation": 3})"),
      "ValueError: activation: must be a name, null, or an object with class_name and config (received 3)",
      ValueError);
}

TEST_CASE("a tuple of one is checked for its length and its least value") {
  CHECK(Tuple1(3).checked("Conv1D", "strides") == 3);
  CHECK(Tuple1{4}.checked("Conv1D", "strides") == 4);
  CHECK(Tuple1(0).checked("Conv1D", "output_padding", 0) == 0);
  CHECK_THROWS_WITH_AS(Tuple1(0).checked("Conv1D", "strides"),
      "ValueError: Conv1D: strides must be at least 1 (received strides=0)", ValueError);
  CHECK_THROWS_WITH_AS((Tuple1{3, 3}.checked("Conv1D", "kernel_size")),
      "ValueError: Conv1D: kernel_size must be an integer or a tuple of 1 integer (received a tuple of 2)",
      ValueError);
  CHECK_THROWS_WITH_AS(read(R"({"steps": []})").steps.checked("Conv1D", "strides"),
      "ValueError: Conv1D: strides must be an integer or a tuple of 1 integer (received a tuple of 0)",
      ValueError);
}

TEST_CASE("class names become snake_case as in Keras") {
  for (const auto& [class_name, snake] :
      {std::pair{"Conv1DTranspose", "conv1d_transpose"}, {"Dense", "dense"},
          {"GlorotUniform", "glorot_uniform"}, {"L1L2", "l1l2"}, {"HardSigmoidTf24", "hard_sigmoid_tf24"},
          {"ReLU", "re_lu"}, {"LeakyReLU", "leaky_re_lu"}, {"LSTM", "lstm"}, {"RMSprop", "rm_sprop"},
          {"MaxPooling1D", "max_pooling1d"}, {"GlobalAveragePooling1D", "global_average_pooling1d"},
          {"SeparableConv1D", "separable_conv1d"}, {"PReLU", "p_re_lu"}, {"AdamW", "adam_w"}, {"SGD", "sgd"}})
    CHECK(to_snake_case(class_name) == snake);
}
