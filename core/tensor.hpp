// Tensor: an n-dimensional array as a value.
//
// A Tensor is a handle, one pointer wide, to an immutable {id, shape, dtype, buffer}. Copying one copies the pointer;
// an op makes a new one. Elements lie contiguous, last axis fastest (row-major). Since nobody can change a tensor that
// others see, a tape may keep it and a reshape may share its buffer. The id names the value on every tape that has seen
// it.
#pragma once
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <xtape/core/dtype.hpp>
#include <xtape/core/shape.hpp>

namespace xtape {

namespace detail {

/// A reference-counted block of the buffer pool that holds elements.
struct Buffer {
  std::atomic<std::uint32_t> references;
  std::size_t bytes;
};

/// What a Tensor points to.
struct TensorBody {
  std::atomic<std::uint32_t> references;
  DType dtype;
  bool weak;  // a bare C++ number, which takes on the dtype of what it meets
  std::uint64_t id;
  Buffer* buffer;
  std::byte* data;
  Shape shape;
};

/// One number of a flat list. Being no plain double, it lets {{1}, {2}} mean two rows.
struct Number {
  template <class N>
  requires std::is_arithmetic_v<N>
  constexpr Number(N v) : value(static_cast<double>(v)) {}
  constexpr explicit operator double() const { return value; }
  double value;
};

}  // namespace detail

/// How the arrays of another library become Tensors: a specialisation for them has `static Tensor convert(const Array&)`.
/// core/xtensor.hpp has one for xtensor.
template <class Array>
struct TensorFrom;

class ViewItem;  // <xtape/core/ops/indexing.hpp>

class Tensor {
 public:
  /// No tensor, Python's None: what an unconnected gradient is. `if (t)` tells.
  Tensor() = default;

  /// A number. It is a scalar of the default dtype (int32 or, where needed, int64 for integers), but takes on the dtype of
  /// the tensor it is combined with: x * 0.1 is float64 when x is, and 0.1 then is float64's.
  template <class Number>
  requires std::is_arithmetic_v<Number> Tensor(Number value)
      : Tensor(scalar(static_cast<BareNumber<Number>>(value))) {}

  /// Nested lists of numbers: {1, 2, 3}, {{1, 2}, {3, 4}}, up to three axes. Throws ValueError when rows differ in length,
  /// and for a number that does not fit an integer dtype.
  Tensor(std::initializer_list<detail::Number> values, DType dtype = default_dtype());
  Tensor(std::initializer_list<std::initializer_list<double>> rows, DType dtype = default_dtype());
  Tensor(std::initializer_list<std::initializer_list<std::initializer_list<double>>> blocks,
      DType dtype = default_dtype());

  /// A copy of another library's array, once the header that knows it is included.
  template <class Array>
  requires requires(const Array& array) { TensorFrom<Array>::convert(array); }
  Tensor(const Array& array) : Tensor(TensorFrom<Array>::convert(array)) {}

  /// A copy of `values` with that shape. Throws ValueError when the sizes differ.
  template <Element T>
  static Tensor from(std::span<const T> values, const Shape& shape) {
    return copy_of(values.data(), static_cast<Index>(values.size()), shape, dtype_of<T>());
  }
  template <Element T>
  static Tensor from(const std::vector<T>& values, const Shape& shape) {
    if constexpr (std::is_same_v<T, bool>) {
      const std::vector<std::uint8_t> bytes(values.begin(), values.end());
      return copy_of(bytes.data(), static_cast<Index>(bytes.size()), shape, DType::boolean);
    } else {
      return from(std::span<const T>(values), shape);
    }
  }
  template <Element T>
  static Tensor from(const std::vector<T>& values) {
    return from(values, Shape{static_cast<Index>(values.size())});
  }

  /// A tensor whose elements are not set yet; the op that asks for it fills it through mutable_data.
  static Tensor empty(const Shape& shape, DType dtype = default_dtype());

  Tensor(const Tensor& other) noexcept : body_(other.body_) {
    if (body_) body_->references.fetch_add(1, std::memory_order_relaxed);
  }
  Tensor(Tensor&& other) noexcept : body_(std::exchange(other.body_, nullptr)) {}
  Tensor& operator=(Tensor other) noexcept {
    std::swap(body_, other.body_);
    return *this;
  }
  ~Tensor() {
    if (body_ && body_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(body_);
  }

  explicit operator bool() const { return body_ != nullptr; }

  const Shape& shape() const { return body().shape; }
  DType dtype() const { return body().dtype; }
  Index rank() const { return shape().rank(); }
  Index size() const { return shape().size(); }
  /// The length of an axis; negative ones count from the end.
  Index dim(Index axis) const { return shape().dim(axis); }
  std::uint64_t id() const { return body_ ? body_->id : 0; }
  bool is_weak() const { return body().weak; }

  /// The elements. Throws TypeError when T is not the tensor's dtype.
  template <Element T>
  const T* data() const {
    if (body().dtype != dtype_of<T>()) wrong_dtype(dtype_of<T>());
    return reinterpret_cast<const T*>(body_->data);
  }
  /// The elements, to be written: only for whoever has just made the tensor and has not shown it to
  /// anybody, or is its sole owner.
  template <Element T>
  T* mutable_data() const {
    return const_cast<T*>(data<T>());
  }
  template <Element T>
  std::span<const T> values() const {
    return {data<T>(), static_cast<std::size_t>(size())};
  }
  /// The elements as numbers of type T, converted from whatever the dtype is.
  template <Element T = double>
  std::vector<T> to_vector() const {
    std::vector<T> out;
    out.reserve(static_cast<std::size_t>(size()));
    dispatch(dtype(), [&]<class U>() {
      for (const U v : values<U>()) out.push_back(static_cast<T>(v));
    });
    return out;
  }
  /// The only element. Throws ValueError when there are more, or none.
  double item() const;
  /// One element by its indices, converted to double. Throws ValueError outside the shape.
  double at(std::initializer_list<Index> indices) const;

  /// Parts, as xtensor's views take them: x[{all(), range(0, 8, 2), 3}], x[0]. An op, recorded on tapes: see view in
  /// <xtape/core/ops/indexing.hpp>, which has to be included.
  Tensor operator[](std::initializer_list<ViewItem> items) const;
  Tensor operator[](const ViewItem& item) const;

  /// The same elements under another shape of the same size; shares the buffer and is not recorded on tapes.
  Tensor view_as(const Shape& shape) const;
  /// Entries [first, last) along the first axis; shares the buffer and is not recorded on tapes.
  Tensor rows(Index first, Index last) const;
  /// The same elements under another id: a tape that follows this one does not follow the other.
  Tensor detached() const { return view_as(shape()); }
  /// The same elements under a given id: how a Variable keeps its id when its value changes.
  Tensor with_id(std::uint64_t id) const;

  /// A bare number (`is_weak`) as a scalar of another dtype, made from the number as it was written.
  Tensor number_as(DType dtype) const;

  /// True when no other tensor shares the elements, so that an owner may overwrite them.
  bool is_sole_owner() const;

  static std::uint64_t new_id();

 private:
  explicit Tensor(detail::TensorBody* body) : body_(body) {}

  const detail::TensorBody& body() const {
    if (!body_) [[unlikely]]
      is_none();
    return *body_;
  }
  template <class Number>
  using BareNumber = std::conditional_t<std::is_floating_point_v<Number>, double,
      std::conditional_t<std::is_same_v<Number, bool>, bool, std::int64_t>>;
  template <class Number>
  static Tensor bare_number(DType dtype, Number value);
  static Tensor scalar(double value);
  static Tensor scalar(std::int64_t value);
  static Tensor scalar(bool value);
  static Tensor copy_of(const void* values, Index count, const Shape& shape, DType dtype);
  static Tensor empty(const Shape& shape, DType dtype, Index bytes);
  static Tensor sharing(const Tensor& other, const Shape& shape, Index offset_bytes);
  static void destroy(detail::TensorBody* body) noexcept;
  [[noreturn]] static void is_none();
  [[noreturn]] void wrong_dtype(DType asked) const;

  detail::TensorBody* body_ = nullptr;
};

/// Constants. dtype: the default one unless given.
Tensor zeros(const Shape& shape, DType dtype = default_dtype());
Tensor ones(const Shape& shape, DType dtype = default_dtype());
Tensor full(const Shape& shape, double value, DType dtype = default_dtype());
Tensor zeros_like(const Tensor& x);
Tensor ones_like(const Tensor& x);
Tensor full_like(const Tensor& x, double value);
/// start, start + step, ... up to, not including, stop. Throws ValueError for step 0.
Tensor arange(double start, double stop, double step = 1, DType dtype = default_dtype());
/// `num` numbers from start to stop, both included (stop excluded when endpoint is false).
Tensor linspace(double start, double stop, Index num, bool endpoint = true, DType dtype = default_dtype());
/// The (rows, columns) matrix with ones on its k-th diagonal; square when columns is absent.
Tensor eye(Index rows, Index columns = None, Index k = 0, DType dtype = default_dtype());

/// Prints as NumPy prints an array; long axes are abridged.
std::ostream& operator<<(std::ostream& out, const Tensor& t);
/// What `describe` gives. It refers to the tensor, so it is for the expression that prints it.
struct Description {
  const Tensor& tensor;
};
/// "float32 (2, 3)": what error messages say of a tensor. Costs nothing unless it is printed.
inline Description describe(const Tensor& t) { return {t}; }
std::ostream& operator<<(std::ostream& out, const Description& of);

}  // namespace xtape
