// The one list of initializers, and their other names in Keras and TensorFlow.
#include <xtape/core/object_impl.hpp>
#include <xtape/layers/initializers/initializers.hpp>

namespace xtape {

template <>
const Registry<Initializer>& registry<Initializer>() {
  static const Registry<Initializer> all = [] {
    using namespace initializers;
    auto r = Registry<Initializer>::of<Constant, Identity, Ones, Zeros, GlorotNormal, GlorotUniform, HeNormal,
        HeUniform, LecunNormal, LecunUniform, Orthogonal, RandomNormal, RandomUniform, TruncatedNormal,
        VarianceScaling>();
    r.alias("IdentityInitializer", "Identity");
    r.alias("OrthogonalInitializer", "Orthogonal");
    r.alias("normal", "RandomNormal");
    r.alias("uniform", "RandomUniform");
    r.alias("one", "Ones");
    r.alias("zero", "Zeros");
    return r;
  }();
  return all;
}

template class Object<InitializerFamily>;

}  // namespace xtape
