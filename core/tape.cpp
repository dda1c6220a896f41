#include <algorithm>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/joining.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/core/variable.hpp>

namespace xtape {

constinit thread_local GradientTape* GradientTape::innermost_ = nullptr;
constinit thread_local std::uint64_t GradientTape::pass_ = 0;

namespace {

constinit thread_local VariableReads* innermost_reads = nullptr;

void accumulate(Tensor& sum, const Tensor& term) { sum = sum ? add(sum, term) : term; }

/// sum += vjp(g), in the memory of the sum or, when it is not needed any more, of g, where the closure can do that and nobody
/// else sees this memory or records how its contents came about.
void accumulate(Tensor& sum, const Vjp& vjp, const Tensor& g, bool may_replace) {
  const bool recording = GradientTape::any_is_recording();
  if (vjp.can_add() && !recording && sum && sum.is_sole_owner()) {
    vjp.add_to(sum, g);
  } else if (may_replace && vjp.can_replace() && !recording && g.is_sole_owner() && !g.is_weak()) {
    vjp.replace(g);
    accumulate(sum, g);
  } else {
    accumulate(sum, vjp(g));
  }
}

}  // namespace

GradientTape::GradientTape(TapeOptions options)
    : options_(options),
      keeps_details_(options.check_numerics || options.keep_values || options.measure),
      outer_(innermost_),
      number_(outer_ ? outer_->number_ + 1 : 1) {
  innermost_ = this;
  if (keeps_details_) last_mark_ = seconds_now();
}

GradientTape::~GradientTape() {  // tapes usually end in reverse order, but need not
  GradientTape** link = &innermost_;
  while (*link && *link != this) link = &(*link)->outer_;
  if (*link) *link = outer_;
}

GradientTape::Slot GradientTape::new_slot(const Tensor& t) {
  const Slot slot = static_cast<Slot>(slots_.size());
  slots_.push_back({t.shape(), t.dtype()});
  slot_of_.insert(t.id(), slot);
  return slot;
}

bool GradientTape::any_is_recording() {
  for (const GradientTape* tape = innermost_; tape; tape = tape->outer_)
    if (tape->is_recording()) return true;
  return false;
}

void GradientTape::watch(const Tensor& x) {
  if (!is_floating(x.dtype())) throw_not_floating(x.dtype(), "GradientTape.watch");
  if (!is_watching(x)) new_slot(x);
}

void GradientTape::variable_read(const Tensor& value) {
  for (GradientTape* tape = innermost_; tape; tape = tape->outer_)
    if (tape->options_.watch_accessed_variables && tape->is_recording() && is_floating(value.dtype()))
      tape->watch(value);
  for (VariableReads* reads = innermost_reads; reads; reads = reads->outer_) {
    const bool is_new = std::none_of(reads->values_.begin(), reads->values_.end(),
        [&](const Tensor& known) { return known.id() == value.id(); });
    if (is_new) reads->values_.push_back(value);
  }
}

void GradientTape::finish_record(Op op, const Tensor& y, std::uint32_t first_edge) {
  const auto count = static_cast<std::uint32_t>(edges_.size()) - first_edge;
  if (count == 0) return;
  records_.push_back({op, new_slot(y), first_edge, count});
  if (keeps_details_) [[unlikely]]
    finish_details(y);
}

void GradientTape::append(Op op, const Tensor& y, std::vector<ListEdge> inputs) {
  if (keeps_details_) [[unlikely]] {
    std::vector<const Tensor*> tensors;
    for (const ListEdge& edge : inputs) tensors.push_back(&edge.input);
    begin_details(op, y, tensors);
  }
  const auto first = static_cast<std::uint32_t>(edges_.size());
  for (ListEdge& edge : inputs) {
    const Slot input = slot_of_.find(edge.input.id());
    if (input != IdMap::nothing) edges_.push_back({input, std::move(edge.vjp)});
  }
  finish_record(op, y, first);
}

void GradientTape::reset() {
  spent_ = false;
  edges_.clear();
  records_.clear();
  slots_.clear();
  details_.clear();
  hooks_.clear();
  slot_of_.clear();
}

std::vector<bool> GradientTape::slots_that_depend_on(const std::vector<Tensor>& sources) const {
  std::vector<bool> depends(slots_.size());
  for (const Tensor& source : sources)
    if (const Slot s = slot_of_.find(source.id()); s != IdMap::nothing) depends[s] = true;
  for (const Record& r : records_)
    for (std::uint32_t e = r.first_edge; e < r.first_edge + r.edges && !depends[r.output]; ++e)
      if (depends[edges_[e].input]) depends[r.output] = true;
  return depends;
}

void GradientTape::seed(std::vector<Tensor>& gradients, const std::vector<Tensor>& targets,
    const GradientOptions& options) const {
  const auto& given = options.output_gradients;
  require(given.empty() || given.size() == targets.size(), "GradientTape.gradient",
      "output_gradients must have one entry a target (received ", given.size(), " for ", targets.size(),
      " targets)");
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const Tensor& y = targets[i];
    if (!is_floating(y.dtype())) throw_not_floating(y.dtype(), "GradientTape.gradient: target");
    const bool is_given = !given.empty() && given[i];
    if (is_given) {
      require(given[i].shape() == y.shape(), "GradientTape.gradient",
          "output_gradients must have the target's shape ", y.shape(), " (received ", given[i].shape(), ")");
    }
    const Slot slot = slot_of_.find(y.id());
    if (slot != IdMap::nothing) accumulate(gradients[slot], is_given ? given[i] : ones_like(y));
  }
}

void GradientTape::throw_if_spent(const char* owner) const {
  if (!spent_) return;
  throw StateError(concat("GradientTape.", owner,
      ": a tape that is not persistent gives one set of gradients; make it with {.persistent = true}"));
}

std::vector<Tensor> GradientTape::gradients(
    const std::vector<Tensor>& targets, const std::vector<Tensor>& sources, const GradientOptions& options) {
  throw_if_spent("gradient");
  return backward(targets, sources, options, options_.persistent);
}

std::vector<Tensor> GradientTape::backward(const std::vector<Tensor>& targets,
    const std::vector<Tensor>& sources, const GradientOptions& options, bool keep_records) {
  const Pause pause(*this);  // outer tapes go on recording: that is how gradients of gradients come about
  ++pass_;
  std::vector<Tensor> gradients(slots_.size());
  seed(gradients, targets, options);
  const std::vector<bool> depends = slots_that_depend_on(sources);
  std::vector<bool> is_source(slots_.size());
  for (const Tensor& source : sources)
    if (const Slot s = slot_of_.find(source.id()); s != IdMap::nothing) is_source[s] = true;

  spent_ = !keep_records;  // also when a closure throws: what has been dropped is gone
  std::size_t hooked =
      hooks_.empty() ? 0 : slots_.size();  // the hooks of all slots from here on have been called
  const auto call_hooks_down_to = [&](Slot last) {
    while (hooked > last) {
      --hooked;
      call_hooks(static_cast<Slot>(hooked), gradients[hooked]);
    }
  };
  for (std::size_t i = records_.size(); i-- > 0;) {
    const Slot y = records_[i].output;
    call_hooks_down_to(
        y);  // whatever uses these slots stands behind this record: their gradients are complete
    const Tensor g = is_source[y] ? gradients[y] : std::move(gradients[y]);
    if (keeps_details_) [[unlikely]] {
      call_vjps_with_details(i, g, gradients, depends, keep_records);
    } else {
      call_vjps(records_[i], g, gradients, depends, keep_records);
    }
  }
  call_hooks_down_to(0);

  std::vector<Tensor> out;
  for (const Tensor& source : sources) {
    const Slot s = slot_of_.find(source.id());
    Tensor g = s == IdMap::nothing ? Tensor() : gradients[s];
    if (!g && options.unconnected_gradients == UnconnectedGradients::zero) g = zeros_like(source);
    out.push_back(std::move(g));
  }
  return out;
}

void GradientTape::call_vjps(const Record& r, const Tensor& g, std::vector<Tensor>& gradients,
    const std::vector<bool>& depends, bool keep_records) {
  for (std::uint32_t e = r.first_edge; e < r.first_edge + r.edges; ++e) {
    InputEdge& edge = edges_[e];
    if (g && depends[edge.input]) {
      const bool may_replace = r.edges == 1 && g.shape() == slots_[edge.input].shape;
      accumulate(gradients[edge.input], edge.vjp, g, may_replace);
    }
    if (!keep_records) edge.vjp.reset();  // what the closure kept alive is needed no more
  }
}

void GradientTape::register_hook(const Tensor& x, Hook hook) {
  const Slot slot = slot_of_.find(x.id());
  require(slot != IdMap::nothing, "GradientTape.register_hook", "the tape does not follow this tensor ",
      describe(x), "; watch it, or compute it from something watched");
  hooks_.emplace_back(slot, std::move(hook));
}

void GradientTape::call_hooks(Slot slot, Tensor& g) const {
  for (const auto& [hooked, hook] : hooks_) {
    if (hooked != slot || !g) continue;
    const Tensor replaced = hook(g);
    if (!replaced) continue;
    require(replaced.shape() == g.shape(), "GradientTape.register_hook",
        "the hook must keep the gradient's shape ", g.shape(), " (received ", replaced.shape(), ")");
    g = replaced;
  }
}

std::vector<Tensor> GradientTape::flatten(std::initializer_list<Source> sources) {
  std::vector<Tensor> tensors;
  for (const Source& s : sources) tensors.push_back(s.tensor);
  return tensors;
}

// ---- Jacobians: one backward pass a row ----

namespace {

/// Ones where the elements of a sample are number k, over all samples; a whole tensor counts as one sample.
Tensor select(const Tensor& like, Index k, Index samples) {
  const Tensor u = zeros_like(like);
  const Index elements = samples > 0 ? like.size() / samples : 0;
  dispatch_floating(like.dtype(), "jacobian", [&]<class T>() {
    for (Index n = 0; n < samples; ++n) u.mutable_data<T>()[n * elements + k] = T(1);
  });
  return u;
}

Shape joined(Shape a, const Shape& b) {
  for (const Index length : b) a.push_back(length);
  return a;
}

}  // namespace

std::vector<Tensor> GradientTape::jacobians(
    const Tensor& target, const std::vector<Tensor>& sources, UnconnectedGradients unconnected) {
  throw_if_spent("jacobian");
  std::vector<std::vector<Tensor>> rows(sources.size());
  const Index n = target.size();
  for (Index k = 0; k < n; ++k) {
    const auto gradients = backward({target}, sources,
        {.output_gradients = {select(target, k, 1)}, .unconnected_gradients = unconnected},
        options_.persistent || k + 1 < n);
    for (std::size_t i = 0; i < sources.size(); ++i)
      if (gradients[i]) rows[i].push_back(reshape(gradients[i], sources[i].shape().with(0, 1)));
  }
  std::vector<Tensor> out(sources.size());
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const Shape shape = joined(target.shape(), sources[i].shape());
    if (n == 0) {
      out[i] = zeros(shape, sources[i].dtype());
    } else if (!rows[i].empty()) {
      out[i] = reshape(concatenate(rows[i], 0), shape);
    }
  }
  return out;
}

Tensor GradientTape::batch_jacobian(
    const Tensor& target, const Tensor& source, UnconnectedGradients unconnected) {
  throw_if_spent("batch_jacobian");
  require(target.rank() >= 1 && source.rank() >= 1 && target.dim(0) == source.dim(0),
      "GradientTape.batch_jacobian",
      "target and source must have the same number of samples (received shapes ", target.shape(), " and ",
      source.shape(), ")");
  const Index samples = target.dim(0), n = target.shape().without(0).size();
  const Shape shape = joined(target.shape(), source.shape().without(0));
  if (shape.size() == 0) return zeros(shape, source.dtype());
  std::vector<Tensor> columns;  // (n, 1, j, ...): the gradients of one element of all samples
  for (Index k = 0; k < n; ++k) {
    const auto gradients = backward({target}, {source},
        {.output_gradients = {select(target, k, samples)}, .unconnected_gradients = unconnected},
        options_.persistent || k + 1 < n);
    if (gradients[0]) columns.push_back(reshape(gradients[0], source.shape().with(1, 1)));
  }
  return columns.empty() ? Tensor() : reshape(concatenate(columns, 1), shape);
}

// ---- other ways to stop recording ----

NoRecording::NoRecording() : last_number_(GradientTape::innermost_ ? GradientTape::innermost_->number_ : 0) {
  for (GradientTape* tape = GradientTape::innermost_; tape; tape = tape->outer_) ++tape->pauses_;
}
NoRecording::~NoRecording() {  // tapes that were made since are not paused
  for (GradientTape* tape = GradientTape::innermost_; tape; tape = tape->outer_)
    if (tape->number_ <= last_number_) --tape->pauses_;
}

VariableReads::VariableReads() : outer_(innermost_reads) { innermost_reads = this; }
VariableReads::~VariableReads() { innermost_reads = outer_; }

const Tensor& detail::value_of(const Variable& v) { return v.current(); }

}  // namespace xtape
