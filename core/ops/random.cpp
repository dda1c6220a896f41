#include <algorithm>
#include <cmath>
#include <limits>

#include <xtape/core/errors.hpp>
#include <xtape/core/kernels/random.hpp>
#include <xtape/core/ops/random.hpp>

namespace xtape {
namespace {

RandomKey key_of(const RandomOptions& options) { return options.key ? *options.key : next_random_key(); }

void require_stddev(double mean, double stddev, std::string_view owner) {
  require(std::isfinite(mean), owner, "mean must be finite (received mean=", mean, ")");
  require(stddev >= 0 && std::isfinite(stddev), owner,
      "stddev must be finite and not negative (received stddev=", stddev, ")");
}

}  // namespace

Tensor random_uniform(const Shape& shape, double low, double high, const RandomOptions& options) {
  require(low <= high && std::isfinite(low) && std::isfinite(high), "random_uniform",
      "low <= high is expected, both finite (received low=", low, ", high=", high, ")");
  const Tensor y = Tensor::empty(shape, options.dtype);
  dispatch_floating(options.dtype, "random_uniform", [&]<class T>() {
    kernels::random_uniform<T>(key_of(options), options.first, y.mutable_data<T>(), y.size(),
        static_cast<T>(low), static_cast<T>(high));
  });
  return y;
}

Tensor random_normal(const Shape& shape, double mean, double stddev, const RandomOptions& options) {
  require_stddev(mean, stddev, "random_normal");
  const Tensor y = Tensor::empty(shape, options.dtype);
  dispatch_floating(options.dtype, "random_normal", [&]<class T>() {
    kernels::random_normal<T>(key_of(options), options.first, y.mutable_data<T>(), y.size(),
        static_cast<T>(mean), static_cast<T>(stddev));
  });
  return y;
}

Tensor truncated_normal(const Shape& shape, double mean, double stddev, const RandomOptions& options) {
  require_stddev(mean, stddev, "truncated_normal");
  const Tensor y = Tensor::empty(shape, options.dtype);
  dispatch_floating(options.dtype, "truncated_normal", [&]<class T>() {
    kernels::random_truncated_normal<T>(key_of(options), options.first, y.mutable_data<T>(), y.size(),
        static_cast<T>(mean), static_cast<T>(stddev));
  });
  return y;
}

Tensor random_integers(
    const Shape& shape, std::int64_t low, std::int64_t high, const RandomOptions& options) {
  require(low < high, "random_integers", "low < high is expected (received low=", low, ", high=", high, ")");
  const auto draw = [&]<class T>() {
    require(low >= std::numeric_limits<T>::min() && high <= std::numeric_limits<T>::max(), "random_integers",
        "low and high must fit into ", options.dtype, " (received low=", low, ", high=", high, ")");
    const Tensor y = Tensor::empty(shape, options.dtype);
    kernels::random_integers<T>(key_of(options), options.first, y.mutable_data<T>(), y.size(),
        static_cast<T>(low), static_cast<T>(high));
    return y;
  };
  if (options.dtype == DType::int32) return draw.operator()<std::int32_t>();
  if (options.dtype == DType::int64) return draw.operator()<std::int64_t>();
  throw TypeError(concat("random_integers: dtype must be int32 or int64 (received ", options.dtype, ")"));
}

Tensor random_bernoulli(const Shape& shape, double probability, const RandomOptions& options) {
  require(probability >= 0 && probability <= 1, "random_bernoulli",
      "probability must be in [0, 1] (received probability=", probability, ")");
  if (options.dtype != DType::boolean)
    throw TypeError(concat("random_bernoulli: dtype must be bool (received ", options.dtype, ")"));
  const Tensor y = Tensor::empty(shape, DType::boolean);
  kernels::random_bernoulli(key_of(options), options.first, y.mutable_data<bool>(), y.size(), probability);
  return y;
}

Tensor shuffle(const Tensor& x, const RandomOptions& options) {
  require(x.rank() > 0, "shuffle", "x must have at least one axis (received a scalar)");
  const Tensor y = Tensor::empty(x.shape(), x.dtype());
  const auto order = permutation(key_of(options), x.dim(0));
  const Index row = x.dim(0) == 0 ? 0 : x.size() / x.dim(0);
  dispatch(x.dtype(), [&]<class T>() {
    T* to = y.mutable_data<T>();
    for (const Index from : order) {
      std::copy_n(x.data<T>() + from * row, row, to);
      to += row;
    }
  });
  return y;
}

}  // namespace xtape
