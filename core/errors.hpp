// Errors: what a user did wrong, told in one sentence that names the argument, what was expected and what came.
#pragma once
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace xtape {

/// Base of all errors that xtape throws on bad use. `what()` starts with the kind: "ValueError: ...".
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An argument has a value that is not allowed: a wrong shape, size, name or range.
class ValueError : public Error {
 public:
  explicit ValueError(const std::string& message) : Error("ValueError: " + message) {}
};

/// An argument has the wrong dtype.
class TypeError : public Error {
 public:
  explicit TypeError(const std::string& message) : Error("TypeError: " + message) {}
};

/// Something was called too early, too late or twice: a layer that is not built, a tape that is spent.
class StateError : public Error {
 public:
  explicit StateError(const std::string& message) : Error("StateError: " + message) {}
};

/// Everything that can be printed, printed one after the other.
template <class... Part>
std::string concat(const Part&... part) {
  std::ostringstream text;
  (text << ... << part);
  return text.str();
}

/// Throws ValueError "owner: part part ..." unless `condition` holds.
template <class... Part>
void require(bool condition, std::string_view owner, const Part&... part) {
  if (!condition) [[unlikely]]
    throw ValueError(concat(owner, ": ", part...));
}

}  // namespace xtape
