#include <iomanip>
#include <ostream>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/tape.hpp>
#include <xtape/core/variable.hpp>

namespace xtape {

constinit thread_local GradientTape* GradientTape::innermost_ = nullptr;

GradientTape::GradientTape(TapeOptions options) : options_(options), outer_(innermost_) { innermost_ = this; }

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

void GradientTape::watch(const Tensor& x) {
  if (!is_floating(x.dtype())) throw_not_floating(x.dtype(), "GradientTape.watch");
  if (!is_watching(x)) new_slot(x);
}

void GradientTape::variable_read(const Tensor& value) {
  for (GradientTape* tape = innermost_; tape; tape = tape->outer_)
    if (tape->options_.watch_accessed_variables && tape->is_recording() && is_floating(value.dtype()))
      tape->watch(value);
}

void GradientTape::finish_record(Op op, const Tensor& y, std::uint32_t first_edge) {
  const auto count = static_cast<std::uint32_t>(edges_.size()) - first_edge;
  if (count > 0) records_.push_back({op, new_slot(y), first_edge, count});
}

void GradientTape::append(Op op, const Tensor& y, std::vector<ListEdge> inputs) {
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

namespace {

void accumulate(Tensor& sum, const Tensor& term) { sum = sum ? add(sum, term) : term; }

}  // namespace

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

std::vector<Tensor> GradientTape::gradient(
    const std::vector<Tensor>& targets, const std::vector<Tensor>& sources, const GradientOptions& options) {
  if (spent_) {
    throw StateError(
        "GradientTape.gradient: a tape that is not persistent gives one set of gradients; make it with "
        "{.persistent = true}");
  }
  const Pause pause(*this);  // outer tapes go on recording: that is how gradients of gradients come about
  const std::vector<bool> depends = slots_that_depend_on(sources);
  std::vector<bool> is_source(slots_.size());
  for (const Tensor& source : sources)
    if (const Slot s = slot_of_.find(source.id()); s != IdMap::nothing) is_source[s] = true;

  std::vector<Tensor> gradients(slots_.size());
  seed(gradients, targets, options);
  for (std::size_t i = records_.size(); i-- > 0;) {
    const Record& r = records_[i];
    const Tensor g = is_source[r.output] ? gradients[r.output] : std::move(gradients[r.output]);
    for (std::uint32_t e = r.first_edge; e < r.first_edge + r.edges; ++e) {
      InputEdge& edge = edges_[e];
      if (g && depends[edge.input]) accumulate(gradients[edge.input], edge.vjp(g));
      if (!options_.persistent) edge.vjp.reset();  // what the closure kept alive is needed no more
    }
  }
  spent_ = !options_.persistent;

  std::vector<Tensor> out;
  for (const Tensor& source : sources) {
    const Slot s = slot_of_.find(source.id());
    Tensor g = s == IdMap::nothing ? Tensor() : gradients[s];
    if (!g && options.unconnected_gradients == UnconnectedGradients::zero) g = zeros_like(source);
    out.push_back(std::move(g));
  }
  return out;
}

Tensor GradientTape::gradient(const Tensor& target, const Tensor& source, const GradientOptions& options) {
  return gradient(std::vector<Tensor>{target}, std::vector<Tensor>{source}, options)[0];
}
std::vector<Tensor> GradientTape::gradient(
    const Tensor& target, const std::vector<Tensor>& sources, const GradientOptions& options) {
  return gradient(std::vector<Tensor>{target}, sources, options);
}
std::vector<Tensor> GradientTape::gradient(
    const Tensor& target, const std::vector<Variable>& sources, const GradientOptions& options) {
  std::vector<Tensor> tensors;
  tensors.reserve(sources.size());
  for (const Variable& v : sources) tensors.push_back(v.current());
  return gradient(target, tensors, options);
}

std::ostream& operator<<(std::ostream& out, const GradientTape& tape) {
  out << std::left << std::setw(6) << "slot" << std::setw(20) << "op" << std::setw(16) << "inputs"
      << "shape\n";
  for (const GradientTape::Record& r : tape.records()) {
    std::string inputs;
    for (std::uint32_t e = r.first_edge; e < r.first_edge + r.edges; ++e)
      inputs += concat(inputs.empty() ? "%" : ", %", tape.edges()[e].input);
    const auto& y = tape.slot(r.output);
    out << std::left << std::setw(6) << concat('%', r.output) << std::setw(20) << name(r.op) << std::setw(16)
        << inputs << y.shape << ' ' << y.dtype << '\n';
  }
  return out;
}

}  // namespace xtape
