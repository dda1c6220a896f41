#include <algorithm>

#include <xtape/core/errors.hpp>
#include <xtape/layers/tensor_list.hpp>

namespace xtape {

std::vector<Tensor> TensorsByName::in_order_of(
    const std::vector<std::string>& names, std::string_view owner, std::string_view what) const {
  std::vector<Tensor> out(names.size());
  for (const Entry& entry : entries_) {
    const auto found = std::find(names.begin(), names.end(), entry.name);
    std::string known;
    for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
    require(
        found != names.end(), owner, what, " has an entry \"", entry.name, "\"; the names are [", known, "]");
    Tensor& place = out[static_cast<std::size_t>(found - names.begin())];
    require(!place, owner, what, " has two entries \"", entry.name, "\"");
    place = entry.tensor;
  }
  return out;
}

}  // namespace xtape
