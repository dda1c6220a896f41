// Json: what configurations are written in. Public headers need only this name; whoever reads or writes values includes
// <nlohmann/json.hpp> as well. Keys keep the order in which they were put in, which is Keras's.
#pragma once
#include <nlohmann/json_fwd.hpp>

namespace xtape {

using Json = nlohmann::ordered_json;

}  // namespace xtape
