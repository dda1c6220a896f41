// ZIP archives of a few named files in memory: what NumPy's .npz and Keras's .keras files are.
//
//     (local header | contents) of each entry | central directory: a header an entry | end record
//
// Entries are written uncompressed, so that they can be read without any library. Reading compressed ("deflated") ones
// takes zlib, which the build looks for.
// Source: PKWARE, APPNOTE.TXT, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
#pragma once
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace xtape {

struct ZipEntry {
  std::string name;
  std::uint32_t crc = 0;   ///< CRC-32 of the contents
  std::uint32_t size = 0;  ///< of the contents
  std::uint32_t stored_size = 0;
  std::uint32_t offset = 0;  ///< of the local header
  std::uint16_t method = 0, flags = 0;
};

/// True when this build reads deflated entries.
bool zip_can_inflate();

/// Reads an archive from a stream that can be positioned; the stream must outlive the reader. Every read throws ValueError
/// that begins with `source` when the archive is damaged, encrypted, above 4 GiB, or compressed in a way it cannot undo.
class ZipReader {
 public:
  ZipReader(std::istream& in, std::string source);
  const std::vector<ZipEntry>& entries() const { return entries_; }
  /// The contents, checked against their CRC.
  std::string read(const ZipEntry& entry) const;

 private:
  std::string bytes_at(std::uint64_t offset, std::uint64_t count) const;

  std::istream& in_;
  std::string source_;
  std::uint64_t length_ = 0;
  std::vector<ZipEntry> entries_;
};

/// Writes an archive to a stream: `add` for each entry, then `finish`. The same entries give the same bytes.
class ZipWriter {
 public:
  ZipWriter(std::ostream& out, std::string owner) : out_(out), owner_(std::move(owner)) {}
  /// Throws ValueError for an empty, repeated or too long name, and beyond 4 GiB.
  void add(std::string_view name, std::string_view contents);
  void finish();

 private:
  std::ostream& out_;
  std::string owner_;
  std::uint64_t written_ = 0;
  std::vector<ZipEntry> entries_;
};

}  // namespace xtape
