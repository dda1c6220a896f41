// The rules of the optimizers that adapt to gradients seen before: each one pass over a variable w of n elements, its
// gradient g and what the rule keeps for it. The formulas' letters are those of the optimizers' documentation.
#pragma once
#include <xtape/core/shape.hpp>

namespace xtape::kernels {

struct RmspropRule {
  double rate, rho, momentum, epsilon;
};
/// v = rho v + (1 - rho) g^2, step = rate g / sqrt(v + epsilon), w -= step.
/// With `mean` not null (centered): mean = rho mean + (1 - rho) g, and v - mean^2 stands in the root.
/// With `m` not null: m = momentum m + step, w -= m.
template <class T>
void rmsprop(T* w, T* v, T* mean, T* m, const T* g, Index n, const RmspropRule& rule);

/// a = rho a + (1 - rho) g^2, step = sqrt(d + epsilon) / sqrt(a + epsilon) g, d = rho d + (1 - rho) step^2, w -= rate step
template <class T>
void adadelta(T* w, T* a, T* d, const T* g, Index n, double rate, double rho, double epsilon);

/// a += g^2, w -= rate g / sqrt(a + epsilon)
template <class T>
void adagrad(T* w, T* a, const T* g, Index n, double rate, double epsilon);

/// m += (g - m)(1 - beta_1), u = max(beta_2 u, |g|), w -= rate m / (u + epsilon). `rate` holds the bias correction.
template <class T>
void adamax(T* w, T* m, T* u, const T* g, Index n, double rate, double beta_1, double beta_2, double epsilon);

/// What Nadam adds to Adam: m_hat = share_of_m m + share_of_g g, v_hat = v / v_correction.
struct NadamRule {
  double rate, beta_1, beta_2, epsilon, share_of_m, share_of_g, v_correction;
};
/// m and v as in adam, w -= rate m_hat / (sqrt(v_hat) + epsilon)
template <class T>
void nadam(T* w, T* m, T* v, const T* g, Index n, const NadamRule& rule);

struct FtrlRule {
  double rate, power, l1, l2, l2_shrinkage;
};
/// z += g + 2 l2_shrinkage w - ((a + g^2)^power - a^power) / rate w, a += g^2,
/// w = (clip(z, -l1, l1) - z) / (a^power / rate + 2 l2)
template <class T>
void ftrl(T* w, T* a, T* z, const T* g, Index n, const FtrlRule& rule);

/// w -= rate sign(beta_1 m + (1 - beta_1) g), then m = beta_2 m + (1 - beta_2) g
template <class T>
void lion(T* w, T* m, const T* g, Index n, double rate, double beta_1, double beta_2);

struct ScheduleFreeRule {
  double rate, beta_1, beta_2, epsilon, v_correction, weight;
};
/// v as in adam, z' = z - rate g / (sqrt(v / v_correction) + epsilon), x = (w - (1 - beta_1) z) / beta_1,
/// x' = (1 - weight) x + weight z', w = (1 - beta_1) z' + beta_1 x'
template <class T>
void schedule_free(T* w, T* z, T* v, const T* g, Index n, const ScheduleFreeRule& rule);

/// m and v as in adam, step = m / m_correction / (sqrt(v / v_correction) + epsilon)
struct LambRule {
  double beta_1, beta_2, epsilon, m_correction, v_correction;
};
template <class T>
void lamb_step(T* step, T* m, T* v, const T* g, Index n, const LambRule& rule);

}  // namespace xtape::kernels
