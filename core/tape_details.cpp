// What a tape does beyond its duty when TapeOptions ask for it: watch for NaN and infinity, keep values, take times.
#include <chrono>
#include <cmath>
#include <optional>

#include <xtape/core/buffer_pool.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/flops.hpp>
#include <xtape/core/name_scope.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/tape.hpp>

namespace xtape {

constinit thread_local const NameScope* NameScope::innermost_ = nullptr;

std::string NameScope::path() {
  std::string path;
  for (const NameScope* scope = innermost_; scope; scope = scope->outer_)
    path = path.empty() ? std::string(scope->name_) : concat(scope->name_, '/', path);
  return path;
}

namespace {

/// "nan at index (0, 1)" for the first element that is not finite.
std::optional<std::string> not_finite(const Tensor& t) {
  if (!is_floating(t.dtype())) return {};
  return dispatch_floating(t.dtype(), "check_numerics", [&]<class T>() -> std::optional<std::string> {
    for (Index i = 0; i < t.size(); ++i) {
      if (std::isfinite(t.data<T>()[i])) continue;
      Shape index = t.shape();
      Index rest = i;
      for (Index axis = t.rank(); axis-- > 0; rest /= t.shape()[axis]) index[axis] = rest % t.shape()[axis];
      const bool is_nan = std::isnan(t.data<T>()[i]);
      return concat(is_nan ? "nan" : t.data<T>()[i] > 0 ? "inf" : "-inf", " at index ", index);
    }
    return {};
  });
}

/// Where its elements begin.
const void* memory_of(const Tensor& t) {
  return dispatch(t.dtype(), [&]<class T>() -> const void* { return t.data<T>(); });
}

std::string in_scope(const std::string& scope) { return scope.empty() ? "" : concat(", in ", scope); }

}  // namespace

double GradientTape::seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void GradientTape::check_numerics(Op op, const Tensor& y, const std::vector<const Tensor*>& inputs) const {
  const auto found = not_finite(y);
  if (!found) return;
  std::string from;
  for (const Tensor* x : inputs) {
    if (!*x) continue;  // an optional input that is not there
    const auto held = not_finite(*x);
    from += concat(from.empty() ? "" : " and ", describe(*x), held ? " (which holds " + *held + ")" : "");
  }
  throw ValueError(concat("GradientTape: ", name(op), " computed ", *found, " of its output ", describe(y),
      " from ", from, in_scope(NameScope::path())));
}

void GradientTape::begin_details(Op op, const Tensor& y, const std::vector<const Tensor*>& inputs) {
  if (options_.check_numerics) check_numerics(op, y, inputs);
  std::vector<Shape> shapes;
  bool is_view = false;
  for (const Tensor* x : inputs) {  // one that is optional may not be there
    shapes.push_back(*x ? x->shape() : Shape());
    is_view = is_view || (*x && memory_of(*x) == memory_of(y));
  }
  next_details_ = {};
  next_details_.forward_flops = flops(op, shapes, y.shape());
  next_details_.output_bytes = is_view ? 0 : y.size() * size_of(y.dtype());
}

void GradientTape::finish_details(const Tensor& y) {
  Details& d = next_details_;
  d.scope = NameScope::path();
  if (options_.keep_values) d.value = y.detached();
  const double time = seconds_now();
  d.forward_seconds = time - last_mark_;
  last_mark_ = time;
  details_.push_back(std::move(d));
}

void GradientTape::call_vjps_with_details(std::size_t record, const Tensor& g, std::vector<Tensor>& gradients,
    const std::vector<bool>& depends, bool keep_records) {
  const Record& r = records_[record];
  Details& d = details_[record];
  if (g && options_.keep_values) d.gradient = g.detached();
  const double start = seconds_now();
  for (std::uint32_t e = r.first_edge; e < r.first_edge + r.edges; ++e) {
    if (!g || !depends[edges_[e].input]) continue;
    const Tensor term = edges_[e].vjp(g);
    d.backward_flops += d.forward_flops;
    const auto found = options_.check_numerics ? not_finite(term) : std::nullopt;
    if (found) {
      throw ValueError(concat("GradientTape: the gradient of ", name(r.op), " computed ", *found,
          " of its input's gradient ", describe(term), " from the output's gradient ", describe(g),
          in_scope(d.scope)));
    }
    Tensor& sum = gradients[edges_[e].input];
    sum = sum ? add(sum, term) : term;
  }
  d.backward_seconds += seconds_now() - start;
  if (keep_records) return;
  const std::int64_t before = buffer_pool::live_bytes_of_this_thread();
  for (std::uint32_t e = r.first_edge; e < r.first_edge + r.edges; ++e) edges_[e].vjp.reset();
  d.bytes = before - buffer_pool::live_bytes_of_this_thread();
}

}  // namespace xtape
