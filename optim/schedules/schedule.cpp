#include <xtape/core/object_impl.hpp>
#include <xtape/optim/schedules/schedules.hpp>

namespace xtape {

template <>
const Registry<LearningRateSchedule>& registry<LearningRateSchedule>() {
  static const auto it = Registry<LearningRateSchedule>::of<ExponentialDecay, PiecewiseConstantDecay,
      PolynomialDecay, InverseTimeDecay, CosineDecay, CosineDecayRestarts>();
  return it;
}

template class Object<ScheduleFamily>;

LearningRate LearningRate::from_json(const Json& json) {
  if (json.is_number()) return LearningRate(json.get<double>());
  return LearningRate(LearningRateSchedule::from_json(json));
}

Json LearningRate::to_json() const { return schedule_ ? schedule_.to_json() : Json(value_); }

}  // namespace xtape
