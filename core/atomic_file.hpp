// Files that are written completely or not at all.
//
// A program may be stopped, or the disk may fill up, at any moment of a write. So the new contents go to a temporary
// file beside the old one, are forced to the disk, and take the old one's name in a single step. Whoever opens the file
// sees the old contents or the new ones and never a part.
#pragma once
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

namespace xtape {

/// Gives the file at `path` what `write(stream)` writes; an existing file keeps its permissions, a symbolic link stays one.
/// When `write` throws, or the file cannot be written, the file at `path` is what it was before and no other is left behind.
/// Throws ValueError that begins with `owner` and names the path and the reason.
void write_file(
    const std::string& path, std::string_view owner, const std::function<void(std::ostream&)>& write);

/// The same for contents that are at hand.
void write_file(const std::string& path, std::string_view owner, std::string_view contents);

}  // namespace xtape
