#pragma once
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <set>
#include <string_view>

namespace xtape::test {

/// Where `name` lies in the folder of shared test data (`XTAPE_SHARED_DIR`, which ctest sets, or else `../shared`).
/// That folder is not part of the project: where it or `name` is absent this says so once and returns nothing, and the
/// test that asked returns as well.
inline std::optional<std::filesystem::path> shared_path(std::string_view name) {
  const char* folder = std::getenv("XTAPE_SHARED_DIR");
  std::filesystem::path path = std::filesystem::path(folder != nullptr ? folder : "../shared") / name;
  if (std::filesystem::exists(path)) return path;
  static std::set<std::filesystem::path> said;
  if (said.insert(path).second) std::cout << "skipped: there is no " << path << '\n';
  return std::nullopt;
}

}  // namespace xtape::test
