#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/layers/cudnn.hpp>

namespace xtape {

UseCudnn::UseCudnn(const std::string& automatic) : value_(automatic) {
  require(automatic == "auto", "use_cudnn", "must be \"auto\", true or false (received \"", automatic, "\")");
}

UseCudnn UseCudnn::from_json(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  return json.is_string() ? json.get<std::string>() : json.dump();
}

Json UseCudnn::to_json() const { return value_ == "auto" ? Json(value_) : Json(value_ == "true"); }

}  // namespace xtape
