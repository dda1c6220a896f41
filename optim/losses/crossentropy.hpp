// Losses of classifiers that give probabilities. https://keras.io/api/losses/probabilistic_losses/
//
// t: y_true, p: y_pred. With from_logits, y_pred holds logits x, p = sigmoid(x) or softmax(x), and the losses are computed
// from x without loss of digits. Otherwise probabilities are held within [1e-7, 1 - 1e-7], and those of several classes are
// divided by their sum. All throw ValueError for shapes that do not belong together, and for label_smoothing outside [0, 1].
#pragma once
#include <xtape/optim/losses/loss_config.hpp>

namespace xtape {

struct CrossentropyOptions {
  bool from_logits = false;
  /// How much of the truth is spread evenly over all classes: 0.1 makes 0.95 of a 1 between two classes.
  double label_smoothing = 0;
  /// The axis of the classes; in binary_crossentropy the axis that the mean runs over.
  Index axis = -1;
};
/// mean -t ln p - (1 - t) ln(1 - p); t and p of one shape
Tensor binary_crossentropy(
    const Tensor& y_true, const Tensor& y_pred, const CrossentropyOptions& options = {});
/// -sum t ln p along the axis; t and p of one shape
Tensor categorical_crossentropy(
    const Tensor& y_true, const Tensor& y_pred, const CrossentropyOptions& options = {});

struct SparseCrossentropyOptions {
  bool from_logits = false;
  /// Labels of this class have the value 0 and do not count.
  std::optional<Index> ignore_class = {};
  Index axis = -1;
};
/// -ln p of the class t; t has the shape of p without the axis of the classes (or with length 1 there). Throws ValueError for
/// labels that are no class.
Tensor sparse_categorical_crossentropy(
    const Tensor& y_true, const Tensor& y_pred, const SparseCrossentropyOptions& options = {});

/// That of the three which the shapes ask for: see AnyLoss.
Tensor crossentropy(const Tensor& y_true, const Tensor& y_pred);

struct BinaryFocalOptions {
  /// Whether class 1 gets the weight alpha and class 0 the weight 1 - alpha.
  bool apply_class_balancing = false;
  double alpha = 0.25, gamma = 2;
  bool from_logits = false;
  double label_smoothing = 0;
  Index axis = -1;
};
/// mean (1 - q)^gamma times binary_crossentropy, q being the probability given to the truth
Tensor binary_focal_crossentropy(
    const Tensor& y_true, const Tensor& y_pred, const BinaryFocalOptions& options = {});

struct CategoricalFocalOptions {
  /// The weight of all classes, or of each.
  NumberOrList alpha = 0.25;
  double gamma = 2;
  bool from_logits = false;
  double label_smoothing = 0;
  Index axis = -1;
};
/// -sum alpha (1 - p)^gamma t ln p along the axis
Tensor categorical_focal_crossentropy(
    const Tensor& y_true, const Tensor& y_pred, const CategoricalFocalOptions& options = {});

/// (1 - p^q) / q of the class t, labels as in sparse_categorical_crossentropy; p is taken as it is.
Tensor categorical_generalized_cross_entropy(const Tensor& y_true, const Tensor& y_pred, double q);

// ---- the classes ----

struct CrossentropyConfig {
  bool from_logits = false;
  double label_smoothing = 0;
  Index axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = CrossentropyConfig;
    return loss_fields<C>(
        Field{"from_logits", &C::from_logits, "Whether y_pred holds logits, not probabilities."},
        Field{"label_smoothing", &C::label_smoothing, "How much of the truth is spread evenly, in [0, 1]."},
        Field{"axis", &C::axis, "The axis of the classes, or of the mean between two."});
  }
};

/// The mean of -y_true ln y_pred - (1 - y_true) ln(1 - y_pred). TF 2.4 adds 1e-7 inside the logarithms once more.
class BinaryCrossentropy final : public LossOf<BinaryCrossentropy, CrossentropyConfig> {
 public:
  static constexpr std::string_view class_name = "BinaryCrossentropy";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  bool is_step_by_step() const override { return config().axis == -1; }
  bool mixes_samples() const override { return config().axis != -1; }
};

/// -sum y_true ln y_pred over the classes, y_true one-hot or any distribution. label_smoothing spreads over as many classes
/// as there are along the axis; Keras takes the last axis for that, whatever the axis is.
class CategoricalCrossentropy final : public LossOf<CategoricalCrossentropy, CrossentropyConfig> {
 public:
  static constexpr std::string_view class_name = "CategoricalCrossentropy";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  bool is_step_by_step() const override { return config().axis == -1; }
  bool mixes_samples() const override { return config().axis != -1; }
};

struct SparseCategoricalCrossentropyConfig {
  bool from_logits = false;
  std::optional<Index> ignore_class = {};
  Index axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = SparseCategoricalCrossentropyConfig;
    return loss_fields<C>(
        Field{"from_logits", &C::from_logits, "Whether y_pred holds logits, not probabilities."},
        Field{"ignore_class", &C::ignore_class, "The class whose samples do not count."},
        Field{"axis", &C::axis, "The axis of the classes."});
  }
};

/// -ln of the probability of the class that y_true numbers. Samples of ignore_class are left out of the mean.
class SparseCategoricalCrossentropy final
    : public LossOf<SparseCategoricalCrossentropy, SparseCategoricalCrossentropyConfig> {
 public:
  static constexpr std::string_view class_name = "SparseCategoricalCrossentropy";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  Tensor valid(const Tensor& y_true, const Tensor& values) const override;
  bool is_step_by_step() const override { return config().axis == -1; }
  bool mixes_samples() const override { return config().axis != -1; }
};

struct BinaryFocalCrossentropyConfig {
  bool apply_class_balancing = false;
  double alpha = 0.25, gamma = 2;
  bool from_logits = false;
  double label_smoothing = 0;
  Index axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = BinaryFocalCrossentropyConfig;
    return loss_fields<C>(Field{"apply_class_balancing", &C::apply_class_balancing,
                              "Whether class 1 weighs alpha and class 0 1 - alpha."},
        Field{"alpha", &C::alpha, "The weight of class 1."},
        Field{"gamma", &C::gamma, "How much less easy samples count; 0: as much as others."},
        Field{"from_logits", &C::from_logits, "Whether y_pred holds logits, not probabilities."},
        Field{"label_smoothing", &C::label_smoothing, "How much of the truth is spread evenly, in [0, 1]."},
        Field{"axis", &C::axis, "The axis of the mean."});
  }
};

/// Binary crossentropy times (1 - q)^gamma, q being the probability given to the truth: samples that are right already count
/// less. Lin et al., "Focal Loss for Dense Object Detection", 2017. Not in TF 2.4.
class BinaryFocalCrossentropy final : public LossOf<BinaryFocalCrossentropy, BinaryFocalCrossentropyConfig> {
 public:
  static constexpr std::string_view class_name = "BinaryFocalCrossentropy";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  bool is_step_by_step() const override { return config().axis == -1; }
  bool mixes_samples() const override { return config().axis != -1; }
};

struct CategoricalFocalCrossentropyConfig {
  NumberOrList alpha = 0.25;
  double gamma = 2;
  bool from_logits = false;
  double label_smoothing = 0;
  Index axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = CategoricalFocalCrossentropyConfig;
    return loss_fields<C>(Field{"alpha", &C::alpha, "The weight of all classes, or of each."},
        Field{"gamma", &C::gamma, "How much less easy samples count; 0: as much as others."},
        Field{"from_logits", &C::from_logits, "Whether y_pred holds logits, not probabilities."},
        Field{"label_smoothing", &C::label_smoothing, "How much of the truth is spread evenly, in [0, 1]."},
        Field{"axis", &C::axis, "The axis of the classes."});
  }
};

/// Categorical crossentropy with each class's term times alpha (1 - y_pred)^gamma.
/// Lin et al., "Focal Loss for Dense Object Detection", 2017. Not in TF 2.4.
class CategoricalFocalCrossentropy final
    : public LossOf<CategoricalFocalCrossentropy, CategoricalFocalCrossentropyConfig> {
 public:
  static constexpr std::string_view class_name = "CategoricalFocalCrossentropy";
  using LossOf::LossOf;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  bool is_step_by_step() const override { return config().axis == -1; }
  bool mixes_samples() const override { return config().axis != -1; }
};

struct CategoricalGeneralizedCrossEntropyConfig {
  double q = 0.5;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = {};
  std::optional<DType> dtype = {};
  static constexpr auto fields() {
    using C = CategoricalGeneralizedCrossEntropyConfig;
    return loss_fields<C>(Field{"q", &C::q, "Between 0, the crossentropy, and 1, the mean absolute error."});
  }
};

/// (1 - p^q) / q, p being the probability of the class that y_true numbers: bounded, so that wrong labels do less harm.
/// Zhang and Sabuncu, "Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy Labels", 2018. Not in
/// TF 2.4.
class CategoricalGeneralizedCrossEntropy final
    : public LossOf<CategoricalGeneralizedCrossEntropy, CategoricalGeneralizedCrossEntropyConfig> {
 public:
  static constexpr std::string_view class_name = "CategoricalGeneralizedCrossEntropy";
  /// Throws ValueError unless 0 < q < 1.
  explicit CategoricalGeneralizedCrossEntropy(Config config);
  CategoricalGeneralizedCrossEntropy() : CategoricalGeneralizedCrossEntropy(Config{}) {}
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
};

extern template class LossOf<BinaryCrossentropy, CrossentropyConfig>;
extern template class LossOf<CategoricalCrossentropy, CrossentropyConfig>;
extern template class LossOf<SparseCategoricalCrossentropy, SparseCategoricalCrossentropyConfig>;
extern template class LossOf<BinaryFocalCrossentropy, BinaryFocalCrossentropyConfig>;
extern template class LossOf<CategoricalFocalCrossentropy, CategoricalFocalCrossentropyConfig>;
extern template class LossOf<CategoricalGeneralizedCrossEntropy, CategoricalGeneralizedCrossEntropyConfig>;

}  // namespace xtape
