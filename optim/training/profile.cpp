#include <algorithm>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <utility>

#include <xtape/core/errors.hpp>
#include <xtape/optim/training/prepare.hpp>
#include <xtape/optim/training/profile.hpp>
#include <xtape/optim/training/train_step.hpp>

namespace xtape {
namespace {

void add_to(ProfileEntry& sum, const ProfileEntry& e) {
  sum.calls += e.calls;
  sum.forward_seconds += e.forward_seconds;
  sum.backward_seconds += e.backward_seconds;
  sum.forward_flops += e.forward_flops;
  sum.backward_flops += e.backward_flops;
  sum.output_bytes += e.output_bytes;
  sum.kept_bytes += e.kept_bytes;
}

/// The entry of that layer and op, a new one if need be.
ProfileEntry& entry_of(std::vector<ProfileEntry>& entries, const std::string& layer, const std::string& op) {
  const auto found = std::find_if(
      entries.begin(), entries.end(), [&](const ProfileEntry& e) { return e.layer == layer && e.op == op; });
  if (found != entries.end()) return *found;
  entries.push_back({.layer = layer, .op = op});
  return entries.back();
}

/// "autoencoder/encoder/conv1d" -> "encoder/conv1d" in the model "autoencoder"; "loss" outside of the model.
std::string layer_name(const std::string& scope, const std::string& model) {
  if (scope.empty()) return "loss";
  return scope.starts_with(model + "/") ? scope.substr(model.size() + 1) : scope;
}

void add_tape(std::vector<ProfileEntry>& entries, const GradientTape& tape, const std::string& model) {
  for (std::size_t i = 0; i < tape.records().size(); ++i) {
    const GradientTape::Details& d = tape.details()[i];
    ProfileEntry& e = entry_of(entries, layer_name(d.scope, model), std::string(name(tape.records()[i].op)));
    e.calls += 1;
    e.forward_seconds += d.forward_seconds;
    e.backward_seconds += d.backward_seconds;
    e.forward_flops += d.forward_flops;
    e.backward_flops += d.backward_flops;
    e.output_bytes += d.output_bytes;
    e.kept_bytes += std::max<Index>(d.bytes, 0);
  }
}

/// The mean over `options.steps` calls of step(read), after one that is not counted.
template <class Step>
Profile mean_of(const Model& model, const ProfileOptions& options, const Step& step) {
  require(options.steps >= 1, "profile", "steps must be at least 1 (received steps=", options.steps, ")");
  std::vector<ProfileEntry> entries;
  step([](const GradientTape&) {});
  for (Index i = 0; i < options.steps; ++i)
    step([&](const GradientTape& tape) { add_tape(entries, tape, model.name()); });
  for (ProfileEntry& e : entries) {
    const auto steps = static_cast<double>(options.steps);
    e.forward_seconds /= steps;
    e.backward_seconds /= steps;
    for (Index* sum : {&e.calls, &e.forward_flops, &e.backward_flops, &e.output_bytes, &e.kept_bytes})
      *sum /= options.steps;
  }
  return Profile(std::move(entries));
}

std::string with_digits(double value, int digits) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(digits) << value;
  return out.str();
}

}  // namespace

double ProfileEntry::gflops_per_second() const {
  return flops() > 0 && seconds() > 0 ? 1e-9 * static_cast<double>(flops()) / seconds() : 0;
}

std::vector<ProfileEntry> Profile::by_layer() const {
  std::vector<ProfileEntry> layers;
  for (const ProfileEntry& e : entries_) add_to(entry_of(layers, e.layer, ""), e);
  return layers;
}

ProfileEntry Profile::total() const {
  ProfileEntry sum;
  for (const ProfileEntry& e : entries_) add_to(sum, e);
  return sum;
}

std::ostream& operator<<(std::ostream& out, const Profile& profile) {
  const ProfileEntry total = profile.total();
  std::vector<std::vector<std::string>> rows{{"Layer", "Op", "Calls", "Forward us", "Backward us", "MFLOP",
      "GFLOP/s", "Output KB", "Kept KB", "Share %"}};
  const auto add_row = [&](const std::string& layer, const std::string& op, const ProfileEntry& e) {
    const double share = total.seconds() > 0 ? 100 * e.seconds() / total.seconds() : 0;
    rows.push_back({layer, op, std::to_string(e.calls), with_digits(1e6 * e.forward_seconds, 1),
        with_digits(1e6 * e.backward_seconds, 1), with_digits(1e-6 * static_cast<double>(e.flops()), 3),
        with_digits(e.gflops_per_second(), 1), with_digits(static_cast<double>(e.output_bytes) / 1024, 1),
        with_digits(static_cast<double>(e.kept_bytes) / 1024, 1), with_digits(share, 1)});
  };
  std::string above;  // a layer's name stands before the first of its ops
  for (const ProfileEntry& e : profile.entries())
    add_row(e.layer == above ? "" : e.layer, e.op, e), above = e.layer;
  add_row("total", "", total);

  for (const auto& row : rows) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      std::size_t width = 0;
      for (const auto& other : rows) width = std::max(width, other[column].size());
      const std::string space(width - row[column].size(), ' ');
      const bool is_text = column < 2;
      out << (column > 0 ? "  " : "") << (is_text ? row[column] + space : space + row[column]);
    }
    out << '\n';
  }
  return out;
}

Profile Model::profile(const TensorList& x, const TensorList& y, const ProfileOptions& options) const {
  if (y.empty()) {
    const Samples samples{inputs_of(*this, x, "profile"), {}, {}};
    check_samples(samples, "profile");
    if (!is_built()) build(samples.input_shapes());
    return mean_of(*this, options, [&](const TapeReader& read) { measure_predict(*this, samples.x, read); });
  }
  const Training& training = this->training();
  const Samples batch = prepare(*this, x, y, {}, "profile");
  return mean_of(
      *this, options, [&](const TapeReader& read) { measure_train_step(*this, training, batch, read); });
}

Profile Model::profile(const TensorList& x, const TensorList& y) const {
  return profile(x, y, ProfileOptions{});
}

}  // namespace xtape
