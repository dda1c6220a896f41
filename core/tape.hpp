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
#include <iosfwd>
#include <vector>

#include <xtape/core/id_map.hpp>
#include <xtape/core/op.hpp>
#include <xtape/core/tensor.hpp>
#include <xtape/core/vjp.hpp>

namespace xtape {

class Variable;

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
};

class GradientTape {
 public:
  explicit GradientTape(TapeOptions options = {});
  ~GradientTape();
  GradientTape(const GradientTape&) = delete;
  GradientTape& operator=(const GradientTape&) = delete;

  /// From now on, record what is computed from `x`. Throws TypeError for integers.
  void watch(const Tensor& x);

  /// d target / d source, of the source's shape. A target with several elements counts as their sum. None for a source
  /// that the target does not depend on, unless options ask for zeros.
  /// Throws StateError when called twice on a tape that is not persistent; ValueError for output_gradients of other shapes.
  Tensor gradient(const Tensor& target, const Tensor& source, const GradientOptions& options = {});
  std::vector<Tensor> gradient(
      const Tensor& target, const std::vector<Tensor>& sources, const GradientOptions& options = {});
  std::vector<Tensor> gradient(const std::vector<Tensor>& targets, const std::vector<Tensor>& sources,
      const GradientOptions& options = {});
  std::vector<Tensor> gradient(
      const Tensor& target, const std::vector<Variable>& sources, const GradientOptions& options = {});

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
  const std::vector<Record>& records() const { return records_; }
  const std::vector<InputEdge>& edges() const { return edges_; }
  const SlotInfo& slot(Slot s) const { return slots_[s]; }
  /// Whether the tape follows this tensor.
  bool is_watching(const Tensor& x) const { return slot_of_.find(x.id()) != IdMap::nothing; }

  /// Called by ops through `record`.
  template <class... F>
  void append(Op op, const Tensor& y, const Edge<F>&... inputs) {
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
  /// Tells the tapes of this thread that a trainable variable's value was read.
  static void variable_read(const Tensor& value);

 private:
  Slot new_slot(const Tensor& t);
  void finish_record(Op op, const Tensor& y, std::uint32_t first_edge);
  std::vector<bool> slots_that_depend_on(const std::vector<Tensor>& sources) const;
  void seed(std::vector<Tensor>& gradients, const std::vector<Tensor>& targets,
      const GradientOptions& options) const;

  TapeOptions options_;
  int pauses_ = 0;
  bool spent_ = false;
  GradientTape* outer_;
  IdMap slot_of_;
  std::vector<SlotInfo> slots_;
  std::vector<Record> records_;
  std::vector<InputEdge> edges_;
  static constinit thread_local GradientTape* innermost_;
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

/// The record as a table, one line an op: slot, op, inputs, shape.
std::ostream& operator<<(std::ostream& out, const GradientTape& tape);

}  // namespace xtape
