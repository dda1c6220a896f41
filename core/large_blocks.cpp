#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include <xtape/core/buffer_pool.hpp>
#include <xtape/core/large_blocks.hpp>
#include <xtape/core/poison.hpp>

namespace xtape::buffer_pool {
namespace {

// Address space costs nothing, except under a sanitizer, and where it is scarce a stretch may be shorter.
constexpr std::size_t wide_stretch = std::size_t{red_zone > 0 ? 64 : 1024} << 20;
constexpr std::size_t short_stretch = std::size_t{64} << 20;
constexpr std::size_t header = alignment;

std::byte* address_of(void* memory) { return static_cast<std::byte*>(memory); }

// Pages that lie wholly between the two are the system's again; read again, they are new ones.
void give_up_pages(std::byte* first, std::byte* last) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::uintptr_t begin = (reinterpret_cast<std::uintptr_t>(first) + page - 1) / page * page;
  const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(last) / page * page;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace

struct LargeBlocks::Stretch {  // stands at its own beginning
  Stretch* next;
  std::byte *mark, *end;
  std::byte* begin() { return address_of(this) + header; }
};

struct LargeBlocks::Idle {  // stands at its own beginning, the only part of it that may be touched
  Idle* next;
  std::size_t bytes;
  std::byte* begin() { return address_of(this); }
  std::byte* end() { return begin() + bytes; }

  static Idle* at(std::byte* place, Idle* next, std::size_t bytes) {
    poison(place, bytes);
    unpoison(place, sizeof(Idle));
    return new (place) Idle{next, bytes};
  }
};

void* LargeBlocks::take(std::size_t bytes) noexcept {
  static_assert(sizeof(Stretch) <= header && sizeof(Idle) <= alignment);
  for (Idle** link = &idle_; *link; link = &(*link)->next)
    if ((*link)->bytes >= bytes) return cut(link, bytes);
  for (Stretch* stretch = stretches_; stretch; stretch = stretch->next)
    if (void* block = grow(*stretch, bytes)) return block;
  return add_stretch(bytes) ? grow(*stretches_, bytes) : nullptr;
}

void* LargeBlocks::cut(Idle** link, std::size_t bytes) {
  Idle& range = **link;
  const std::size_t rest = range.bytes - bytes;
  *link = rest > 0 ? Idle::at(range.begin() + bytes, range.next, rest) : range.next;
  unpoison(&range, bytes);
  return &range;
}

// A block that ends at the new mark. nullptr when the stretch is too short.
void* LargeBlocks::grow(Stretch& stretch, std::size_t bytes) {
  Idle** const link = idle_before_mark(stretch);
  std::byte* const begin = *link ? (*link)->begin() : stretch.mark;
  if (static_cast<std::size_t>(stretch.end - begin) < bytes) return nullptr;
  if (*link) *link = (*link)->next;
  stretch.mark = begin + bytes;
  ++growths_;
  unpoison(begin, bytes);
  return begin;
}

// The range that ends at the mark: what points to it, or to the end of the list.
LargeBlocks::Idle** LargeBlocks::idle_before_mark(const Stretch& stretch) {
  Idle** link = &idle_;
  while (*link && (*link)->end() != stretch.mark) link = &(*link)->next;
  return link;
}

// Wide enough for what else may come, or, where the system would not have that, for this block.
bool LargeBlocks::add_stretch(std::size_t bytes) {
  for (const std::size_t room :
      {std::max(2 * bytes, wide_stretch), std::max(2 * bytes, short_stretch), bytes}) {
    const std::size_t size = header + room;
    void* const place = ::operator new (size, std::align_val_t{alignment}, std::nothrow);
    if (!place) continue;
    stretches_ = new (place) Stretch{stretches_, address_of(place) + header, address_of(place) + size};
    poison(stretches_->begin(), size - header);
    return true;
  }
  return false;
}

void LargeBlocks::give(void* block, std::size_t bytes) noexcept {
  std::byte* begin = address_of(block);
  Idle** link = &idle_;  // to the range before the block, if it ends there, else to where the block goes
  while (*link && (*link)->end() < begin) link = &(*link)->next;
  if (*link && (*link)->end() == begin) {
    begin = (*link)->begin();
    bytes += (*link)->bytes;
    *link = (*link)->next;
  }
  if (*link && (*link)->begin() == begin + bytes) {
    bytes += (*link)->bytes;
    *link = (*link)->next;
  }
  *link = Idle::at(begin, *link, bytes);
}

void LargeBlocks::release() noexcept {
  for (Stretch** link = &stretches_; *link;) {
    Stretch& stretch = **link;
    Idle** const last = idle_before_mark(stretch);
    if (Idle* range = *last) {
      *last = range->next;
      give_up_pages(range->begin(), stretch.mark);
      stretch.mark = range->begin();
    }
    if (stretch.mark == stretch.begin()) {
      *link = stretch.next;
      unpoison(&stretch, static_cast<std::size_t>(stretch.end - address_of(&stretch)));
      ::operator delete (&stretch, std::align_val_t{alignment});
    } else {
      link = &stretch.next;
    }
  }
}

std::int64_t LargeBlocks::held_bytes() const {
  std::int64_t bytes = 0;
  for (Stretch* stretch = stretches_; stretch; stretch = stretch->next)
    bytes += stretch->mark - stretch->begin();
  return bytes;
}

}  // namespace xtape::buffer_pool
