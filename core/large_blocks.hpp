// Large blocks of the buffer pool.
//
// Where the length of the data changes from call to call, so do the sizes of large arrays, and a list of blocks of one size
// is of no use to the next. So large blocks are cut, one behind the other, from wide stretches of address space:
//
//     stretch   [ header | block | idle | block | idle | not used so far ............ ]
//                                                      ^ mark
//
// Idle neighbours are joined. A block is cut from the first idle range that is long enough; where there is none, the mark
// moves on, and only the bytes that it passes are new pages from the system. An array that is a bit longer than any before
// costs no more than what it is longer.
#pragma once
#include <cstddef>
#include <cstdint>

namespace xtape::buffer_pool {

/// The caller sees to it that one thread at a time calls it.
class LargeBlocks {
 public:
  /// `bytes` bytes, a whole number of cache lines, uninitialised and aligned to one; nullptr when the system has no room.
  void* take(std::size_t bytes) noexcept;
  /// Gives back what `take(bytes)` returned.
  void give(void* block, std::size_t bytes) noexcept;
  /// Returns to the system what lies idle before the marks.
  void release() noexcept;

  /// The bytes up to the marks.
  std::int64_t held_bytes() const;
  /// How often a mark moved on.
  std::int64_t growths() const { return growths_; }

 private:
  struct Stretch;
  struct Idle;

  void* cut(Idle** link, std::size_t bytes);
  void* grow(Stretch& stretch, std::size_t bytes);
  bool add_stretch(std::size_t bytes);
  Idle** idle_before_mark(const Stretch& stretch);

  Stretch* stretches_ = nullptr;
  Idle* idle_ = nullptr;  // by address
  std::int64_t growths_ = 0;
};

}  // namespace xtape::buffer_pool
