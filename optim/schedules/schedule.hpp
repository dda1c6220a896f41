// LearningRate: a number, a schedule, or any function of the step.
#pragma once
#include <cstdint>

#include <xtape/core/object.hpp>

namespace xtape {

struct ScheduleFamily {
  using Signature = double(std::int64_t);
  static constexpr std::string_view kind = "schedule", module = "keras.optimizers.schedules";
};
/// The learning rate of each step, counted from 0: an object (ExponentialDecay({...})) or any function double(int64_t).
using LearningRateSchedule = Object<ScheduleFamily>;
extern template class Object<ScheduleFamily>;

/// What an optimizer's learning_rate may be.
class LearningRate {
 public:
  LearningRate(double value = 0.001) : value_(value) {}
  LearningRate(LearningRateSchedule schedule) : schedule_(std::move(schedule)) {}
  template <class F>
  requires(std::is_invocable_r_v<double, const F&, std::int64_t> && !std::is_same_v<F, LearningRateSchedule>)
      LearningRate(F schedule)
      : schedule_(LearningRateSchedule(std::move(schedule))) {}

  double at(std::int64_t step) const { return schedule_ ? schedule_(step) : value_; }
  bool is_schedule() const { return static_cast<bool>(schedule_); }

  static LearningRate from_json(const Json& json);
  Json to_json() const;

 private:
  double value_ = 0;
  LearningRateSchedule schedule_;
};

}  // namespace xtape
