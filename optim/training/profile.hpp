// profile: where a model's time goes, layer by layer and op by op.
//
//     std::cout << model.profile(x);     // of a prediction
//     std::cout << model.profile(x, y);  // of a training step: forward, loss, backward
#pragma once
#include <iosfwd>
#include <string>
#include <vector>

#include <xtape/layers/model.hpp>

namespace xtape {

struct ProfileOptions {
  /// So many steps are measured, after one to warm up; all numbers are for one step.
  Index steps = 10;
};

/// What one op of one layer took in a step, over all its calls.
struct ProfileEntry {
  std::string
      layer;       ///< its name, behind those of the layers it is in: "encoder/conv1d"; "loss" outside of all
  std::string op;  ///< as in the table of ops, op.hpp
  Index calls = 0;             ///< one for each call of the layer and each micro-batch
  double forward_seconds = 0;  ///< from the end of the op before to its own end
  double backward_seconds = 0;
  Index forward_flops = 0, backward_flops = 0;  ///< of products and convolutions, see core/flops.hpp
  Index output_bytes = 0;                       ///< of what it computed
  Index kept_bytes = 0;                         ///< that only it kept for the backward pass

  double seconds() const { return forward_seconds + backward_seconds; }
  Index flops() const { return forward_flops + backward_flops; }
  /// Floating-point operations in a nanosecond; 0 where none were counted.
  double gflops_per_second() const;
};

/// What `model.profile` found.
///
/// The step is measured as fit and predict run it, in micro-batches, but on one thread; a batch that is a single
/// micro-batch leaves all threads to the kernels. The update of the weights is no part of it. Ops that no trainable weight
/// comes before are not recorded in training: their time counts to the op after them. A bias and a relu that are
/// computed in the pass of a convolution or a product take no time of their own.
class Profile {
 public:
  Profile() = default;
  explicit Profile(std::vector<ProfileEntry> entries) : entries_(std::move(entries)) {}

  /// One for each op of each layer, in the order of their first calls.
  const std::vector<ProfileEntry>& entries() const { return entries_; }
  /// The sum over the ops of each layer; `op` is empty.
  std::vector<ProfileEntry> by_layer() const;
  /// The sum of all; `layer` and `op` are empty.
  ProfileEntry total() const;

 private:
  std::vector<ProfileEntry> entries_;
};

/// A table, one line for each entry, and the total.
std::ostream& operator<<(std::ostream& out, const Profile& profile);

}  // namespace xtape
