// NameScope: where in the program an op is called. Layers open one, and so may you:
//
//     const NameScope scope("encoder");
//
// Tapes that keep details store its path with each record, and errors name it. Opening one costs two pointer writes.
#pragma once
#include <string>
#include <string_view>

namespace xtape {

class NameScope {
 public:
  /// `name` must outlive the scope.
  explicit NameScope(std::string_view name) : name_(name), outer_(innermost_) { innermost_ = this; }
  ~NameScope() { innermost_ = outer_; }
  NameScope(const NameScope&) = delete;
  NameScope& operator=(const NameScope&) = delete;

  /// The open scopes of this thread, outermost first: "autoencoder/encoder". Empty outside of all.
  static std::string path();

 private:
  std::string_view name_;
  const NameScope* outer_;
  static constinit thread_local const NameScope* innermost_;
};

}  // namespace xtape
