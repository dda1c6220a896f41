#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>

#include <xtape/core/atomic_file.hpp>
#include <xtape/core/errors.hpp>
#include <xtape/core/npy.hpp>

namespace xtape {
namespace {

constexpr std::string_view magic("\x93NUMPY", 6);
constexpr char native_order = std::endian::native == std::endian::little ? '<' : '>';

struct Header {
  std::string descr;  // byte order, kind, bytes: "<f4"
  bool fortran_order = false;
  Shape shape;
};

// Reads the dictionary of a header. `source` is what errors begin with.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, std::string_view source) : text_(text), source_(source) {}

  Header parse() {
    std::optional<std::string> descr;
    std::optional<bool> fortran_order;
    std::optional<Shape> shape;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && !descr) {
        descr = quoted();
      } else if (key == "fortran_order" && !fortran_order) {
        fortran_order = boolean();
      } else if (key == "shape" && !shape) {
        shape = tuple();
      } else {
        fail("has an unknown or a repeated key");
      }
      if (accept(',')) continue;
      expect('}');
      break;
    }
    skip_spaces();
    if (!text_.empty()) fail("goes on after the dictionary");
    if (!descr || !fortran_order || !shape) fail("must have the keys descr, fortran_order and shape");
    return {*descr, *fortran_order, *shape};
  }

 private:
  [[noreturn]] void fail(std::string_view reason) const {
    throw ValueError(concat(source_, ": the header ", reason));
  }
  void skip_spaces() {
    const std::size_t first = text_.find_first_not_of(" \t\r\n");
    text_.remove_prefix(first == text_.npos ? text_.size() : first);
  }
  bool accept(std::string_view word) {
    skip_spaces();
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  bool accept(char c) { return accept(std::string_view(&c, 1)); }
  void expect(char c) {
    if (!accept(c)) fail(concat("is no dictionary of NumPy's (expected ", c, ")"));
  }
  std::string quoted() {
    const char quote = accept('\'') ? '\'' : accept('"') ? '"' : '\0';
    const std::size_t end = quote ? text_.find(quote) : text_.npos;
    if (end == text_.npos)
      fail("is no dictionary of NumPy's (expected a string; structured arrays are not read)");
    std::string inside(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    return inside;
  }
  bool boolean() {
    if (accept("True")) return true;
    if (!accept("False")) fail("must have True or False for fortran_order");
    return false;
  }
  Shape tuple() {
    Shape shape;
    expect('(');
    bool comma = true;
    while (!accept(')')) {
      if (!comma) fail("must have a tuple for shape");
      if (shape.rank() == Shape::max_rank) fail(concat("has more than ", Shape::max_rank, " axes"));
      shape.push_back(length());
      comma = accept(',');
    }
    if (shape.rank() == 1 && !comma) fail("must have a tuple for shape");
    return shape;
  }
  Index length() {
    skip_spaces();
    Index value = -1;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error == std::errc::result_out_of_range) fail("has an axis that is too long");
    if (error != std::errc() || value < 0) fail("must have lengths of at least 0 in shape");
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    accept('L');  // as Python 2 wrote long integers
    return value;
  }

  std::string_view text_, source_;
};

// IEEE 754 binary16: sign, 5 bits of exponent, 10 bits of fraction.
struct Half {
  std::uint16_t bits;
  explicit operator float() const {
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    const float sign = bits >> 15 ? -1.0f : 1.0f;
    if (exponent == 31) {
      return fraction ? std::numeric_limits<float>::quiet_NaN()
                      : sign * std::numeric_limits<float>::infinity();
    }
    if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
    return sign * std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  }
};

/// Calls f.operator()<Stored, T>() with the type in the file and ours.
template <class F>
void dispatch_stored(
    std::string_view kind_and_bytes, std::string_view descr, std::string_view source, F&& f) {
  const auto is = [&](std::string_view name) { return kind_and_bytes == name; };
  if (is("f4")) return f.template operator()<float, float>();
  if (is("f8")) return f.template operator()<double, double>();
  if (is("i4")) return f.template operator()<std::int32_t, std::int32_t>();
  if (is("i8")) return f.template operator()<std::int64_t, std::int64_t>();
  if (is("b1")) return f.template operator()<std::uint8_t, bool>();
  if (is("f2")) return f.template operator()<Half, float>();
  if (is("i1")) return f.template operator()<std::int8_t, std::int32_t>();
  if (is("i2")) return f.template operator()<std::int16_t, std::int32_t>();
  if (is("u1")) return f.template operator()<std::uint8_t, std::int32_t>();
  if (is("u2")) return f.template operator()<std::uint16_t, std::int32_t>();
  if (is("u4")) return f.template operator()<std::uint32_t, std::int64_t>();
  if (is("u8")) return f.template operator()<std::uint64_t, std::int64_t>();
  throw ValueError(concat(source,
      ": the elements must be real numbers, f2 to f8, i1 to i8, u1 to u8 or b1 (received descr '", descr,
      "')"));
}

template <class Stored>
Stored element(const char* place, bool swap) {
  char bytes[sizeof(Stored)];
  std::memcpy(bytes, place, sizeof(Stored));
  if (swap) std::reverse(bytes, bytes + sizeof(Stored));
  return std::bit_cast<Stored>(bytes);
}

// The positions of the elements of a row-major array in the order in which a file has them.
class Positions {
 public:
  Positions(const Shape& shape, bool fortran_order) : shape_(shape), fortran_order_(fortran_order) {
    for (Index axis = shape.rank(), stride = 1; axis-- > 0; stride *= shape[axis]) strides_[axis] = stride;
  }
  Index next() {
    const Index position = next_;
    if (!fortran_order_) {
      ++next_;
      return position;
    }
    for (Index axis = 0; axis < shape_.rank(); ++axis) {  // the first axis is the fastest
      next_ += strides_[axis];
      if (++index_[axis] < shape_[axis]) break;
      next_ -= strides_[axis] * shape_[axis];
      index_[axis] = 0;
    }
    return position;
  }

 private:
  Shape shape_;
  bool fortran_order_;
  std::array<Index, Shape::max_rank> index_ = {}, strides_ = {};
  Index next_ = 0;
};

void read_exactly(std::istream& in, char* place, Index count, std::string_view source) {
  in.read(place, count);
  require(in.gcount() == count, source, "could not be read to its end");
}

Header read_header(std::istream& in, Index& left, std::string_view source) {
  const auto take = [&](char* place, Index count) {
    require(left >= count, source, "the file ends inside the header");
    read_exactly(in, place, count, source);
    left -= count;
  };
  char start[8];
  take(start, 8);
  require(std::string_view(start, 6) == magic, source, "this is no NPY file (it starts otherwise)");
  const int major = static_cast<unsigned char>(start[6]), minor = static_cast<unsigned char>(start[7]);
  require(1 <= major && major <= 3 && minor == 0, source, "the version must be 1.0, 2.0 or 3.0 (received ",
      major, '.', minor, ")");
  unsigned char length[4] = {};
  take(reinterpret_cast<char*>(length), major == 1 ? 2 : 4);
  const Index count = length[0] | length[1] << 8 | length[2] << 16 | static_cast<Index>(length[3]) << 24;
  require(count <= left, source, "the file ends inside the header");
  std::string text(static_cast<std::size_t>(count), ' ');
  take(text.data(), count);
  return HeaderParser(text, source).parse();
}

// Throws unless the elements take exactly `left` bytes: nothing is allocated on the word of a header alone.
void check_size(const Shape& shape, Index element_bytes, Index left, std::string_view source) {
  Index bytes = element_bytes, extent = element_bytes;
  for (const Index length : shape) {
    require(!__builtin_mul_overflow(extent, std::max<Index>(length, 1), &extent), source,
        "the shape is too large (received ", shape, ")");
    bytes *= length;
  }
  require(bytes == left, source, "shape ", shape, " takes ", bytes, " bytes (the file has ", left, ")");
}

}  // namespace

Tensor read_npy(std::istream& in, Index length, std::string_view source) {
  Index left = length;
  const Header header = read_header(in, left, source);
  const std::string_view descr = header.descr;
  const char order = descr.empty() ? '\0' : descr[0];
  const std::string_view kind_and_bytes = descr.substr(descr.empty() ? 0 : 1);
  Tensor t;
  dispatch_stored(order && std::strchr("<>|=", order) ? kind_and_bytes : "", descr, source,
      [&]<class Stored, class T>() {
    check_size(header.shape, sizeof(Stored), left, source);
    t = Tensor::empty(header.shape, dtype_of<T>());
    const bool swap = (order == '<' || order == '>') && order != native_order && sizeof(Stored) > 1;
    if constexpr (std::is_same_v<Stored, T>) {
      if (!swap && !header.fortran_order)
        return read_exactly(in, reinterpret_cast<char*>(t.mutable_data<T>()), left, source);
    }
    std::vector<char> raw(static_cast<std::size_t>(left));
    read_exactly(in, raw.data(), left, source);
    T* const out = t.mutable_data<T>();
    Positions positions(header.shape, header.fortran_order);
    for (Index i = 0; i < t.size(); ++i) {
      const auto value = element<Stored>(raw.data() + i * static_cast<Index>(sizeof(Stored)), swap);
      if constexpr (std::is_same_v<Stored, std::uint64_t>) {
        require(value <= std::numeric_limits<std::int64_t>::max(), source, "element ", i,
            " does not fit int64 (received ", value, ")");
      }
      out[positions.next()] = static_cast<T>(value);
    }
  });
  return t;
}

void write_npy(std::ostream& out, const Tensor& t) {
  constexpr std::string_view codes[] = {"f4", "f8", "i4", "i8", "b1"};
  const std::string_view code = codes[static_cast<std::size_t>(t.dtype())];
  std::string header = concat("{'descr': '", t.dtype() == DType::boolean ? '|' : native_order, code,
      "', 'fortran_order': False, 'shape': ", t.shape(), ", }");
  constexpr std::size_t before = 10;  // magic, version, length
  header.resize((before + header.size() + 1 + 63) / 64 * 64 - before - 1, ' ');
  header += '\n';
  out << magic << '\x01' << '\x00' << static_cast<char>(header.size() & 255)
      << static_cast<char>(header.size() >> 8) << header;
  dispatch(t.dtype(), [&]<class T>() {
    out.write(reinterpret_cast<const char*>(t.data<T>()), t.size() * static_cast<Index>(sizeof(T)));
  });
}

Tensor load_npy(const std::string& path) {
  const std::string source = "load_npy: " + path;
  std::error_code error;
  require(std::filesystem::is_regular_file(path, error), source,
      "there is no such file (or it is a folder or a device)");
  const auto length = std::filesystem::file_size(path, error);
  std::ifstream in(path, std::ios::binary);
  require(!error && in.is_open(), source, "could not be opened");
  return read_npy(in, static_cast<Index>(length), source);
}

void save_npy(const std::string& path, const Tensor& t) {
  write_file(path, "save_npy", [&](std::ostream& out) { write_npy(out, t); });
}

}  // namespace xtape
