#include <array>
#include <istream>
#include <limits>
#include <ostream>

#ifdef XTAPE_WITH_ZLIB
#include <zlib.h>
#endif

#include <xtape/core/errors.hpp>
#include <xtape/core/zip.hpp>

namespace xtape {
namespace {

constexpr std::uint32_t local_mark = 0x04034b50, central_mark = 0x02014b50, end_mark = 0x06054b50;
constexpr std::uint64_t local_size = 30, central_size = 46, end_size = 22, longest_comment = 65535;
constexpr std::uint16_t is_encrypted = 1, is_utf8 = 1 << 11, stored = 0, deflated = 8;
constexpr std::uint32_t in_zip64 = 0xffffffff;  // a number that did not fit, in archives above 4 GiB

// Numbers in an archive are little-endian.
std::uint16_t get16(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(
      static_cast<unsigned char>(bytes[at]) | static_cast<unsigned char>(bytes[at + 1]) << 8);
}
std::uint32_t get32(std::string_view bytes, std::size_t at) {
  return get16(bytes, at) | static_cast<std::uint32_t>(get16(bytes, at + 2)) << 16;
}
void put16(std::string& bytes, std::uint64_t value) {
  bytes += static_cast<char>(value & 255);
  bytes += static_cast<char>(value >> 8 & 255);
}
void put32(std::string& bytes, std::uint64_t value) {
  put16(bytes, value);
  put16(bytes, value >> 16);
}

// CRC-32: the remainder of a division by this polynomial over the field of two elements, a byte at a time.
constexpr auto crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    table[i] = i;
    for (int bit = 0; bit < 8; ++bit) table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
  }
  return table;
}();
std::uint32_t crc32_of(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) crc = crc >> 8 ^ crc_table[(crc ^ static_cast<unsigned char>(c)) & 255];
  return ~crc;
}

#ifdef XTAPE_WITH_ZLIB
/// Inflates to exactly `size` bytes; false when `from` is damaged.
bool inflate_to(std::string& out, std::string& from, std::uint32_t size) {
  out.resize(size);
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return false;  // negative: without zlib's own header
  char empty;
  stream.next_in = reinterpret_cast<Bytef*>(from.data());
  stream.avail_in = static_cast<uInt>(from.size());
  stream.next_out = reinterpret_cast<Bytef*>(size ? out.data() : &empty);
  stream.avail_out = size;
  const int result = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  return result == Z_STREAM_END && stream.avail_out == 0 && stream.avail_in == 0;
}
#else
bool inflate_to(std::string&, std::string&, std::uint32_t) { return false; }
#endif

std::string local_header(const ZipEntry& e) {
  std::string h;
  put32(h, local_mark);
  put16(h, 20);  // the version of the format that a reader needs: 2.0
  put16(h, e.flags);
  put16(h, e.method);
  put32(h, 0x00210000);  // 1 January 1980, so that equal contents make equal archives
  put32(h, e.crc);
  put32(h, e.stored_size);
  put32(h, e.size);
  put16(h, e.name.size());
  put16(h, 0);
  return h + e.name;
}

std::string central_header(const ZipEntry& e) {
  std::string h;
  put32(h, central_mark);
  put16(h, 20);
  h += local_header(e).substr(4, local_size - 4);  // the same fields, then
  put16(h, 0);                                     // no comment
  put16(h, 0);                                     // on the first disk
  put16(h, 0);                                     // no attributes
  put32(h, 0);
  put32(h, e.offset);
  return h + e.name;
}

}  // namespace

bool zip_can_inflate() {
#ifdef XTAPE_WITH_ZLIB
  return true;
#else
  return false;
#endif
}

ZipReader::ZipReader(std::istream& in, std::string source) : in_(in), source_(std::move(source)) {
  in_.seekg(0, std::ios::end);
  const std::streamoff length = in_.tellg();
  require(in_.good() && length >= 0, source_, "could not be read");
  length_ = static_cast<std::uint64_t>(length);

  const std::uint64_t tail_size = std::min(length_, end_size + longest_comment);
  const std::string tail = bytes_at(length_ - tail_size, tail_size);
  std::size_t at = tail_size < end_size ? tail.npos : tail_size - end_size;
  while (
      at != tail.npos && (get32(tail, at) != end_mark || at + end_size + get16(tail, at + 20) != tail_size))
    at = at == 0 ? tail.npos : at - 1;
  require(at != tail.npos, source_, "this is no ZIP archive, or its end is missing");

  const std::size_t count = get16(tail, at + 10);
  const std::uint32_t size = get32(tail, at + 12), offset = get32(tail, at + 16);
  require(size != in_zip64 && offset != in_zip64 && count != 0xffff, source_,
      "archives above 4 GiB or 65534 entries are not read");
  const std::string directory = bytes_at(offset, size);
  std::size_t next = 0;
  for (std::size_t i = 0; i < count; ++i) {
    require(directory.size() - next >= central_size && get32(directory, next) == central_mark, source_,
        "the directory of the archive is damaged");
    const std::size_t name_size = get16(directory, next + 28),
                      rest = std::size_t{get16(directory, next + 30)} + get16(directory, next + 32);
    require(directory.size() - next - central_size >= name_size + rest, source_,
        "the directory of the archive is damaged");
    ZipEntry entry{.name = directory.substr(next + central_size, name_size)};
    entry.flags = get16(directory, next + 8);
    entry.method = get16(directory, next + 10);
    entry.crc = get32(directory, next + 16);
    entry.stored_size = get32(directory, next + 20);
    entry.size = get32(directory, next + 24);
    entry.offset = get32(directory, next + 42);
    entries_.push_back(std::move(entry));
    next += central_size + name_size + rest;
  }
}

std::string ZipReader::bytes_at(std::uint64_t offset, std::uint64_t count) const {
  require(offset <= length_ && count <= length_ - offset, source_, "the archive ends too early");
  std::string bytes(count, '\0');
  in_.clear();
  in_.seekg(static_cast<std::streamoff>(offset));
  in_.read(bytes.data(), static_cast<std::streamsize>(count));
  require(in_.good() && in_.gcount() == static_cast<std::streamsize>(count), source_, "could not be read");
  return bytes;
}

std::string ZipReader::read(const ZipEntry& e) const {
  const std::string source = concat(source_, ": entry \"", e.name, '"');
  require(!(e.flags & is_encrypted), source, "encrypted entries are not read");
  require(e.size != in_zip64 && e.stored_size != in_zip64 && e.offset != in_zip64, source,
      "entries above 4 GiB are not read");
  const std::string local = bytes_at(e.offset, local_size);
  require(get32(local, 0) == local_mark, source, "its header is damaged");
  const std::uint64_t begin = e.offset + local_size + get16(local, 26) + get16(local, 28);

  std::string contents;
  if (e.method == stored) {
    require(e.size == e.stored_size, source, "its sizes disagree");
    contents = bytes_at(begin, e.size);
  } else {
    require(e.method == deflated, source, "its compression is not known (received method ", e.method, ")");
    require(zip_can_inflate(), source, "it is compressed, and this build of xtape has no zlib");
    std::string packed = bytes_at(begin, e.stored_size);
    // A deflated byte stands for at most 1032 bytes, so a larger size is a lie not worth its memory.
    require(e.size / 1032 <= e.stored_size && inflate_to(contents, packed, e.size), source,
        "its compressed contents are damaged");
  }
  require(crc32_of(contents) == e.crc, source, "its contents are damaged (the checksum differs)");
  return contents;
}

void ZipWriter::add(std::string_view name, std::string_view contents) {
  require(!name.empty() && name.size() <= 65535, owner_,
      "the name of an entry must have 1 to 65535 bytes (received ", name.size(), ")");
  for (const ZipEntry& e : entries_)
    require(e.name != name, owner_, "names must differ (received \"", name, "\" twice)");
  require(written_ + contents.size() < in_zip64 - (1u << 20) && entries_.size() < 65534, owner_,
      "an archive has at most 4 GiB and 65534 entries");

  ZipEntry e{
      .name = std::string(name), .crc = crc32_of(contents), .offset = static_cast<std::uint32_t>(written_)};
  e.size = e.stored_size = static_cast<std::uint32_t>(contents.size());
  e.flags = is_utf8;
  const std::string header = local_header(e);
  out_ << header;
  out_.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  written_ += header.size() + contents.size();
  entries_.push_back(std::move(e));
}

void ZipWriter::finish() {
  std::uint64_t size = 0;
  for (const ZipEntry& e : entries_) {
    const std::string header = central_header(e);
    out_ << header;
    size += header.size();
  }
  require(written_ + size < in_zip64, owner_, "an archive has at most 4 GiB");
  std::string end;
  put32(end, end_mark);
  put32(end, 0);  // the first disk is the only one
  put16(end, entries_.size());
  put16(end, entries_.size());
  put32(end, size);
  put32(end, written_);
  put16(end, 0);
  out_ << end;
}

}  // namespace xtape
