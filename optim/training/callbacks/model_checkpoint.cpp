#include <array>
#include <cstdio>
#include <iostream>
#include <regex>

#include <xtape/core/errors.hpp>
#include <xtape/optim/training/callbacks/model_checkpoint.hpp>

namespace xtape {
namespace {

std::string formatted(double value, const std::string& format) {
  static const std::regex allowed("0?[0-9]{0,2}(\\.[0-9]{1,2})?[defg]?");
  require(std::regex_match(format, allowed), "ModelCheckpoint",
      "filepath: a format must be a number's, such as 02d or .3f (received \"", format, "\")");
  std::string spec = "%" + format;
  const bool whole = spec.back() == 'd';
  if (whole) spec.insert(spec.size() - 1, "ll");
  if (!whole && (spec.back() < 'e' || spec.back() > 'g')) spec += 'g';
  std::array<char, 64> text{};
  if (whole) {
    std::snprintf(text.data(), text.size(), spec.c_str(), static_cast<long long>(value));
  } else {
    std::snprintf(text.data(), text.size(), spec.c_str(), value);
  }
  return text.data();
}

}  // namespace

std::string format_path(const std::string& pattern, Index epoch, const Logs& logs) {
  static const std::regex place("\\{([A-Za-z_0-9]+)(:([^}]*))?\\}");
  std::string out;
  std::string::const_iterator from = pattern.begin();
  for (std::sregex_iterator it(pattern.begin(), pattern.end(), place), end; it != end; ++it) {
    out.append(from, (*it)[0].first);
    const bool is_epoch = (*it)[1] == "epoch";
    const double value = is_epoch ? static_cast<double>(epoch + 1) : logs[(*it)[1].str()];
    out += formatted(value, (*it)[3].length() > 0 ? (*it)[3].str() : (is_epoch ? "d" : "g"));
    from = (*it)[0].second;
  }
  return out.append(from, pattern.end());
}

ModelCheckpoint::ModelCheckpoint(Config config)
    : config_(std::move(config)), monitor_("ModelCheckpoint", config_.monitor, config_.mode) {
  require(!config_.filepath.empty(), "ModelCheckpoint", "filepath must be given");
  require(config_.filepath.ends_with(".npz"), "ModelCheckpoint",
      "filepath must end in .npz (received filepath=\"", config_.filepath, "\")");
  require(config_.save_weights_only, "ModelCheckpoint",
      "save_weights_only must be true: only weights are saved (received save_weights_only=false)");
  require(!config_.save_freq || *config_.save_freq >= 1, "ModelCheckpoint",
      "save_freq must be at least 1 (received save_freq=", config_.save_freq.value_or(0), ")");
  state_->best = config_.initial_value_threshold.value_or(monitor_.worst());
}

void ModelCheckpoint::on_epoch_begin(const Model&, Index epoch) const { state_->epoch = epoch; }

void ModelCheckpoint::on_train_batch_end(const Model& model, Index, const Logs& logs) const {
  if (config_.save_freq && ++state_->batches % *config_.save_freq == 0) save(model, state_->epoch, logs);
}

void ModelCheckpoint::on_epoch_end(const Model& model, Index epoch, const Logs& logs) const {
  if (!config_.save_freq) save(model, epoch, logs);
}

void ModelCheckpoint::save(const Model& model, Index epoch, const Logs& logs) const {
  const std::string path = format_path(config_.filepath, epoch, logs);
  if (config_.save_best_only) {
    const std::optional<double> current = monitor_.value_in(logs);
    if (!current) return;
    if (!monitor_.is_better(*current, state_->best)) {
      if (config_.verbose > 0)
        std::cout << "Epoch " << epoch + 1 << ": " << monitor_.name() << " did not improve from "
                  << state_->best << '\n';
      return;
    }
    if (config_.verbose > 0)
      std::cout << "Epoch " << epoch + 1 << ": " << monitor_.name() << " improved from " << state_->best
                << " to " << *current << ", saving to " << path << '\n';
    state_->best = *current;
  } else if (config_.verbose > 0) {
    std::cout << "Epoch " << epoch + 1 << ": saving to " << path << '\n';
  }
  model.save_weights(path);
}

}  // namespace xtape
