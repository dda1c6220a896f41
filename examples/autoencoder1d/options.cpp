#include "options.hpp"

#include <cmath>
#include <limits>

#include <CLI/CLI.hpp>

namespace autoencoder1d {
namespace {

const char* const description =
    "Learns what is normal in a series with an autoencoder of Conv1D and Conv1DTranspose layers,\n"
    "and points at what is not: the windows that it cannot rebuild.\n\n"
    "Without --csv and --npy: an electrocardiogram, whose first 15.5 seconds are normal.";

const auto finite_and_positive = [](const std::string& text) {
  double value = 0;
  const bool is_fine = CLI::detail::lexical_cast(text, value) && std::isfinite(value) && value > 0;
  return is_fine ? std::string() : "expected a positive number (received " + text + ")";
};

const auto not_empty = [](const std::string& text) {
  return text.empty() ? std::string("expected a name (received an empty one)") : std::string();
};

void declare(CLI::App& app, Options& o) {
  constexpr Index many = 1'000'000;
  const auto file = [&](const char* name, std::string& path, const char* help) {
    return app.add_option(name, path, help)->check(not_empty);
  };
  CLI::Option* csv = file("--csv", o.csv, "Train on this file: timestamp,value or plain columns of numbers")
                         ->type_name("FILE");
  file("--npy", o.npy, "Train on this array of NumPy's: (steps,) or (steps, channels)")
      ->type_name("FILE")
      ->excludes(csv);
  file("--test", o.test, "Score this file of the same kind; without it the training file")->type_name("FILE");
  file("--labels", o.labels,
      "Score the result: beats (a CSV of sample,type) of the electrocardiogram, or\n"
      "labelled windows (JSON, by file name) of a CSV with timestamps")
      ->type_name("FILE");
  file("--data", o.data, "Where the electrocardiogram ecg.npy lies")->type_name("DIR")->capture_default_str();

  app.add_option("--window", o.window, "Steps in a window [128, with files 288]")
      ->check(CLI::Range(Index{1}, many));
  app.add_option("--stride", o.stride, "Steps from one training window to the next [2, with files 1]")
      ->check(CLI::Range(Index{1}, many));
  app.add_option("--epochs", o.epochs, "Passes over the training windows")
      ->check(CLI::Range(Index{1}, many))
      ->capture_default_str();
  app.add_option("--batch-size", o.batch_size, "Windows a training step [64, with files 128]")
      ->check(CLI::Range(Index{1}, many));
  app.add_option("--learning-rate", o.learning_rate, "Of Adam")
      ->check(finite_and_positive)
      ->capture_default_str();
  app.add_flag(
      "--early-stopping", o.early_stopping, "End when the validation loss has not got better for 5 epochs");
  app.add_option("--seed", o.seed, "Of everything random")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()))
      ->capture_default_str();
  app.add_option("--dtype", o.dtype, "What is computed with")
      ->check(CLI::IsMember({"float32", "float64"}))
      ->capture_default_str();
  app.add_option("--threads", o.threads, "[one for each core]; the result does not depend on it")
      ->check(CLI::Range(1, 1024));
  file("--out", o.out, "Where the picture and the errors go")->type_name("DIR")->capture_default_str();
  file("--summary", o.summary, "Write the result as JSON")->type_name("FILE");
}

void fill_in(Options& o) {
  if (!o.test.empty() && o.is_electrocardiogram()) throw CLI::RequiresError("--test", "--csv or --npy");
  const bool ecg = o.is_electrocardiogram();
  if (o.window == 0) o.window = ecg ? 128 : 288;
  if (o.stride == 0) o.stride = ecg ? 2 : 1;
  if (o.batch_size == 0) o.batch_size = ecg ? 64 : 128;
  // Layers of stride 2 halve a window and double it again.
  const Index factor = ecg ? 16 : 4;
  if (o.window % factor != 0)
    throw CLI::ValidationError("--window", "expected a multiple of " + std::to_string(factor));
}

}  // namespace

std::variant<Options, int> parse_options(int argc, char** argv) {
  Options options;
  CLI::App app(description, "autoencoder1d");
  declare(app, options);
  try {
    app.parse(argc, argv);
    fill_in(options);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return options;
}

}  // namespace autoencoder1d
