#include <algorithm>
#include <cctype>
#include <cmath>
#include <regex>

#include <xtape/core/kernels/updates.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/matmul.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/core/ops/shaping.hpp>
#include <xtape/optim/optimizers/adam_impl.hpp>
#include <xtape/optim/optimizers/muon.hpp>
#include <xtape/optim/optimizers/optimizer_config_impl.hpp>

namespace xtape {

namespace {

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
      [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// X with singular values near one, by Newton and Schulz's iteration on the wide one of G and its transpose.
Tensor orthogonalized(const Tensor& g, const MuonConfig& c) {
  const bool tall = g.dim(0) > g.dim(1);
  Tensor x = tall ? transpose(g) : g;
  x = divide(x, add(norm(x), 1e-7));
  for (Index i = 0; i < c.ns_steps; ++i) {
    const Tensor a = matmul(x, x, {.transpose_b = true});
    const Tensor b = add(multiply(a, c.muon_b), multiply(matmul(a, a), c.muon_c));
    x = add(multiply(x, c.muon_a), matmul(b, x));
  }
  return tall ? transpose(x) : x;
}

}  // namespace

Muon::Muon(Config given) : OptimizerOf(std::move(given)) {
  require(config().ns_steps >= 0, class_name,
      "ns_steps must be at least 0 (received ns_steps=", config().ns_steps, ")");
  for (const std::string& expression : config().exclude_layers) {
    try {
      const std::regex check(expression);
    } catch (const std::regex_error& error) {
      throw ValueError(concat(class_name, ": exclude_layers must be regular expressions (received \"",
          expression, "\": ", error.what(), ")"));
    }
  }
}

bool Muon::uses_adam(const Variable& variable) const {
  if (variable.shape().rank() != 2) return true;
  if (config().exclude_embeddings && lower_case(variable.path()).find("embedding") != std::string::npos)
    return true;
  return std::any_of(config().exclude_layers.begin(), config().exclude_layers.end(),
      [&](const std::string& expression) {
    return std::regex_search(variable.path(), std::regex(expression));
  });
}

std::optional<double> Muon::weight_decay_of(const Variable& variable) const {
  return uses_adam(variable) ? config().adam_weight_decay : config().weight_decay;
}

Optimizer::Slots Muon::new_slots(const Variable& variable) const {
  if (uses_adam(variable)) return adam_slots(variable);
  return {new_slot(variable, "momentum")};
}

void Muon::update(const Variable& variable, const Tensor& gradient, const Slots& slots, double learning_rate,
    std::int64_t step) const {
  const Config& c = config();
  if (slots.size() == 2) {
    const double rate = adam_rate(learning_rate * c.adam_lr_ratio, c.adam_beta_1, c.adam_beta_2, step);
    adam_update(variable, gradient, slots, rate, c.adam_beta_1, c.adam_beta_2, c.epsilon);
    return;
  }
  if (gradient.size() == 0) return;
  slots[0].assign(add(multiply(slots[0].current(), c.momentum), gradient).detached());
  const Tensor& m = slots[0].current();
  const Tensor x = orthogonalized(c.nesterov ? add(gradient, multiply(m, c.momentum)) : m, c);
  const double rows = static_cast<double>(x.dim(0)), columns = static_cast<double>(x.dim(1));
  const double factor = c.rms_rate ? *c.rms_rate * std::sqrt(std::max(rows, columns))
                                   : std::sqrt(std::max(1.0, rows / columns));
  dispatch_floating(variable.dtype(), class_name, [&]<class T>() {
    kernels::sgd(variable.mutable_data<T>(), x.data<T>(), x.size(), learning_rate * factor);
  });
}

template class OptimizerOf<Muon, MuonConfig>;

}  // namespace xtape
