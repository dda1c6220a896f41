// One case of a conformance document: its fields, the dtype it is run in, and how numbers are compared.
//
// Every field that is read is remembered. A field that nobody looked at, and that is no remark, fails the case: what a
// document says is checked, or the runner says that it does not know how.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/core/json.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape::conformance {

/// What a case fails with: the first difference.
struct Failure {
  std::string text;
};
/// The case is at the edge of what makes sense (its field "edge"), and there an empty answer is right.
struct EmptyAtTheEdge {};
/// The class that a case is about does not exist yet.
struct NotBuilt {
  std::string what;
};

class Case {
 public:
  Case(const Json& json, DType dtype, double tolerance) : json_(json), dtype_(dtype), tolerance_(tolerance) {}

  DType dtype() const { return dtype_; }
  bool has(const char* field) const;
  /// Throws Failure when the field is not there.
  const Json& at(const char* field) const;
  Tensor tensor(const char* field) const { return to_tensor(at(field)); }
  std::vector<Tensor> tensors(const char* field) const { return to_tensors(at(field)); }

  /// {"shape": [...], "data": [...]} in the case's dtype; integers stay integers.
  Tensor to_tensor(const Json& array) const;
  std::vector<Tensor> to_tensors(const Json& list) const;

  /// Throws Failure unless |actual - expected| <= tolerance * max(1, |expected|) for every element, and the shapes agree.
  void expect_close(const std::string& what, const Tensor& actual, const Json& expected) const;
  void expect_close(const std::string& what, double actual, double expected) const;
  void expect_close(const std::string& what, const std::vector<Tensor>& actual, const Json& expected) const;

  bool is_at_the_edge() const { return has("edge"); }
  /// Throws EmptyAtTheEdge for a tensor without elements, when the case is at the edge.
  void accept_empty(const Tensor& actual) const {
    if (is_at_the_edge() && actual && actual.size() == 0) throw EmptyAtTheEdge{};
  }

  /// Throws Failure for a field that was not read.
  void expect_all_read() const;

 private:
  const Json& json_;
  DType dtype_;
  double tolerance_;
  mutable std::set<std::string> read_;
};

/// Throws Failure with the parts put together unless `condition` holds.
template <class... Part>
void expect(bool condition, const Part&... part) {
  if (!condition) throw Failure{concat(part...)};
}

/// A shape, in which null is a length that is not known.
Shape to_shape(const Json& json);

/// The text of the ValueError that f throws; nothing when it throws none.
template <class F>
std::optional<std::string> value_error_of(F&& f) {
  try {
    f();
  } catch (const ValueError& error) {
    return error.what();
  }
  return std::nullopt;
}

}  // namespace xtape::conformance
