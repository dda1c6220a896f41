#include <filesystem>
#include <fstream>
#include <sstream>

#include <xtape/core/atomic_file.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/npy.hpp>
#include <xtape/core/npz.hpp>
#include <xtape/core/zip.hpp>

namespace xtape {

namespace {
constexpr std::string_view extension = ".npy";
}

NamedTensors load_npz(const std::string& path) {
  const std::string source = "load_npz: " + path;
  std::error_code error;
  require(std::filesystem::is_regular_file(path, error), source,
      "there is no such file (or it is a folder or a device)");
  std::ifstream in(path, std::ios::binary);
  require(in.is_open(), source, "could not be opened");

  NamedTensors arrays;
  const ZipReader archive(in, source);
  for (const ZipEntry& entry : archive.entries()) {
    const std::string entry_source = concat(source, ": entry \"", entry.name, '"');
    require(entry.name.ends_with(extension), entry_source, "its name must end with ", extension);
    const std::string name = entry.name.substr(0, entry.name.size() - extension.size());
    for (const auto& [other, tensor] : arrays) require(other != name, entry_source, "it is there twice");
    std::string contents = archive.read(entry);
    const auto length = static_cast<Index>(contents.size());
    std::istringstream npy(std::move(contents));
    arrays.emplace_back(name, read_npy(npy, length, entry_source));
  }
  return arrays;
}

void save_npz(const std::string& path, const NamedTensors& arrays) {
  write_file(path, "save_npz", [&](std::ostream& out) {
    ZipWriter archive(out, "save_npz: " + path);
    for (const auto& [name, tensor] : arrays) {
      require(!name.empty(), "save_npz: " + path, "the name of an array must not be empty");
      std::ostringstream npy;
      write_npy(npy, tensor);
      archive.add(name + std::string(extension), npy.view());
    }
    archive.finish();
  });
}

}  // namespace xtape
