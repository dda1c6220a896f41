// GradientTape: how backpropagation works, in one file.
//
// While a tape is alive, every op on a tensor that it follows appends a record: which slot the op's output has, and for
// each followed input a closure, the Vjp, that turns the output's gradient into that input's. Since an op can only use
// what was computed before it, the records stand in topological order by themselves. So the backward pass is one loop
// from the last record to the first:
//
//     gradient of target := 1
//     for each record, last to first:
//         g := gradient of the record's output
//         for each input: gradient of input += vjp(g)
//
// There is no graph to sort and no recursion. A Vjp is made of ops itself, so an outer tape records it: gradients of
// gradients of any order follow. Semantics are those of tf.GradientTape.
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <vector>

#include <xtape/core/id_map.hpp>
#include <xtape/core/nested.hpp>
#include <xtape/core/op.hpp>
#include <xtape/core/tensor.hpp>
#include <xtape/core/vjp.hpp>

namespace xtape {

/// One input of an op and the way its gradient is computed: Edge{x, dx} with dx a closure Tensor(const Tensor& g).
template <class F>
struct Edge {
  const Tensor& input;
  const F& vjp;
};
template <class F>
Edge(const Tensor&, const F&) -> Edge<F>;

/// The same for ops with a list of inputs, which make their closures in a loop.
struct ListEdge {
  Tensor input;
  Vjp vjp;
};

/// What `gradient` gives for a source that the target does not depend on.
enum class UnconnectedGradients { none, zero };

struct GradientOptions {
  /// The gradient of some later loss with respect to each target; ones when empty.
  std::vector<Tensor> output_gradients = {};
  UnconnectedGradients unconnected_gradients = UnconnectedGradients::none;
};

struct TapeOptions {
  /// Keep the records after `gradient`, so that it can be called again.
  bool persistent = false;
  /// Follow every trainable Variable that is read.
  bool watch_accessed_variables = true;
  /// Stop with a ValueError at the first NaN or infinity that an op computes, forward or backward.
  bool check_numerics = false;
  /// Keep what every record computed, and the gradient that reached it, to be printed with the tape.
  bool keep_values = false;
  /// Note the time that every record took, its arithmetic (flops.hpp), and the memory that it kept alive.
  bool measure = false;
};

/// One of several sources in braces, {w, b}: a Tensor or a Variable.
struct Source {
  Source(const Tensor& t) : tensor(t) {}
  Source(const Variable& v) : tensor(detail::value_of(v)) {}
  Tensor tensor;
};

class GradientTape {
 public:
  explicit GradientTape(TapeOptions options = {});
  ~GradientTape();
  GradientTape(const GradientTape&) = delete;
  GradientTape& operator=(const GradientTape&) = delete;

  /// From now on, record what is computed from `x`. Throws TypeError for integers.
  void watch(const Tensor& x);
  /// The same for each tensor in a list, a map or a nest of these.
  template <Nested T>
  void watch(const T& nested) {
    for (const Tensor& x : flatten(nested)) watch(x);
  }

  /// d target / d source, of the source's shape. A target with several elements counts as their sum. None for a source
  /// that the target does not depend on, unless options ask for zeros. `sources` is a Tensor, a Variable, or a vector or map
  /// of these; the gradients come in the same form.
  /// Throws StateError when called twice on a tape that is not persistent; ValueError for output_gradients of other shapes.
  template <Nested Sources>
  GradientsOf<Sources> gradient(
      const Tensor& target, const Sources& sources, const GradientOptions& options = {}) {
    return pack_as(sources, gradients({target}, flatten(sources), options));
  }
  std::vector<Tensor> gradient(
      const Tensor& target, std::initializer_list<Source> sources, const GradientOptions& options = {}) {
    return gradients({target}, flatten(sources), options);
  }
  /// The gradients of the sum of all targets.
  template <Nested Sources>
  GradientsOf<Sources> gradient(
      const std::vector<Tensor>& targets, const Sources& sources, const GradientOptions& options = {}) {
    return pack_as(sources, gradients(targets, flatten(sources), options));
  }
  std::vector<Tensor> gradient(const std::vector<Tensor>& targets, std::initializer_list<Source> sources,
      const GradientOptions& options = {}) {
    return gradients(targets, flatten(sources), options);
  }

  /// d target[i, ...] / d source[j, ...] at [i, ..., j, ...]: one backward pass an element of the target.
  template <Nested Sources>
  GradientsOf<Sources> jacobian(const Tensor& target, const Sources& sources,
      UnconnectedGradients unconnected = UnconnectedGradients::none) {
    return pack_as(sources, jacobians(target, flatten(sources), unconnected));
  }
  std::vector<Tensor> jacobian(const Tensor& target, std::initializer_list<Source> sources,
      UnconnectedGradients unconnected = UnconnectedGradients::none) {
    return jacobians(target, flatten(sources), unconnected);
  }
  /// The same sample by sample: d target[n, i, ...] / d source[n, j, ...] at [n, i, ..., j, ...], for a target whose sample n
  /// depends on sample n of the source alone. One backward pass an element of a sample. Throws ValueError unless both
  /// have the same number of samples.
  Tensor batch_jacobian(const Tensor& target, const Tensor& source,
      UnconnectedGradients unconnected = UnconnectedGradients::none);

  /// In every `gradient` from now on, calls hook(g) with the complete gradient g of `x` before it flows on. What the hook
  /// returns takes g's place; None leaves g as it is. Throws ValueError when the tape does not follow x.
  using Hook = std::function<Tensor(const Tensor& g)>;
  void register_hook(const Tensor& x, Hook hook);

  /// Nothing is recorded while the returned object lives.
  class [[nodiscard]] Pause {
   public:
    explicit Pause(GradientTape& tape) : tape_(tape) { ++tape_.pauses_; }
    ~Pause() { --tape_.pauses_; }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    GradientTape& tape_;
  };
  Pause stop_recording() { return Pause(*this); }

  /// Forgets everything, as if newly made.
  void reset();

  // ---- the record, to look at ----
  using Slot = std::uint32_t;
  struct Record {
    Op op;
    Slot output;
    std::uint32_t first_edge, edges;  // where its inputs stand
  };
  struct InputEdge {
    Slot input;
    Vjp vjp;
  };
  struct SlotInfo {
    Shape shape;
    DType dtype;
  };
  /// What a tape that checks, keeps values or measures knows of a record.
  struct Details {
    std::string scope;            ///< the NameScope it was called in
    Tensor value, gradient;       ///< None unless values are kept
    double forward_seconds = 0;   ///< since the record before it
    double backward_seconds = 0;  ///< in its closures
    Index forward_flops = 0;      ///< of the op, see flops.hpp
    Index backward_flops = 0;     ///< of its closures that were called
    Index output_bytes = 0;       ///< of what it computed; 0 where that stands in an input's memory
    std::int64_t bytes = 0;       ///< that came free when the backward pass dropped its closures
  };
  const std::vector<Record>& records() const { return records_; }
  /// One an entry of records(), or none at all.
  const std::vector<Details>& details() const { return details_; }
  const std::vector<InputEdge>& edges() const { return edges_; }
  const SlotInfo& slot(Slot s) const { return slots_[s]; }
  std::size_t slots() const { return slots_.size(); }
  const TapeOptions& options() const { return options_; }
  /// Whether it looks at each op's result, because it checks or keeps values.
  bool sees_values() const { return options_.check_numerics || options_.keep_values; }
  /// The record as a graph in the DOT language of graphviz.
  std::string to_dot() const;
  /// Whether the tape follows this tensor.
  bool is_watching(const Tensor& x) const { return slot_of_.find(x.id()) != IdMap::nothing; }

  /// Called by ops through `record`.
  template <class... F>
  void append(Op op, const Tensor& y, const Edge<F>&... inputs) {
    if (keeps_details_) [[unlikely]]
      begin_details(op, y, {&inputs.input...});
    const std::uint32_t first = static_cast<std::uint32_t>(edges_.size());
    const auto keep =
        [&](const auto& edge) {  // an input that is not followed costs nothing: its closure is not copied
      const Slot input = slot_of_.find(edge.input.id());
      if (input != IdMap::nothing) edges_.push_back({input, Vjp(edge.vjp)});
    };
    (keep(inputs), ...);
    finish_record(op, y, first);
  }
  void append(Op op, const Tensor& y, std::vector<ListEdge> inputs);

  bool is_recording() const { return pauses_ == 0 && !spent_; }
  GradientTape* outer() const { return outer_; }
  /// The tape that was made last on this thread and is still alive, or nullptr.
  static GradientTape* innermost() { return innermost_; }
  /// Whether any tape of this thread records now. In a closure: whether its gradient may be differentiated again.
  static bool any_is_recording();
  /// The number of backward passes that have begun on this thread.
  static std::uint64_t pass() { return pass_; }
  /// Tells the tapes of this thread that a trainable variable's value was read.
  static void variable_read(const Tensor& value);

 private:
  Slot new_slot(const Tensor& t);
  void finish_record(Op op, const Tensor& y, std::uint32_t first_edge);
  void check_numerics(Op op, const Tensor& y, const std::vector<const Tensor*>& inputs) const;
  void begin_details(Op op, const Tensor& y, const std::vector<const Tensor*>& inputs);
  void finish_details(const Tensor& y);
  void throw_if_spent(const char* owner) const;
  std::vector<bool> slots_that_depend_on(const std::vector<Tensor>& sources) const;
  void seed(std::vector<Tensor>& gradients, const std::vector<Tensor>& targets,
      const GradientOptions& options) const;
  std::vector<Tensor> backward(const std::vector<Tensor>& targets, const std::vector<Tensor>& sources,
      const GradientOptions& options, bool keep_records);
  void call_vjps(const Record& record, const Tensor& g, std::vector<Tensor>& gradients,
      const std::vector<bool>& depends, bool keep_records);
  void call_vjps_with_details(std::size_t record, const Tensor& g, std::vector<Tensor>& gradients,
      const std::vector<bool>& depends, bool keep_records);
  void call_hooks(Slot slot, Tensor& g) const;
  static std::vector<Tensor> flatten(std::initializer_list<Source> sources);
  template <Nested T>
  static std::vector<Tensor> flatten(const T& nested) {
    return xtape::flatten(nested);
  }
  std::vector<Tensor> gradients(
      const std::vector<Tensor>& targets, const std::vector<Tensor>& sources, const GradientOptions& options);
  std::vector<Tensor> jacobians(
      const Tensor& target, const std::vector<Tensor>& sources, UnconnectedGradients unconnected);

  friend class NoRecording;

  static double seconds_now();  // on the steady clock

  TapeOptions options_;
  bool keeps_details_;
  bool spent_ = false;
  int pauses_ = 0;
  GradientTape* outer_;
  std::uint64_t number_;  // of all tapes of this thread
  IdMap slot_of_;
  std::vector<SlotInfo> slots_;
  std::vector<Record> records_;
  std::vector<InputEdge> edges_;
  std::vector<Details> details_;
  Details next_details_;  // of the op that is being recorded
  std::vector<std::pair<Slot, Hook>> hooks_;
  double last_mark_ = 0;  // when the last record was made (seconds_now), if that is measured
  static constinit thread_local GradientTape* innermost_;
  static constinit thread_local std::uint64_t pass_;
};

/// Nothing is recorded on any tape of this thread that was there when it was made.
class [[nodiscard]] NoRecording {
 public:
  NoRecording();
  ~NoRecording();
  NoRecording(const NoRecording&) = delete;
  NoRecording& operator=(const NoRecording&) = delete;

 private:
  std::uint64_t last_number_;
};

/// Collects the values of the trainable variables that are read on this thread while it lives.
class VariableReads {
 public:
  VariableReads();
  ~VariableReads();
  VariableReads(const VariableReads&) = delete;
  VariableReads& operator=(const VariableReads&) = delete;
  /// Each once, in the order of first reading.
  const std::vector<Tensor>& values() const { return values_; }

 private:
  friend class GradientTape;
  std::vector<Tensor> values_;
  VariableReads* outer_;
};

/// How every op ends: tells the tapes that `y` was computed by `op` from these inputs, and returns y.
template <class... F>
Tensor record(Op op, Tensor y, const Edge<F>&... inputs) {
  for (GradientTape* tape = GradientTape::innermost(); tape; tape = tape->outer())
    if (tape->is_recording()) tape->append(op, y, inputs...);
  return y;
}
/// The same for a list of inputs; `make_edges()` is asked only when a tape records.
template <class MakeEdges>
requires std::is_invocable_r_v < std::vector<ListEdge>,
const MakeEdges& > Tensor record(Op op, Tensor y, const MakeEdges& make_edges) {
  for (GradientTape* tape = GradientTape::innermost(); tape; tape = tape->outer())
    if (tape->is_recording()) tape->append(op, y, make_edges());
  return y;
}

/// The record as a table, one line a slot: slot, op, inputs, shape, and the details that the tape keeps.
std::ostream& operator<<(std::ostream& out, const GradientTape& tape);

}  // namespace xtape
