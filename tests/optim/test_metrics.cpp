// Metrics that are means or sums, next to numbers worked out by hand.
#include <doctest/doctest.h>

#include <cmath>

#include <nlohmann/json.hpp>

#include "optim/one_batch.hpp"

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/optim/metrics/accuracy.hpp>
#include <xtape/optim/metrics/correlation.hpp>
#include <xtape/optim/metrics/f_score.hpp>
#include <xtape/optim/metrics/iou.hpp>
#include <xtape/optim/metrics/mean.hpp>
#include <xtape/optim/metrics/probabilistic.hpp>
#include <xtape/optim/metrics/registry.hpp>
#include <xtape/optim/metrics/regression.hpp>

using namespace xtape;
using namespace xtape::testing;
using doctest::Approx;

TEST_CASE("a mean gathers batches of different sizes, with weights, until it is reset") {
  const metrics::MeanAbsoluteError mae;
  CHECK(mae.result().item() == 0);
  mae.update_state(Tensor{{0}, {0}}, Tensor{{1}, {2}});
  mae.update_state(Tensor{{0}}, Tensor{{6}});
  CHECK(mae.result().item() == Approx(3));
  const metrics::MeanAbsoluteError same = mae;  // NOLINT: a copy is the same metric
  same.reset_state();
  CHECK(mae.result().item() == 0);
  CHECK(after(mae, Tensor{{0}, {0}}, Tensor{{1}, {2}}, Tensor{3, 1}) == Approx(5 / 4.0));
  CHECK(mae.result().dtype() == DType::float64);
  CHECK(metrics::MeanAbsoluteError({.dtype = DType::float32}).result().dtype() == DType::float32);
}

TEST_CASE("Mean and Sum take values, each sample by its weight") {
  const metrics::Mean mean;
  mean.update_state(Tensor{1, 3, 5, 7});
  CHECK(mean.result().item() == 4);
  mean.update_state(Tensor{{2, 4}, {6, 8}}, Tensor{1, 0});  // of a sample's values the mean
  CHECK(mean.result().item() == Approx((16 + 3) / 5.0));
  mean.update_state(Tensor(9));
  CHECK(mean.result().item() == Approx((16 + 3 + 9) / 6.0));
  const metrics::Sum sum;
  sum.update_state(Tensor{{2, 4}, {6, 8}}, Tensor{1, 0.5});
  CHECK(sum.result().item() == 13);
  sum.reset_state();
  CHECK(sum.result().item() == 0);
  CHECK_THROWS_AS(sum.update_state(Tensor{1}, Tensor{1}, Tensor{1}), ValueError);
}

TEST_CASE("a mean over many samples keeps its digits") {
  const metrics::Mean mean;
  for (int i = 0; i < 300; ++i) mean.update_state(full({1000}, 0.1, DType::float32));
  CHECK(mean.result().item() == Approx(static_cast<double>(0.1F)).epsilon(1e-14));
}

TEST_CASE("weights and masks of steps count in means, and a failed update changes nothing") {
  const metrics::MeanSquaredError mse;
  const Tensor t = zeros({2, 2, 1}), p = Tensor::from(std::vector<double>{1, 2, 3, 4}, {2, 2, 1});
  CHECK(after(mse, t, p) == Approx(30 / 4.0));
  CHECK(after(mse, t, p, Tensor{1, 3}) == Approx((2.5 + 3 * 12.5) / 4));
  CHECK(after(mse, t, p, Tensor{{1, 0}, {2, 1}}) == Approx((1 + 2 * 9 + 16) / 4.0));
  const Tensor mask = Tensor::from(std::vector<bool>{true, false, true, true}, {2, 2});
  CHECK(after(mse, t, p, {}, mask) == Approx((1 + 9 + 16) / 3.0));
  CHECK(after(mse, t, p, Tensor{1, 3}, mask) == Approx((1 + 3 * 9 + 3 * 16) / 7.0));
  const double before = mse.result().item();
  CHECK_THROWS_AS(mse.update_state(zeros({2, 3}), zeros({2, 2})), ValueError);
  CHECK_THROWS_AS(mse.update_state(t, p, Tensor{1, 2, 3}), ValueError);
  CHECK(mse.result().item() == before);
  CHECK(after(metrics::RootMeanSquaredError(), Tensor{{0, 0}, {0, 0}}, Tensor{{1, 1}, {2, 4}}) ==
        Approx(std::sqrt(22 / 4.0)));
  CHECK(after(metrics::CosineSimilarity(), Tensor{{3, 4}}, Tensor{{6, 8}}) == Approx(1));
  CHECK(metrics::LogCoshError().name() == "logcosh");
}

TEST_CASE("accuracies compare values, thresholds and places") {
  CHECK(after(metrics::Accuracy(), Tensor{{1}, {2}, {3}, {4}}, Tensor{{0}, {2}, {3}, {4}}) == 0.75);
  CHECK(after(metrics::BinaryAccuracy(), Tensor{1, 1, 0, 0}, Tensor{{0.98}, {1}, {0}, {0.6}}) == 0.75);
  CHECK(after(metrics::BinaryAccuracy({.threshold = 0.7}), Tensor{1, 1, 0, 0},
            Tensor{{0.98}, {1}, {0}, {0.6}}) == 1);
  const Tensor p = {{0.1, 0.9, 0.8}, {0.05, 0.95, 0}};
  CHECK(after(metrics::CategoricalAccuracy(), Tensor{{0, 0, 1}, {0, 1, 0}}, p, Tensor{0.7, 0.3}) ==
        Approx(0.3));
  CHECK(after(metrics::SparseCategoricalAccuracy(), Tensor{{2}, {1}}, p) == 0.5);
  CHECK(after(metrics::SparseCategoricalAccuracy(), integers({2, 1}), p) == 0.5);
  CHECK(after(metrics::TopKCategoricalAccuracy({.k = 2}), Tensor{{0, 0, 1}, {0, 0, 1}}, p) == 0.5);
  CHECK(after(metrics::SparseTopKCategoricalAccuracy({.k = 1}), integers({1, 2}),
            Tensor{{1, 1, 1}, {2, 1, 1}}) == 0.5);  // ties are won
  CHECK_THROWS_AS(metrics::BinaryAccuracy({.threshold = 1}), ValueError);
  CHECK_THROWS_AS(after(metrics::SparseCategoricalAccuracy(), integers({2, 1, 0}), p), ValueError);
}

TEST_CASE("F scores of classes, and their averages") {
  const Tensor t = {{1, 1, 1}, {1, 0, 0}, {1, 1, 0}}, p = {{0.2, 0.6, 0.7}, {0.2, 0.6, 0.6}, {0.6, 0.8, 0.0}};
  const auto scores = [&](const Metric& metric) {
    metric.update_state(t, p);
    return metric.result().to_vector();
  };
  const std::vector<double> f2 = scores(metrics::FBetaScore({.beta = 2, .threshold = 0.5}));
  CHECK(f2[0] == Approx(0.3846154).epsilon(1e-6));
  CHECK(f2[1] == Approx(0.90909094).epsilon(1e-6));
  CHECK(f2[2] == Approx(0.8333334).epsilon(1e-6));
  const std::vector<double> f1 = scores(metrics::F1Score({.threshold = 0.5}));
  CHECK(f1[0] == Approx(0.5).epsilon(1e-6));
  CHECK(f1[1] == Approx(0.8).epsilon(1e-6));
  CHECK(scores(metrics::F1Score({.average = "macro", .threshold = 0.5}))[0] ==
        Approx((0.5 + 0.8 + 2 / 3.0) / 3).epsilon(1e-6));
  CHECK(scores(metrics::F1Score({.average = "weighted", .threshold = 0.5}))[0] ==
        Approx((3 * 0.5 + 2 * 0.8 + 2 / 3.0) / 6).epsilon(1e-6));
  CHECK(
      scores(metrics::F1Score({.average = "micro", .threshold = 0.5}))[0] == Approx(8 / 12.0).epsilon(1e-6));
  CHECK(
      scores(metrics::F1Score())[1] == Approx(2 / 4.0).epsilon(1e-6));  // the largest: columns 2, 1 and 2, 1
  CHECK_THROWS_AS(metrics::F1Score({.average = "mean"}), ValueError);
  CHECK_THROWS_AS(metrics::FBetaScore({.beta = 0}), ValueError);
  CHECK_THROWS_AS(metrics::F1Score({.threshold = 0}), ValueError);
  CHECK_THROWS_AS(metrics::F1Score().update_state(Tensor{1, 0}, Tensor{1, 0}), ValueError);
}

TEST_CASE("intersections over unions") {
  const Tensor t = integers({0, 0, 1, 1}), p = integers({0, 1, 0, 1}), w = {0.3, 0.3, 0.3, 0.1};
  const auto near = [](double value) { return Approx(value).epsilon(1e-6); };
  CHECK(after(metrics::IoU({.num_classes = 2, .target_class_ids = {0}}), t, p) == near(1 / 3.0));
  CHECK(after(metrics::MeanIoU({.num_classes = 2}), t, p, w) == near((0.3 / 0.9 + 0.1 / 0.7) / 2));
  CHECK(after(metrics::BinaryIoU({.threshold = 0.3}), t, Tensor{0.1, 0.3, 0.4, 0.7}) ==
        near((1 / 2.0 + 2 / 3.0) / 2));
  const Tensor rows = {{0, 0, 1}, {1, 0, 0}, {0, 1, 0}, {1, 0, 0}};
  const Tensor scores = {{0.2, 0.3, 0.5}, {0.1, 0.2, 0.7}, {0.5, 0.3, 0.1}, {0.1, 0.4, 0.5}};
  const Tensor weights = {0.1, 0.2, 0.3, 0.4};
  CHECK(after(metrics::OneHotIoU({.num_classes = 3, .target_class_ids = {0, 2}}), rows, scores, weights) ==
        near(0.1 / 0.7 / 2));
  CHECK(after(metrics::OneHotMeanIoU({.num_classes = 3}), rows, scores, weights) == near(0.1 / 0.7 / 3));
  CHECK(after(metrics::MeanIoU({.num_classes = 2, .ignore_class = -1}), integers({0, -1, 1}),
            integers({0, 1, 1})) == near(1));
  CHECK(metrics::MeanIoU({.num_classes = 2}).name() == "mean_io_u");
  CHECK_THROWS_AS(metrics::IoU({.num_classes = 2, .target_class_ids = {2}}), ValueError);
  CHECK_THROWS_AS(metrics::MeanIoU({}), ValueError);
  CHECK_THROWS_AS(
      after(metrics::MeanIoU({.num_classes = 2}), integers({0, 2}), integers({0, 1})), ValueError);
}

TEST_CASE("R2 compares with the mean, column by column") {
  const Tensor t = {{1}, {4}, {3}}, p = {{2}, {4}, {4}};
  CHECK(after(metrics::R2Score(), t, p) == Approx(1 - 2 / (14 / 3.0)));
  CHECK(after(metrics::R2Score({.num_regressors = 1}), t, p) == Approx(1 - (2 / (14 / 3.0)) * 2));
  CHECK(after(metrics::R2Score({.num_regressors = 2}), t, p) == Approx(1 - 2 / (14 / 3.0)));
  const metrics::R2Score columns({.class_aggregation = {}});
  columns.update_state(Tensor{{1, 2}, {3, 2}}, Tensor{{1, 3}, {2, 2}});
  CHECK(columns.result().to_vector() == std::vector<double>{0.5, 0});  // the second does not vary
  CHECK(after(metrics::R2Score({.class_aggregation = "variance_weighted_average"}), Tensor{{1, 0}, {3, 6}},
            Tensor{{1, 0}, {2, 3}}) == Approx((2 * 0.5 + 18 * 0.5) / 20));
  CHECK_THROWS_AS(metrics::R2Score({.class_aggregation = "mean"}), ValueError);
  CHECK_THROWS_AS(metrics::R2Score({.num_regressors = -1}), ValueError);
  CHECK_THROWS_AS(after(metrics::R2Score(), Tensor{1, 2}, Tensor{1, 2}), ValueError);
}

TEST_CASE("correlations of samples") {
  const Tensor t = {{0, 1, 0.5}, {1, 1, 0.2}}, p = {{0.1, 0.9, 0.5}, {1, 0.9, 0.2}};
  CHECK(after(metrics::PearsonCorrelation(), t, p) == Approx(0.9966996338993913).epsilon(1e-6));
  CHECK(after(metrics::ConcordanceCorrelation(), t, p) == Approx(0.9816320385426076).epsilon(1e-6));
}

TEST_CASE("a metric may be a name, and is called by it; or a function") {
  CHECK(AnyMetric("mae")->name() == "mae");
  CHECK(AnyMetric("MeanAbsoluteError")->name() == "MeanAbsoluteError");
  CHECK(AnyMetric("acc")->name() == "acc");
  CHECK(after(*AnyMetric("accuracy"), Tensor{1, 0}, Tensor{{0.9}, {0.8}}) == 0.5);
  CHECK(after(*AnyMetric("accuracy"), integers({1, 0}), Tensor{{0.1, 0.9}, {0.2, 0.8}}) == 0.5);
  CHECK(after(*AnyMetric("accuracy"), Tensor{{0, 1}, {1, 0}}, Tensor{{0.1, 0.9}, {0.2, 0.8}}) == 0.5);
  CHECK(after(*AnyMetric("ce"), Tensor{1}, Tensor{{0.5}}) == Approx(std::log(2)));
  const AnyMetric largest = [](const Tensor& t, const Tensor& p) { return abs(subtract(t, p)); };
  CHECK(after(*largest, Tensor{1, 2}, Tensor{2, 5}) == 2);
  CHECK(after(*AnyMetric(metrics::MeanMetricWrapper(metrics::categorical_accuracy, "mine")), Tensor{{0, 1}},
            Tensor{{0, 1}}) == 1);
  CHECK_THROWS_AS(AnyMetric("mean_cubed_error"), ValueError);
}

TEST_CASE("every metric gives its config back and starts over when it is reset") {
  for (const auto& entry : metric_registry().entries()) {
    Json arguments = {{"name", "mine"}};
    for (const char* required : {"recall", "precision", "sensitivity", "specificity", "num_classes"})
      for (const Argument& argument : entry.arguments())
        if (argument.name == required)
          arguments[required] = std::string(required) == "num_classes" ? Json(3) : Json(0.5);
    for (const Argument& argument : entry.arguments())
      if (argument.name == "target_class_ids") arguments["target_class_ids"] = {1};
    CAPTURE(entry.class_name);
    const AnyMetric metric = entry.make(arguments);
    CHECK(metric->name() == "mine");
    CHECK(metric->type_name() == entry.class_name);
    CHECK(entry.make(metric->get_config())->get_config() == metric->get_config());
    metric->reset_state();
  }
}
