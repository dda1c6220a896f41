// IdMap: from a tensor's id to its slot on a tape. Open addressing; ids are consecutive, so neighbours in time are
// neighbours in memory and the id itself is the hash.
#pragma once
#include <cstdint>
#include <vector>

namespace xtape {

class IdMap {
 public:
  static constexpr std::uint32_t nothing = 0xffffffff;

  /// The value stored for `id`, or `nothing`. Ids start at 1.
  std::uint32_t find(std::uint64_t id) const {
    if (entries_.empty()) return nothing;
    for (std::uint64_t i = id & mask(); entries_[i].id != 0; i = (i + 1) & mask())
      if (entries_[i].id == id) return entries_[i].value;
    return nothing;
  }

  /// Stores a value for an id that has none yet.
  void insert(std::uint64_t id, std::uint32_t value) {
    if (2 * (count_ + 1) > entries_.size()) grow();
    put({id, value});
    ++count_;
  }

  void clear() {
    entries_.clear();
    count_ = 0;
  }

 private:
  struct Entry {
    std::uint64_t id = 0;
    std::uint32_t value = 0;
  };

  std::uint64_t mask() const { return entries_.size() - 1; }
  void put(Entry entry) {
    std::uint64_t i = entry.id & mask();
    while (entries_[i].id != 0) i = (i + 1) & mask();
    entries_[i] = entry;
  }
  void grow() {
    std::vector<Entry> before(entries_.empty() ? 16 : 2 * entries_.size());
    before.swap(entries_);
    for (const Entry& entry : before)
      if (entry.id != 0) put(entry);
  }

  std::vector<Entry> entries_;
  std::size_t count_ = 0;
};

}  // namespace xtape
