// NPY: NumPy's file format for one array.
//
//     magic "\x93NUMPY" | version, 2 bytes | header length | header | elements
//
// The header is a Python dictionary in text, padded with spaces so that the elements start on a multiple of 64 bytes:
//
//     {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
//
// Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once
#include <iosfwd>
#include <string>
#include <string_view>

#include <xtape/core/tensor.hpp>

namespace xtape {

/// The array that NumPy's `save` wrote: versions 1.0 to 3.0, either byte order, C or Fortran order. f4, f8, i4, i8 and b1
/// stay what they are; f2 becomes float32, i1, i2, u1 and u2 become int32, u4 and u8 become int64.
/// Throws ValueError with the path and the reason for anything that is not exactly one such array: a file that ends early
/// or goes on, a header that says something else, objects, strings, complex numbers, a u8 above the int64 range.
Tensor load_npy(const std::string& path);

/// Writes `t` for NumPy's `load`: version 1.0, C order. The file is complete or, after an error, what it was before.
/// Throws ValueError when it cannot be written.
void save_npy(const std::string& path, const Tensor& t);

/// The same inside another file: the array that the next `length` bytes of `in` are. Errors begin with `source`.
Tensor read_npy(std::istream& in, Index length, std::string_view source);
/// Appends `t` to a stream.
void write_npy(std::ostream& out, const Tensor& t);

}  // namespace xtape
