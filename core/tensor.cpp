#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <ostream>

#include <xtape/core/buffer_pool.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/tensor.hpp>

namespace xtape {
namespace {

using detail::Buffer;
using detail::TensorBody;

// The count of references stands on the cache line before the elements.
constexpr std::size_t header = buffer_pool::alignment;
static_assert(sizeof(Buffer) <= header);

Buffer* new_buffer(std::size_t bytes) { return new (buffer_pool::allocate(header + bytes)) Buffer{1, bytes}; }

std::byte* elements(Buffer* buffer) { return reinterpret_cast<std::byte*>(buffer) + header; }

void drop(Buffer* buffer) noexcept {
  if (buffer->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
    buffer_pool::deallocate(buffer, header + buffer->bytes);
}

TensorBody* new_body(const Shape& shape, DType dtype) {
  return new (buffer_pool::allocate(sizeof(TensorBody)))
      TensorBody{1, dtype, false, Tensor::new_id(), nullptr, nullptr, shape};
}

// Throws unless tensors may have that shape. Lengths of 0 count as 1, so that the sizes of all parts are numbers too.
void check_shape(const Shape& shape) {
  constexpr Index most = Index{1} << 37;  // 1 TiB of float64
  Index extent = 1;
  for (const Index length : shape) {
    require(length >= 0, "Tensor", "every axis must have a known length of at least 0 (received shape ",
        shape, ")");
    require(!__builtin_mul_overflow(extent, std::max<Index>(length, 1), &extent) && extent <= most, "Tensor",
        "shape is too large (received ", shape, ")");
  }
}

// A number as an element of type T.
template <class T>
T element(double value) {
  if constexpr (std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::int64_t>) {
    const double limit = -static_cast<double>(std::numeric_limits<T>::min());
    require(-limit <= value && value < limit, "Tensor", "a number must fit ", dtype_of<T>(), " (received ",
        value, ")");
  }
  return static_cast<T>(value);
}

// Fills a tensor that was just made from a range of numbers.
template <class Numbers>
void fill(const Tensor& t, const Numbers& numbers) {
  dispatch(t.dtype(), [&]<class T>() {
    T* out = t.mutable_data<T>();
    for (const auto& number : numbers) *out++ = element<T>(static_cast<double>(number));
  });
}

}  // namespace

std::uint64_t
Tensor::new_id() {  // each thread takes ids by the million, so that threads do not meet at one counter
  constexpr std::uint64_t stock = std::uint64_t{1} << 20;
  static std::atomic<std::uint64_t> counter = 1;
  constinit thread_local std::uint64_t next = 0, last = 0;
  if (next == last) {
    next = counter.fetch_add(stock, std::memory_order_relaxed);
    last = next + stock;
  }
  return next++;
}

void Tensor::destroy(TensorBody* body) noexcept {
  if (body->buffer) drop(body->buffer);
  buffer_pool::deallocate(body, sizeof(TensorBody));
}

Tensor Tensor::empty(const Shape& shape, DType dtype) {
  check_shape(shape);
  return empty(shape, dtype, shape.size() * size_of(dtype));
}

Tensor Tensor::empty(const Shape& shape, DType dtype, Index bytes) {
  Tensor t(new_body(shape, dtype));  // first, so that it owns the buffer from the beginning
  t.body_->buffer = new_buffer(static_cast<std::size_t>(bytes));
  t.body_->data = elements(t.body_->buffer);
  return t;
}

Tensor Tensor::sharing(const Tensor& other, const Shape& shape, Index offset_bytes) {
  const TensorBody& from = other.body();
  Tensor t(new_body(shape, from.dtype));
  from.buffer->references.fetch_add(1, std::memory_order_relaxed);
  t.body_->buffer = from.buffer;
  t.body_->data = from.data + offset_bytes;
  return t;
}

// A bare number's buffer has, 8 bytes after the element, the number in full: a double or an int64.
template <class Number>
Tensor Tensor::bare_number(DType dtype, Number value) {
  Tensor t = empty({}, dtype, 16);
  t.body_->weak = true;
  dispatch(dtype, [&]<class T>() { *t.mutable_data<T>() = static_cast<T>(value); });
  std::memcpy(t.body_->data + 8, &value, sizeof value);
  return t;
}

Tensor Tensor::scalar(double value) { return bare_number(default_dtype(), value); }
Tensor Tensor::scalar(bool value) { return bare_number(DType::boolean, std::int64_t{value}); }
Tensor Tensor::scalar(std::int64_t value) {
  const bool is_short = static_cast<std::int32_t>(value) == value;
  return bare_number(is_short ? DType::int32 : DType::int64, value);
}

Tensor Tensor::number_as(DType dtype) const {
  require(is_weak(), "Tensor::number_as", "needs a bare number (received ", describe(*this), ")");
  const auto number = [this]<class Number>(Number value) {
    std::memcpy(&value, body_->data + 8, sizeof value);
    return value;
  };
  const Tensor t = empty({}, dtype);
  dispatch(dtype, [&]<class T>() {
    if (std::is_same_v<T, std::int64_t> &&
        !is_floating(this->dtype())) {  // a double has not that many digits
      *t.mutable_data<T>() = static_cast<T>(number(std::int64_t{}));
    } else {
      const double value =
          is_floating(this->dtype()) ? number(0.0) : static_cast<double>(number(std::int64_t{}));
      *t.mutable_data<T>() = element<T>(value);
    }
  });
  return t;
}

Tensor Tensor::copy_of(const void* values, Index count, const Shape& shape, DType dtype) {
  Tensor t = empty(shape, dtype);
  require(
      t.size() == count, "Tensor", "shape ", shape, " needs ", t.size(), " values (received ", count, ")");
  if (count > 0) std::memcpy(t.body_->data, values, static_cast<std::size_t>(count * size_of(dtype)));
  return t;
}

Tensor::Tensor(std::initializer_list<detail::Number> values, DType dtype)
    : Tensor(empty({static_cast<Index>(values.size())}, dtype)) {
  fill(*this, values);
}

Tensor::Tensor(std::initializer_list<std::initializer_list<double>> rows, DType dtype) {
  const auto columns = rows.size() ? rows.begin()->size() : 0;
  std::vector<double> all;
  for (const auto& row : rows) {
    require(row.size() == columns, "Tensor", "rows must have equal lengths (received ", columns, " and ",
        row.size(), ")");
    all.insert(all.end(), row);
  }
  *this = empty({static_cast<Index>(rows.size()), static_cast<Index>(columns)}, dtype);
  fill(*this, all);
}

Tensor::Tensor(
    std::initializer_list<std::initializer_list<std::initializer_list<double>>> blocks, DType dtype) {
  std::vector<double> all;
  Shape inner{0, 0};
  for (const auto& block : blocks) {
    const Tensor part(block, DType::float64);
    require(&block == blocks.begin() || part.shape() == inner, "Tensor",
        "blocks must have equal shapes (received ", inner, " and ", part.shape(), ")");
    inner = part.shape();
    all.insert(all.end(), part.values<double>().begin(), part.values<double>().end());
  }
  *this = empty(inner.with(0, static_cast<Index>(blocks.size())), dtype);
  fill(*this, all);
}

double Tensor::item() const {
  require(size() == 1, "Tensor::item", "needs a tensor of one element (received shape ", shape(), ")");
  return dispatch(dtype(), [&]<class T>() { return static_cast<double>(*data<T>()); });
}

double Tensor::at(std::initializer_list<Index> indices) const {
  require(static_cast<Index>(indices.size()) == rank(), "Tensor::at", "needs one index an axis (received ",
      indices.size(), " for shape ", shape(), ")");
  Index offset = 0, axis = 0;
  for (const Index i : indices) {
    const Index length = shape()[axis++];
    require(-length <= i && i < length, "Tensor::at", "index ", i, " is outside an axis of length ", length);
    offset = offset * length + (i < 0 ? i + length : i);
  }
  return dispatch(dtype(), [&]<class T>() { return static_cast<double>(data<T>()[offset]); });
}

Tensor Tensor::view_as(const Shape& shape) const {
  require(shape.is_known() && shape.size() == size(), "Tensor::view_as",
      "the number of elements must stay (received ", this->shape(), " as ", shape, ")");
  if (size() == 0) check_shape(shape);
  return sharing(*this, shape, 0);
}

Tensor Tensor::rows(Index first, Index last) const {
  require(rank() >= 1 && 0 <= first && first <= last && last <= shape()[0], "Tensor::rows", "[", first, ", ",
      last, ") is outside shape ", shape());
  Shape part = shape();
  part[0] = last - first;
  const Index row_bytes = shape().slice(1, rank()).size() * size_of(dtype());
  return sharing(*this, part, first * row_bytes);
}

Tensor Tensor::with_id(std::uint64_t id) const {
  Tensor t = detached();
  t.body_->id = id;
  return t;
}

bool Tensor::is_sole_owner() const {
  return body().references.load(std::memory_order_acquire) == 1 &&
         body().buffer->references.load(std::memory_order_acquire) == 1;
}

void Tensor::is_none() {
  throw ValueError("Tensor: this is no tensor (None); an unconnected gradient is one, for example");
}

void Tensor::wrong_dtype(DType asked) const {
  throw TypeError(concat("Tensor::data: dtype is ", dtype(), " (received a request for ", asked, ")"));
}

Tensor full(const Shape& shape, double value, DType dtype) {
  const Tensor t = Tensor::empty(shape, dtype);
  dispatch(dtype, [&]<class T>() { std::fill_n(t.mutable_data<T>(), t.size(), element<T>(value)); });
  return t;
}
Tensor zeros(const Shape& shape, DType dtype) { return full(shape, 0, dtype); }
Tensor ones(const Shape& shape, DType dtype) { return full(shape, 1, dtype); }
Tensor full_like(const Tensor& x, double value) { return full(x.shape(), value, x.dtype()); }
Tensor zeros_like(const Tensor& x) { return full_like(x, 0); }
Tensor ones_like(const Tensor& x) { return full_like(x, 1); }

namespace {

// The number i -> f(i) for every i of a list of n.
template <class F>
Tensor tabulate(Index n, DType dtype, F f) {
  const Tensor t = Tensor::empty({n}, dtype);
  dispatch(dtype, [&]<class T>() {
    for (Index i = 0; i < n; ++i) t.mutable_data<T>()[i] = element<T>(f(i));
  });
  return t;
}

}  // namespace

Tensor arange(double start, double stop, double step, DType dtype) {
  require(step != 0, "arange", "step must not be 0");
  const double count = std::ceil((stop - start) / step);
  require(count < 1e15, "arange", "start, stop and step must give a finite number of elements (received ",
      start, ", ", stop, ", ", step, ")");  // no number is not less either
  const auto n = static_cast<Index>(std::max(0.0, count));
  return tabulate(n, dtype, [&](Index i) { return start + static_cast<double>(i) * step; });
}

Tensor linspace(double start, double stop, Index num, bool endpoint, DType dtype) {
  require(num >= 0, "linspace", "num must be at least 0 (received num=", num, ")");
  const double parts = static_cast<double>(endpoint ? num - 1 : num);
  return tabulate(num, dtype, [&](Index i) {
    if (endpoint && i == num - 1 && num > 1) return stop;
    return parts > 0 ? start + (stop - start) * (static_cast<double>(i) / parts) : start;
  });
}

Tensor eye(Index rows, Index columns, Index k, DType dtype) {
  if (columns == None) columns = rows;
  const Tensor t = zeros({rows, columns}, dtype);
  dispatch(dtype, [&]<class T>() {
    for (Index i = 0; i < rows; ++i)  // ones stand where the column is i + k
      if (-i <= k && k < columns - i) t.mutable_data<T>()[i * columns + i + k] = T(1);
  });
  return t;
}

namespace {

void print(std::ostream& out, const Tensor& t, Index axis, Index offset, Index stride, int indent) {
  if (axis == t.rank()) {
    dispatch(t.dtype(), [&]<class T>() {
      if constexpr (std::is_same_v<T, bool>) {
        out << (t.data<T>()[offset] ? "true" : "false");
      } else {
        out << t.data<T>()[offset];
      }
    });
    return;
  }
  constexpr Index edge = 3, longest = 12;  // longer axes show their first and last entries only
  const Index length = t.shape()[axis];
  const Index inner = length > 0 ? stride / length : 0;
  const std::string gap =
      axis + 1 == t.rank() ? ", " : ",\n" + std::string(static_cast<std::size_t>(indent) + 1, ' ');
  out << '[';
  for (Index i = 0; i < length; ++i) {
    if (i > 0) out << gap;
    if (length > longest && i == edge) {
      out << "...";
      i = length - edge - 1;
      continue;
    }
    print(out, t, axis + 1, offset + i * inner, inner, indent + 1);
  }
  out << ']';
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Tensor& t) {
  if (!t) return out << "None";
  print(out, t, 0, 0, t.size(), 0);
  return out;
}

std::ostream& operator<<(std::ostream& out, const Description& of) {
  return of.tensor ? out << of.tensor.dtype() << ' ' << of.tensor.shape() : out << "None";
}

}  // namespace xtape
