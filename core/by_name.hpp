// by_name: what is given for several things by their names, in the order of the things.
#pragma once
#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <xtape/core/errors.hpp>

namespace xtape {

/// "[a, b]"
inline std::string in_brackets(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return "[" + out + "]";
}

/// The entry of each name, and `missing` for a name that has none. Throws ValueError for an entry of another name:
/// "`owner`: `what`: "c" is the name of no `thing`; there are [a, b]".
template <class T>
std::vector<T> in_order_of(const std::vector<std::string>& names, const std::map<std::string, T>& by_name,
    const T& missing, std::string_view owner, std::string_view what, std::string_view thing) {
  for (const auto& [key, value] : by_name)
    require(std::find(names.begin(), names.end(), key) != names.end(), owner, what, ": \"", key,
        "\" is the name of no ", thing, "; there are ", in_brackets(names));
  std::vector<T> out;
  for (const std::string& name : names) {
    const auto found = by_name.find(name);
    out.push_back(found == by_name.end() ? missing : found->second);
  }
  return out;
}

}  // namespace xtape
