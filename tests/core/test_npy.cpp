#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <sstream>
#include <string>
#include <xtape/core/errors.hpp>
#include <xtape/core/npy.hpp>
#include <xtape/core/npz.hpp>
#include <xtape/core/zip.hpp>

#include "temporary_folder.hpp"

using namespace xtape;
using xtape::test::contents_of;
using xtape::test::TemporaryFolder;
using xtape::test::write_contents;

namespace {

// ---- a writer of NPY files of its own, byte by byte from the format's description ----

std::string npy_bytes(const std::string& header, const std::string& elements, int version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += '\0';
  for (std::size_t i = 0; i < (version == 1 ? 2u : 4u); ++i)
    bytes += static_cast<char>(header.size() >> (8 * i) & 255);
  return bytes + header + elements;
}

std::string header_text(
    const std::string& descr, const std::string& shape, const std::string& fortran_order = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran_order + ", 'shape': " + shape + ", }   \n";
}

template <class T>
std::string element_bytes(const std::vector<T>& values, bool big_endian = false) {
  std::string bytes;
  for (const T value : values) {
    std::string one(sizeof(T), '\0');
    std::memcpy(one.data(), &value, sizeof(T));
    if (big_endian) one = std::string(one.rbegin(), one.rend());
    bytes += one;
  }
  return bytes;
}

Tensor read(const std::string& bytes) {
  std::istringstream in(bytes);
  return read_npy(in, static_cast<Index>(bytes.size()), "test");
}

/// What the error says about these bytes; "" when there is none.
std::string complaint(const std::string& bytes) {
  try {
    read(bytes);
    return "";
  } catch (const ValueError& error) {
    return error.what();
  }
}

const std::string floats_header = header_text("<f4", "(2, 3)");
const std::string floats = npy_bytes(floats_header, element_bytes<float>({1, 2, 3, 4, 5, 6}));

template <class T>
void check_kind(const std::string& kind, DType dtype, const std::vector<T>& values) {
  CAPTURE(kind);
  const std::vector<double> expected(values.begin(), values.end());
  const std::string shape = "(" + std::to_string(values.size()) + ",)";
  for (const char* order : {"<", ">", "="}) {
    const Tensor t = read(npy_bytes(header_text(order + kind, shape), element_bytes(values, *order == '>')));
    CHECK(t.dtype() == dtype);
    CHECK(t.shape() == Shape{static_cast<Index>(values.size())});
    CHECK(t.to_vector() == expected);
  }
}

}  // namespace

TEST_CASE("every dtype comes back from a file as it was saved") {
  const TemporaryFolder folder;
  const std::string path = folder / "t.npy";
  for (const DType dtype : {DType::float32, DType::float64, DType::int32, DType::int64, DType::boolean}) {
    for (const Shape& shape :
        {Shape{}, Shape{0}, Shape{5}, Shape{2, 3}, Shape{2, 0, 4}, Shape{1, 2, 1, 3, 1, 2, 1, 2}}) {
      CAPTURE(name(dtype));
      Tensor t = Tensor::empty(shape, dtype);
      dispatch(dtype, [&]<class T>() {
        for (Index i = 0; i < t.size(); ++i) t.mutable_data<T>()[i] = static_cast<T>((i * 7 + 1) % 3);
      });
      save_npy(path, t);
      const Tensor back = load_npy(path);
      CHECK(back.dtype() == dtype);
      CHECK(back.shape() == shape);
      CHECK(back.to_vector() == t.to_vector());
    }
  }
}

TEST_CASE("values at the ends of their range are kept to the bit") {
  const TemporaryFolder folder;
  const std::string path = folder / "t.npy";
  const auto round_trip = [&]<class T>(const std::vector<T>& values) {
    save_npy(path, Tensor::from(values));
    const Tensor back = load_npy(path);
    CHECK(std::memcmp(back.data<T>(), values.data(), values.size() * sizeof(T)) == 0);
  };
  using Float = std::numeric_limits<float>;
  using Double = std::numeric_limits<double>;
  round_trip(
      std::vector<float>{Float::max(), Float::denorm_min(), -0.0f, Float::infinity(), Float::quiet_NaN()});
  round_trip(std::vector<double>{Double::max(), Double::denorm_min(), -0.0, -Double::infinity(), 0.1});
  round_trip(std::vector<std::int32_t>{INT32_MIN, INT32_MAX, 0});
  round_trip(std::vector<std::int64_t>{INT64_MIN, INT64_MAX, (std::int64_t{1} << 53) + 1});
}

TEST_CASE("a saved file is NumPy's version 1.0, its elements on a multiple of 64 bytes") {
  std::ostringstream out;
  write_npy(out, Tensor({{1, 2, 3}, {4, 5, 6}}, DType::float32));
  const std::string bytes = out.str();
  REQUIRE(bytes.size() == 128 + 24);
  CHECK(bytes.substr(0, 10) == std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  CHECK(bytes.substr(10).starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } "));
  CHECK(bytes[127] == '\n');
  CHECK(bytes.substr(128) == element_bytes<float>({1, 2, 3, 4, 5, 6}));
}

TEST_CASE("all kinds of elements are read in either byte order") {
  check_kind<float>("f4", DType::float32, {1.5f, -2.25f, 1e30f});
  check_kind<double>("f8", DType::float64, {1.5, -2.25, 1e300});
  check_kind<std::int32_t>("i4", DType::int32, {INT32_MIN, -1, INT32_MAX});
  check_kind<std::int64_t>("i8", DType::int64, {-5, 0, std::int64_t{1} << 40});
  check_kind<std::int8_t>("i1", DType::int32, {-128, -1, 127});
  check_kind<std::int16_t>("i2", DType::int32, {-32768, -1, 32767});
  check_kind<std::uint8_t>("u1", DType::int32, {0, 127, 255});
  check_kind<std::uint16_t>("u2", DType::int32, {0, 258, 65535});
  check_kind<std::uint32_t>("u4", DType::int64, {0, 258, 4294967295});
  check_kind<std::uint64_t>("u8", DType::int64, {0, 258, std::uint64_t{1} << 40});
}

TEST_CASE("booleans are true for every byte but 0") {
  const Tensor t = read(npy_bytes(header_text("|b1", "(4,)"), std::string("\0\1\2\xff", 4)));
  CHECK(t.dtype() == DType::boolean);
  CHECK(t.to_vector<int>() == std::vector<int>{0, 1, 1, 1});
}

TEST_CASE("half precision becomes float32: normal, subnormal, infinite and no number") {
  const std::vector<std::uint16_t> bits{
      0x3c00, 0xc000, 0x7bff, 0x0400, 0x03ff, 0x0001, 0x8000, 0x7c00, 0xfc00, 0x3555};
  const Tensor t = read(npy_bytes(header_text("<f2", "(10,)"), element_bytes(bits)));
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> expected{
      1, -2, 65504, 0x1p-14f, 0x3ffp-24f, 0x1p-24f, -0.0f, infinity, -infinity, 0x555p-12f};
  CHECK(t.dtype() == DType::float32);
  CHECK(t.to_vector<float>() == expected);
  CHECK(std::signbit(t.data<float>()[6]));
  const Tensor nan = read(npy_bytes(header_text(">f2", "()"), "\x7e\x01"));
  CHECK(std::isnan(nan.item()));
}

TEST_CASE("Fortran order is turned into rows") {
  const std::string columns = element_bytes<float>({1, 4, 2, 5, 3, 6});
  const Tensor t = read(npy_bytes(header_text("<f4", "(2, 3)", "True"), columns));
  CHECK(t.to_vector() == std::vector<double>{1, 2, 3, 4, 5, 6});

  std::vector<std::int64_t> file;  // element (i, j, k) is 100 i + 10 j + k
  for (int k = 0; k < 4; ++k)
    for (int j = 0; j < 3; ++j)
      for (int i = 0; i < 2; ++i) file.push_back(100 * i + 10 * j + k);
  const Tensor cube = read(npy_bytes(header_text(">i8", "(2, 3, 4)", "True"), element_bytes(file, true)));
  for (Index i = 0; i < 2; ++i)
    for (Index j = 0; j < 3; ++j)
      for (Index k = 0; k < 4; ++k) CHECK(cube.at({i, j, k}) == 100 * i + 10 * j + k);
  CHECK(read(npy_bytes(header_text("<f4", "()", "True"), element_bytes<float>({7}))).item() == 7);
  CHECK(read(npy_bytes(header_text("<f4", "(0, 3)", "True"), "")).shape() == Shape{0, 3});
}

TEST_CASE("versions 2.0 and 3.0 have longer length fields and are read alike") {
  for (const int version : {1, 2, 3}) {
    const Tensor t = read(npy_bytes(floats_header, element_bytes<float>({1, 2, 3, 4, 5, 6}), version));
    CHECK(t.to_vector() == std::vector<double>{1, 2, 3, 4, 5, 6});
  }
  CHECK(complaint(npy_bytes(floats_header, "", 4)) ==
        "ValueError: test: the version must be 1.0, 2.0 or 3.0 (received 4.0)");
}

TEST_CASE("the keys of a header may come in any order, spacing and quotes, and lengths with Python 2's L") {
  const std::string elements = element_bytes<float>({1, 2});
  for (const char* header : {"{'shape': (2,), 'fortran_order': False, 'descr': '<f4'}",
           "{\"descr\":\"<f4\",\"shape\":(2,),\"fortran_order\":False,}\n",
           " { 'descr' : '<f4' , 'fortran_order' : False , 'shape' : ( 2L , ) , } \n",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1,)}"}) {
    CAPTURE(header);
    CHECK(read(npy_bytes(header, elements)).to_vector() == std::vector<double>{1, 2});
  }
}

TEST_CASE("a header that says something else is refused with the reason") {
  const auto says = [](const std::string& header) {
    return complaint(npy_bytes(header, std::string(24, '\1')));
  };
  CHECK(says("") == "ValueError: test: the header is no dictionary of NumPy's (expected {)");
  CHECK(says("{'descr': '<f4', 'fortran_order': False}") ==
        "ValueError: test: the header must have the keys descr, fortran_order and shape");
  CHECK(says("{'descr': '<f4', 'descr': '<f4'}") ==
        "ValueError: test: the header has an unknown or a repeated key");
  CHECK(says("{'colour': 3}") == "ValueError: test: the header has an unknown or a repeated key");
  CHECK(says(floats_header + "x") == "ValueError: test: the header goes on after the dictionary");
  CHECK(says(header_text("<f4", "(2, -3)")) ==
        "ValueError: test: the header must have lengths of at least 0 in shape");
  CHECK(says(header_text("<f4", "(2, 99999999999999999999)")) ==
        "ValueError: test: the header has an axis that is too long");
  CHECK(says(header_text("<f4", "(1, 1, 1, 1, 1, 1, 1, 1, 6)")) ==
        "ValueError: test: the header has more than 8 axes");
  CHECK(says(header_text("<f4", "(6)")) == "ValueError: test: the header must have a tuple for shape");
  CHECK(says(header_text("<f4", "(2 3)")) == "ValueError: test: the header must have a tuple for shape");
  CHECK(says(header_text("<f4", "(2, 3)", "Maybe")) ==
        "ValueError: test: the header must have True or False for fortran_order");
  CHECK(says(header_text("<f4", "[2, 3]")) ==
        "ValueError: test: the header is no dictionary of NumPy's (expected ()");
  CHECK(says("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,)}") ==
        "ValueError: test: the header is no dictionary of NumPy's (expected a string; structured arrays are "
        "not "
        "read)");
}

TEST_CASE("elements that are no real numbers are refused") {
  for (const char* descr :
      {"|O", "<U4", "|S3", "<c8", "<c16", "<f16", "<M8[s]", "f4", "", "<", "<f", "<f3", "?f4", "<f44"}) {
    CAPTURE(descr);
    CHECK(complaint(npy_bytes(header_text(descr, "(6,)"), std::string(24, '\1'))) ==
          "ValueError: test: the elements must be real numbers, f2 to f8, i1 to i8, u1 to u8 or b1 (received "
          "descr "
          "'" +
              std::string(descr) + "')");
  }
}

TEST_CASE("shapes whose size does not fit any memory are refused before memory is asked for") {
  const auto says = [](const std::string& shape) {
    return complaint(npy_bytes(header_text("<f4", shape), "1234"));
  };
  CHECK(says("(4294967296, 4294967296)") ==
        "ValueError: test: the shape is too large (received (4294967296, 4294967296))");
  CHECK(says("(4611686018427387904, 4, 0)") ==
        "ValueError: test: the shape is too large (received (4611686018427387904, 4, 0))");
  CHECK(says("(1000000000000,)") ==
        "ValueError: test: shape (1000000000000,) takes 4000000000000 bytes (the file has 4)");
}

TEST_CASE("too few and too many elements are refused") {
  CHECK(complaint(floats.substr(0, floats.size() - 1)) ==
        "ValueError: test: shape (2, 3) takes 24 bytes (the file has 23)");
  CHECK(complaint(floats + '\0') == "ValueError: test: shape (2, 3) takes 24 bytes (the file has 25)");
}

TEST_CASE("a u8 beyond the int64 range is refused by its place and value") {
  const std::string bytes =
      npy_bytes(header_text("<u8", "(2,)"), element_bytes<std::uint64_t>({1, std::uint64_t{1} << 63}));
  CHECK(complaint(bytes) == "ValueError: test: element 1 does not fit int64 (received 9223372036854775808)");
}

TEST_CASE("a file cut off at any byte is refused") {
  for (std::size_t length = 0; length < floats.size(); ++length) {
    CAPTURE(length);
    CHECK(complaint(floats.substr(0, length)).starts_with("ValueError: test: "));
  }
}

TEST_CASE("a stream that ends before the length it was said to have is refused") {
  for (const std::size_t length : {std::size_t{3}, std::size_t{40}, floats.size() - 3}) {
    std::istringstream in(floats.substr(0, length));
    CHECK_THROWS_WITH_AS(read_npy(in, static_cast<Index>(floats.size()), "test"),
        "ValueError: test: could not be read to its end", ValueError);
  }
}

TEST_CASE("files with random damage are read or refused, nothing else") {
  std::mt19937 random(3);
  const std::vector<std::string> starts{floats,
      npy_bytes(header_text(">i2", "(3, 4)", "True"), std::string(24, '\1'), 2),
      npy_bytes(header_text("|b1", "(24,)"), std::string(24, '\1'), 3)};
  const std::string characters = "{}()[]',:.<>|=-+0123456789abdefiorstuL \n\0\xff\x80";
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = starts[random() % starts.size()];
    for (auto edits = 1 + random() % 4; edits > 0; --edits) {
      const std::size_t at = random() % (bytes.size() - (random() % 4 ? 24 : 0));
      const char c = characters[random() % characters.size()];
      switch (random() % 3) {
        case 0:
          bytes[at] = c;
          break;
        case 1:
          bytes.insert(at, 1, c);
          break;
        default:
          bytes.erase(at, 1 + random() % 3);
      }
    }
    refused += !complaint(bytes).empty();
  }
  CHECK(refused > 10000);
  CHECK(refused < 20000);
}

TEST_CASE("an error names the path, and a failed load has no effect") {
  const TemporaryFolder folder;
  const std::string path = folder / "bad.npy";
  write_contents(path, "not an array at all");
  CHECK_THROWS_WITH_AS(load_npy(path),
      ("ValueError: load_npy: " + path + ": this is no NPY file (it starts otherwise)").c_str(), ValueError);
  CHECK_THROWS_WITH_AS(load_npy(folder / "absent.npy"),
      ("ValueError: load_npy: " + folder / "absent.npy" +
          ": there is no such file (or it is a folder or a device)")
          .c_str(),
      ValueError);
  CHECK_THROWS_AS(load_npy(folder.path()), ValueError);
}

TEST_CASE("no tensor cannot be saved, and the file that was there stays") {
  const TemporaryFolder folder;
  const std::string path = folder / "t.npy";
  save_npy(path, Tensor{1, 2});
  CHECK_THROWS_AS(save_npy(path, Tensor()), ValueError);
  CHECK(load_npy(path).to_vector() == std::vector<double>{1, 2});
  CHECK(folder.files() == std::vector<std::string>{"t.npy"});
}

// ---- archives ----

namespace {

std::string bytes_of_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

// numpy.savez_compressed(path, ecg=numpy.zeros((4, 5), dtype='<i4')) of NumPy 1.24
const std::string compressed_archive = bytes_of_hex(
    "504b03041400000008000000210011ed05f949000000d0000000070014006563672e6e707901001000d00000000000000049"
    "000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9369a2aea3a09e965f54529498179f5f94920a1277"
    "4bcc294e058a17672416a402f91a263a0aa69a3a0ab50a64032e062a0300504b010214031400000008000000210011ed05f9"
    "49000000d00000000700000000000000000000008001000000006563672e6e7079504b050600000000010001003500000082"
    "0000000000");

std::string npz_complaint(const std::string& path, const std::string& bytes) {
  write_contents(path, bytes);
  try {
    load_npz(path);
    return "";
  } catch (const ValueError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("named arrays come back from an archive in their order") {
  const TemporaryFolder folder;
  const std::string path = folder / "a.npz";
  save_npz(path, {{"layer/kernel", Tensor({{1, 2}, {3, 4}}, DType::float64)}, {"bias", Tensor{5}},
                     {"empty", zeros({0, 3}, DType::int64)}});
  const NamedTensors back = load_npz(path);
  REQUIRE(back.size() == 3);
  CHECK(back[0].first == "layer/kernel");
  CHECK(back[0].second.dtype() == DType::float64);
  CHECK(back[0].second.to_vector() == std::vector<double>{1, 2, 3, 4});
  CHECK(back[1].first == "bias");
  CHECK(back[1].second.item() == 5);
  CHECK(back[2].second.shape() == Shape{0, 3});
  save_npz(path, {});
  CHECK(load_npz(path).empty());
}

TEST_CASE("equal arrays make equal archives") {
  const TemporaryFolder folder;
  save_npz(folder / "a.npz", {{"x", Tensor{1, 2}}});
  save_npz(folder / "b.npz", {{"x", Tensor{1, 2}}});
  CHECK(contents_of(folder / "a.npz") == contents_of(folder / "b.npz"));
}

TEST_CASE("names of arrays must be there and differ; the old archive stays") {
  const TemporaryFolder folder;
  const std::string path = folder / "a.npz";
  save_npz(path, {{"x", Tensor{1}}});
  CHECK_THROWS_WITH_AS(save_npz(path, {{"y", Tensor{1}}, {"y", Tensor{2}}}),
      ("ValueError: save_npz: " + path + ": names must differ (received \"y.npy\" twice)").c_str(),
      ValueError);
  CHECK_THROWS_AS(save_npz(path, {{"", Tensor{1}}}), ValueError);
  CHECK(load_npz(path).at(0).first == "x");
  CHECK(folder.files() == std::vector<std::string>{"a.npz"});
}

TEST_CASE("NumPy's compressed archives are read where the build has zlib") {
  const TemporaryFolder folder;
  const std::string path = folder / "a.npz";
  write_contents(path, compressed_archive);
  if (!zip_can_inflate()) {
    CHECK_THROWS_WITH_AS(load_npz(path),
        ("ValueError: load_npz: " + path +
            ": entry \"ecg.npy\": it is compressed, and this build of xtape has no zlib")
            .c_str(),
        ValueError);
    return;
  }
  const NamedTensors arrays = load_npz(path);
  REQUIRE(arrays.size() == 1);
  CHECK(arrays[0].first == "ecg");
  CHECK(arrays[0].second.dtype() == DType::int32);
  CHECK(arrays[0].second.shape() == Shape{4, 5});
  CHECK(arrays[0].second.to_vector() == std::vector<double>(20, 0.0));
}

TEST_CASE("an archive cut off at any byte, or changed at any byte of its contents, is refused") {
  const TemporaryFolder folder;
  const std::string path = folder / "a.npz";
  save_npz(path, {{"x", Tensor{1, 2, 3}}});
  const std::string whole = contents_of(path);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK(npz_complaint(path, whole.substr(0, length)).starts_with("ValueError: load_npz: " + path));
  }
  for (std::size_t at = 35; at < 35 + 128 + 12; ++at) {
    CAPTURE(at);
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    CHECK(npz_complaint(path, damaged) ==
          "ValueError: load_npz: " + path +
              ": entry \"x.npy\": its contents are damaged (the checksum differs)");
  }
}

TEST_CASE("archives with random damage are read or refused, nothing else") {
  const TemporaryFolder folder;
  const std::string path = folder / "a.npz";
  save_npz(path, {{"x", Tensor{1, 2, 3}}, {"y", Tensor{{1, 2}, {3, 4}}}});
  const std::vector<std::string> starts{contents_of(path), compressed_archive};
  std::mt19937 random(5);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = starts[round % 2];
    for (auto edits = 1 + random() % 3; edits > 0; --edits)
      bytes[random() % bytes.size()] = static_cast<char>(random() % 3 ? random() : 255);
    refused += !npz_complaint(path, bytes).empty();
  }
  CHECK(refused > 1000);
}

TEST_CASE("a compressed entry that claims an impossible size is refused before memory is asked for") {
  const TemporaryFolder folder;
  std::string bytes = compressed_archive;
  const std::size_t directory = bytes.find("PK\x01\x02");
  bytes.replace(directory + 24, 4, "\xf0\xff\xff\x7f");
  const std::string says = npz_complaint(folder / "a.npz", bytes);
  CHECK(says.find(zip_can_inflate() ? "its compressed contents are damaged" : "no zlib") != says.npos);
}

TEST_CASE("an entry that is no array is refused") {
  const TemporaryFolder folder;
  std::ostringstream out;
  ZipWriter archive(out, "test");
  archive.add("readme.txt", "hello");
  archive.finish();
  const std::string path = folder / "a.npz";
  CHECK(npz_complaint(path, out.str()) ==
        "ValueError: load_npz: " + path + ": entry \"readme.txt\": its name must end with .npy");
}
