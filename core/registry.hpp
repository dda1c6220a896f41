// Registry: from Keras's class names to makers. Each family of objects has one, made from the list of its classes; users
// add their own for a while with a Registry::Scope.
#pragma once
#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <xtape/core/config.hpp>
#include <xtape/core/config_json.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/json.hpp>

namespace xtape {

/// Product: what makers return, constructible from each class of the family.
template <class Product>
class Registry {
 public:
  using Maker = std::function<Product(const Json& config)>;
  struct Entry {
    std::string class_name;
    Maker make;
    std::vector<Argument> (*arguments)();  ///< from the class's fields(), for documentation
  };

  /// A registry of these classes; each has class_name, Config and a constructor from Config.
  template <class... T>
  static Registry of() {
    Registry registry;
    (registry.template add<T>(), ...);
    return registry;
  }

  template <class T>
  void add() {
    static_assert(lists_every_member<typename T::Config>, "fields() must list every member of Config");
    const std::string class_name(T::class_name);
    entries_.push_back({class_name,
        [class_name](const Json& config) -> Product {
          return T(config_from_json<typename T::Config>(config, class_name));
        },
        &arguments_of<typename T::Config>});
    alias(to_snake_case(class_name), class_name);
  }
  /// Another name for a class: "mse" for MeanSquaredError. Under it, `defaults` stand in for arguments that are not given.
  void alias(const std::string& name, const std::string& class_name, Json defaults = Json::object()) {
    aliases_[name] = {class_name, std::move(defaults)};
  }

  struct Alias {
    std::string class_name;
    Json defaults;
  };
  const std::vector<Entry>& entries() const { return entries_; }
  const std::map<std::string, Alias>& aliases() const { return aliases_; }

  /// The entry of that class name or alias, or nullptr.
  const Entry* find(const std::string& name) const {
    const auto alias = aliases_.find(name);
    const std::string& class_name = alias == aliases_.end() ? name : alias->second.class_name;
    const auto entry = std::find_if(
        entries_.begin(), entries_.end(), [&](const Entry& e) { return e.class_name == class_name; });
    return entry == entries_.end() ? nullptr : &*entry;
  }

  /// An object of the class that is called so; those of the open Scopes come first, the innermost before the others.
  /// Throws ValueError "could not interpret ..." for a name that is not known.
  Product make(const std::string& name, const Json& config, std::string_view kind) const {
    for (const Scope* scope = Scope::innermost_; scope; scope = scope->outer_)
      if (scope->classes_.find(name)) return scope->classes_.make_own(name, config);
    if (!find(name))
      throw ValueError(concat(kind, ": could not interpret the name \"", name, "\"; known are ", names()));
    return make_own(name, config);
  }

  /// Lets `make` know the classes of another registry too, on this thread and while it lives.
  class Scope {
   public:
    explicit Scope(const Registry& classes) : classes_(classes), outer_(innermost_) { innermost_ = this; }
    ~Scope() { innermost_ = outer_; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    friend Registry;
    const Registry& classes_;
    const Scope* outer_;
    static inline thread_local const Scope* innermost_ = nullptr;
  };

  std::string names() const {
    std::string out;
    for (const Entry& entry : entries_) out += (out.empty() ? "" : ", ") + entry.class_name;
    return out;
  }

 private:
  Product make_own(const std::string& name, const Json& config) const {
    const Entry* entry = find(name);
    const auto alias = aliases_.find(name);
    if (alias == aliases_.end() || alias->second.defaults.empty() || !config.is_object())
      return entry->make(config);
    Json completed = alias->second.defaults;
    completed.update(config);
    return entry->make(completed);
  }

  std::vector<Entry> entries_;
  std::map<std::string, Alias> aliases_;
};

}  // namespace xtape
