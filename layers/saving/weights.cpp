// Model::save_weights and load_weights: an .npz with one array a weight, named by its path ("dense/kernel").
#include <algorithm>
#include <set>

#include <xtape/core/errors.hpp>
#include <xtape/core/npz.hpp>
#include <xtape/layers/model.hpp>

namespace xtape {

void Model::save_weights(const std::filesystem::path& path) const {
  if (!is_built())
    throw StateError(concat(name(), ": save_weights needs the weights, and the model is not built yet"));
  NamedTensors arrays;
  std::set<std::string> seen;
  for (const Variable& v : weights()) {
    std::string name = v.path();
    for (int copy = 1; !seen.insert(name).second; ++copy) name = concat(v.path(), '_', copy);
    arrays.emplace_back(name, v.current());
  }
  save_npz(path.string(), arrays);
}

void Model::load_weights(const std::filesystem::path& path) const {
  if (!is_built())
    throw StateError(concat(name(), ": load_weights needs the weights, and the model is not built yet"));
  const NamedTensors arrays = load_npz(path.string());
  const std::vector<Variable> variables = weights();
  require(arrays.size() == variables.size(), name(), "load_weights: ", path.string(), " must hold ",
      variables.size(), " arrays (it holds ", arrays.size(), ")");
  // By name; and in order where the layers have other names than those of the model that was saved.
  Tensors values;
  for (const Variable& v : variables) {
    const auto found = std::find_if(
        arrays.begin(), arrays.end(), [&](const auto& array) { return array.first == v.path(); });
    if (found != arrays.end()) values.push_back(found->second);
  }
  if (values.size() != variables.size()) {
    values.clear();
    for (const auto& array : arrays) values.push_back(array.second);
  }
  set_weights(values);
}

}  // namespace xtape
