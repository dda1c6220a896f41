// UseCudnn: an argument of LSTM and GRU that is read and has no effect, since there is no cuDNN here.
#pragma once
#include <string>

#include <xtape/core/json.hpp>

namespace xtape {

/// "auto", true or false.
class UseCudnn {
 public:
  UseCudnn(const char* automatic) : UseCudnn(std::string(automatic)) {}
  /// Throws ValueError unless it is "auto".
  UseCudnn(const std::string& automatic);
  UseCudnn(bool use) : value_(use ? "true" : "false") {}

  static UseCudnn from_json(const Json& json);
  Json to_json() const;

 private:
  std::string value_;
};

}  // namespace xtape
