#include <xtape/optim/metrics/metric_config_impl.hpp>
#include <xtape/optim/metrics/probabilistic.hpp>

namespace xtape::metrics {

template class MetricOf<BinaryCrossentropy, BinaryCrossentropyConfig>;
template class MetricOf<CategoricalCrossentropy, CategoricalCrossentropyConfig>;
template class MetricOf<SparseCategoricalCrossentropy, SparseCategoricalCrossentropyConfig>;
template class MetricOf<KLDivergence>;
template class MetricOf<Poisson>;
template class MetricOf<Hinge>;
template class MetricOf<SquaredHinge>;
template class MetricOf<CategoricalHinge>;

}  // namespace xtape::metrics
