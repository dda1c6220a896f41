// An autoencoder for series: it learns to rebuild windows of what is normal, and what it cannot rebuild is not normal.
//
// With files (--csv, --npy) this is the Keras page "Timeseries anomaly detection using an Autoencoder", line by line:
// https://keras.io/examples/timeseries/timeseries_anomaly_detection/. Without, it is the same for five minutes of an
// electrocardiogram, with a smaller model for its shorter windows. What is done with the errors stands in detection.hpp.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <iostream>
#include <numeric>

#include <fmt/format.h>
#include <xtape/core/atomic_file.hpp>
#include <xtape/core/ops/indexing.hpp>
#include <xtape/core/random.hpp>
#include <xtape/core/thread_pool.hpp>
#include <xtape/layers/conv1d.hpp>
#include <xtape/layers/conv1d_transpose.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/sequential.hpp>
#include <xtape/optim/optimizers/adam.hpp>
#include <xtape/optim/training/callbacks/early_stopping.hpp>
#include <xtape/optim/training/callbacks/terminate_on_nan.hpp>
#include <xtape/optim/training/fit.hpp>

#include "baselines.hpp"
#include "options.hpp"
#include "plot.hpp"
#include "prepare.hpp"
#include "report.hpp"

namespace autoencoder1d {
namespace {

constexpr double normal_seconds = 15.5;  // of the electrocardiogram

/// The model of the Keras page.
Sequential page_model(Index window, Index channels) {
  return Sequential({
      Input({.shape = {window, channels}}),
      Conv1D({.filters = 32, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"}),
      Dropout({.rate = 0.2}),
      Conv1D({.filters = 16, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"}),
      Conv1DTranspose(
          {.filters = 16, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"}),
      Dropout({.rate = 0.2}),
      Conv1DTranspose(
          {.filters = 32, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"}),
      Conv1DTranspose({.filters = channels, .kernel_size = 7, .padding = "same"}),
  });
}

/// A smaller one for heartbeats: a window of 128 numbers has to pass through 8 steps of 2 channels.
Sequential heartbeat_model(Index window) {
  return Sequential({
      Input({.shape = {window, 1}}),
      Conv1D({.filters = 16, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"}),
      Conv1D({.filters = 8, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"}),
      Conv1D({.filters = 4, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"}),
      Conv1D({.filters = 2, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"}),
      Conv1DTranspose(
          {.filters = 4, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"}),
      Conv1DTranspose(
          {.filters = 8, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"}),
      Conv1DTranspose(
          {.filters = 16, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"}),
      Conv1DTranspose(
          {.filters = 16, .kernel_size = 7, .strides = 2, .padding = "same", .activation = "relu"}),
      Conv1DTranspose({.filters = 1, .kernel_size = 7, .padding = "same"}),
  });
}

/// What is trained on and what is scored.
struct Task {
  Series series;  // to be scored, standardized
  Windows train, test;
  StepRule rule = StepRule::every_window;
};

Windows cut(const Series& series, Index first, Index last, Index length, Index stride, Index at_least) {
  const Tensor values = slice(series.values, 0, first, last);
  return {windows_of(values, length, stride, at_least, series.path), stride, last - first};
}

Task electrocardiogram(const Options& o) {
  Series record = read_electrocardiogram(o.data);
  record.values = without_baseline(record.values, 361);
  record = averaged(record, 2);
  // The steps that end before the normal part does.
  const Index normal =
      std::min(record.steps(), static_cast<Index>(normal_seconds * record.steps_per_second) - 1);
  record = Standardization::of(slice(record.values, 0, 0, normal), record.path)(record);
  constexpr Index score_stride = 8;
  return {record, cut(record, 0, normal, o.window, o.stride, 2),
      cut(record, 0, record.steps(), o.window, score_stride, 1), StepRule::any_window};
}

Task files(const Options& o) {
  const auto read = [&](const std::string& path) { return o.csv.empty() ? read_npy(path) : read_csv(path); };
  const Series train = read(o.csv.empty() ? o.npy : o.csv);
  const Series test = o.test.empty() ? train : read(o.test);
  const auto standardize = Standardization::of(train.values, train.path);
  const Series x_train = standardize(train), x_test = standardize(test);
  return {x_test, cut(x_train, 0, x_train.steps(), o.window, o.stride, 2),
      cut(x_test, 0, x_test.steps(), o.window, o.stride, 1)};
}

History train(const Sequential& model, const Tensor& x_train, const Options& o) {
  model.compile({.optimizer = Adam({.learning_rate = o.learning_rate}), .loss = "mse"});
  model.summary();
  std::vector<AnyCallback> callbacks = {TerminateOnNaN()};
  if (o.early_stopping)
    callbacks.push_back(EarlyStopping({.monitor = "val_loss", .patience = 5, .mode = "min"}));
  const History history = model.fit(x_train, x_train,
      {.batch_size = o.batch_size, .epochs = o.epochs, .callbacks = callbacks, .validation_split = 0.1});
  require(std::isfinite(history["loss"].back()), "fit",
      "the loss is no number any more: try a smaller --learning-rate");
  return history;
}

/// A window as it should be, the first that is flagged, the worst.
std::vector<Reconstruction> examples(const Task& task, const Detection& found, const Sequential& model) {
  const std::vector<double>& errors = found.errors;
  std::vector<Index> order(errors.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return errors[a] < errors[b]; });
  const auto first = std::find(found.flagged_windows.begin(), found.flagged_windows.end(), true);

  std::vector<std::pair<std::string, Index>> chosen = {{"A good one", order[order.size() / 10]}};
  if (first != found.flagged_windows.end())
    chosen.emplace_back("The first flagged", first - found.flagged_windows.begin());
  chosen.emplace_back("The worst", order.back());
  std::vector<Reconstruction> reconstructions;
  for (const auto& [title, i] : chosen) {
    const Tensor x = task.test.x.rows(i, i + 1);
    reconstructions.push_back(
        {fmt::format("{}: {}, error {:.3f}", title, task.series.time(i * task.test.stride), errors[i]), x,
            model.predict(x)});
  }
  return reconstructions;
}

std::vector<Detection> detect_all(const Task& task, const Sequential& model) {
  const Tensor &x_train = task.train.x, &x_test = task.test.x;
  const PrincipalComponents pca(x_train, 8);
  return {
      detect("autoencoder", "autoencoder", mean_absolute_error(model.predict(x_train), x_train),
          mean_absolute_error(model.predict(x_test), x_test), task.test, task.rule),
      detect("largest_z", "largest |z|", largest_z(x_train), largest_z(x_test), task.test, task.rule),
      detect("pca", "PCA, 8 components", mean_absolute_error(pca.predict(x_train), x_train),
          mean_absolute_error(pca.predict(x_test), x_test), task.test, task.rule),
  };
}

/// What --labels has to say of a detection; empty without --labels.
std::function<Score(const Detection&)> read_labels(const Options& o, const Task& task) {
  if (o.labels.empty()) return {};
  if (o.is_electrocardiogram())
    return [beats = Beats(o.labels, task.series, normal_seconds), windows = task.test](
               const Detection& d) { return beats.score(d, windows); };
  return
      [labelled = LabelledWindows(o.labels, task.series)](const Detection& d) { return labelled.score(d); };
}

/// Throws ValueError unless a file can be written there: better now than after the training. Makes its folder.
void must_be_writable(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  require(!std::filesystem::is_directory(path, error), path, "is a folder, so no file can be written there");
  const std::string trial = (folder / ".autoencoder1d-trial").string();
  write_file(trial, path + ": cannot be written", "");
  std::filesystem::remove(trial, error);
}

void run(const Options& o) {
  set_random_seed(o.seed);
  set_default_dtype(dtype_from_name(o.dtype));
  if (o.threads > 0) set_num_threads(o.threads);

  const Task task = o.is_electrocardiogram() ? electrocardiogram(o) : files(o);
  const auto score = read_labels(o, task);
  const std::string errors_csv = o.out + "/errors.csv";
  must_be_writable(errors_csv);
  if (!o.summary.empty()) must_be_writable(o.summary);

  const Tensor& x_train = task.train.x;
  fmt::print("{} windows to train on, {} to score\n", task.train.count(), task.test.count());
  const Sequential model =
      o.is_electrocardiogram() ? heartbeat_model(o.window) : page_model(o.window, x_train.dim(2));
  Result result;
  result.history = train(model, x_train, o);
  result.parameters = model.count_params();
  result.detections = detect_all(task, model);
  if (score)
    for (const Detection& d : result.detections) result.scores.push_back(score(d));

  print_report(std::cout, result, task.series);
  write_errors(errors_csv, result, task.series, task.test);
  if (!o.summary.empty()) write_summary(o.summary, result, task.series);
  std::cout << "\nErrors: " << errors_csv << '\n'
            << draw(o.out + "/autoencoder1d.png", task.series, task.test, result.autoencoder(),
                   examples(task, result.autoencoder(), model))
            << '\n';
}

}  // namespace
}  // namespace autoencoder1d

int main(int argc, char** argv) {
  const auto options = autoencoder1d::parse_options(argc, argv);
  if (const int* exit_code = std::get_if<int>(&options)) return *exit_code;
  try {
    autoencoder1d::run(std::get<autoencoder1d::Options>(options));
    return 0;
  } catch (const xtape::Error& error) {  // what the user can mend
    std::cerr << error.what() << '\n';
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "autoencoder1d: " << error.what() << '\n';
    return 1;
  }
}
