// All regularizers. w: the weight or output that is penalized; the penalty is a scalar of w's dtype.
#pragma once
#include <string>
#include <tuple>

#include <xtape/core/config.hpp>
#include <xtape/layers/regularizers/regularizer.hpp>

namespace xtape::regularizers {

/// l1 * sum(|w|). Throws ValueError unless l1 is finite and not negative.
/// As a name, "l1", with l1 = 0.01. https://keras.io/api/layers/regularizers/#l1-class
class L1 {
 public:
  static constexpr std::string_view class_name = "L1";
  struct Config {
    double l1 = 0.01;
    static constexpr auto fields() { return std::tuple{Field{"l1", &Config::l1, "Factor of sum(|w|)."}}; }
  };
  L1() : L1(Config()) {}
  explicit L1(Config config);
  Tensor operator()(const Tensor& w) const;
  const Config& config() const { return config_; }
  void get_config(Json& out) const;

 private:
  Config config_;
};

/// l2 * sum(w^2). Throws ValueError unless l2 is finite and not negative.
/// As a name, "l2", with l2 = 0.01. https://keras.io/api/layers/regularizers/#l2-class
class L2 {
 public:
  static constexpr std::string_view class_name = "L2";
  struct Config {
    double l2 = 0.01;
    static constexpr auto fields() { return std::tuple{Field{"l2", &Config::l2, "Factor of sum(w^2)."}}; }
  };
  L2() : L2(Config()) {}
  explicit L2(Config config);
  Tensor operator()(const Tensor& w) const;
  const Config& config() const { return config_; }
  void get_config(Json& out) const;

 private:
  Config config_;
};

/// l1 * sum(|w|) + l2 * sum(w^2). Throws ValueError unless both are finite and not negative.
///
/// The two names differ: "l1l2", Keras 3's, has both factors 0, as the class; "l1_l2", TensorFlow 2.4's, has 0.01 for each
/// factor that is not given. https://keras.io/api/layers/regularizers/#l1l2-class
class L1L2 {
 public:
  static constexpr std::string_view class_name = "L1L2";
  struct Config {
    double l1 = 0, l2 = 0;
    static constexpr auto fields() {
      return std::tuple{
          Field{"l1", &Config::l1, "Factor of sum(|w|)."}, Field{"l2", &Config::l2, "Factor of sum(w^2)."}};
    }
  };
  L1L2() : L1L2(Config()) {}
  explicit L1L2(Config config);
  Tensor operator()(const Tensor& w) const;
  const Config& config() const { return config_; }
  void get_config(Json& out) const;

 private:
  Config config_;
};

/// How far the rows, or columns, of a matrix are from being at right angles: factor times the mean of |cos| over all pairs of
/// them; 0 when there is but one.
///
/// w: (rows, columns). Throws ValueError unless factor is finite and not negative and mode is "rows" or "columns", and for a
/// w that is not a matrix. https://keras.io/api/layers/regularizers/#orthogonalregularizer-class
class OrthogonalRegularizer {
 public:
  static constexpr std::string_view class_name = "OrthogonalRegularizer";
  struct Config {
    double factor = 0.01;
    std::string mode = "rows";
    static constexpr auto fields() {
      return std::tuple{Field{"factor", &Config::factor, "Factor of the mean of |cos|."},
          Field{"mode", &Config::mode, "Which vectors: rows or columns."}};
    }
  };
  OrthogonalRegularizer() : OrthogonalRegularizer(Config()) {}
  explicit OrthogonalRegularizer(Config config);
  Tensor operator()(const Tensor& w) const;
  const Config& config() const { return config_; }
  void get_config(Json& out) const;

 private:
  Config config_;
};

/// True when the penalty of a batch is the sum of the penalties of its samples, so that the batch may be split: for L1, L2,
/// L1L2 and None. A plain function might do anything, so it is not.
bool is_additive(const Regularizer& regularizer);

}  // namespace xtape::regularizers
