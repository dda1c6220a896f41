// ModelCheckpoint: saves a model's weights while it is trained.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include <xtape/optim/training/callbacks/callback.hpp>
#include <xtape/optim/training/callbacks/monitor.hpp>

namespace xtape {

/// Writes the weights after every epoch, or only when `monitor` got better, or every `save_freq` batches.
///
/// filepath may hold {epoch} and any name of the logs, with a format: "weights.{epoch:02d}-{val_loss:.3f}.npz". A file is
/// replaced only when the new one is complete. https://keras.io/api/callbacks/model_checkpoint/
class ModelCheckpoint final : public Callback {
 public:
  struct Config {
    std::string filepath = {};
    std::string monitor = "val_loss";
    int verbose = 0;
    bool save_best_only = false;
    bool save_weights_only = true;
    std::string mode = "auto";
    std::optional<Index> save_freq = {};  ///< in batches; absent: after every epoch
    std::optional<double> initial_value_threshold = {};
  };
  /// Throws ValueError for an empty filepath, one that does not end in .npz, or a mode that is not known.
  explicit ModelCheckpoint(Config config);

  double best() const { return state_->best; }

  void on_train_batch_end(const Model& model, Index batch, const Logs& logs) const override;
  void on_epoch_begin(const Model& model, Index epoch) const override;
  void on_epoch_end(const Model& model, Index epoch, const Logs& logs) const override;

 private:
  void save(const Model& model, Index epoch, const Logs& logs) const;

  struct State {
    double best = 0;
    Index epoch = 0, batches = 0;
  };
  Config config_;
  Monitor monitor_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// `pattern` with {epoch} and the names of the logs replaced: "{epoch:02d}-{loss:.3f}". Epochs are written from 1.
/// Throws ValueError for a name that is not in the logs or a format that is not a number's.
std::string format_path(const std::string& pattern, Index epoch, const Logs& logs);

}  // namespace xtape
