// NPZ: several named arrays in one file, a ZIP archive with an NPY file each.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include <xtape/core/tensor.hpp>

namespace xtape {

/// Arrays in the order of the file.
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// The arrays that NumPy's `savez` or `savez_compressed` wrote, under their names there ("x", or "arr_0" where none was
/// given). Compressed files need a build with zlib. Throws ValueError with the path, the entry and the reason.
NamedTensors load_npz(const std::string& path);

/// Writes the arrays for NumPy's `load`, uncompressed. The file is complete or, after an error, what it was before.
/// Throws ValueError for names that are empty or repeated, for more than 4 GiB, and when the file cannot be written.
void save_npz(const std::string& path, const NamedTensors& arrays);

}  // namespace xtape
