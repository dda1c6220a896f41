#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <xtape/core/atomic_file.hpp>
#include <xtape/core/errors.hpp>

namespace xtape {
namespace {

namespace fs = std::filesystem;

class AtomicFile {
 public:
  AtomicFile(const std::string& path, std::string_view owner)
      : owner_(owner), target_(resolved(path)), temporary_(beside(target_)) {
    std::error_code none;
    const fs::file_status before = fs::status(target_, none);
    // Renaming over a device or a pipe would put a file in its place.
    require(!fs::exists(before) || fs::is_regular_file(before), owner_, target_.native(),
        ": must be an ordinary file or not exist yet");
    descriptor_ = ::open(temporary_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (descriptor_ < 0) fail();
    if (fs::exists(before)) ::fchmod(descriptor_, static_cast<mode_t>(before.permissions()) & 07777);
    errno = 0;  // what it says later is about the stream
    stream_.open(temporary_, std::ios::binary);
  }
  ~AtomicFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!committed_) ::unlink(temporary_.c_str());
  }
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  std::ostream& stream() { return stream_; }

  void commit() {
    stream_.close();
    if (!stream_ || ::fsync(descriptor_) != 0) fail();
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail();
    committed_ = true;
    sync_folder();
  }

 private:
  // A symbolic link is followed, so that what it points to is written and not the link.
  fs::path resolved(fs::path path) const {
    require(!path.empty(), owner_, "the path of a file to write must not be empty");
    std::error_code error;
    for (int links = 0; links < 40 && fs::is_symlink(path, error); ++links) {
      path = path.parent_path() / fs::read_symlink(path, error);
      require(!error, owner_, path.native(), ": could not be written (", error.message(), ")");
    }
    return path;
  }
  static fs::path beside(const fs::path& target) {
    static std::atomic<unsigned> count = 0;
    fs::path name = target;
    return name += concat(".", ::getpid(), ".", count++, ".tmp");
  }
  // The new name itself is on the disk only when the folder is. Some file systems cannot say; the file is complete anyway.
  void sync_folder() const {
    const fs::path folder = target_.has_parent_path() ? target_.parent_path() : fs::path(".");
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
  }
  [[noreturn]] void fail() const {
    const int reason = errno;
    throw ValueError(concat(owner_, ": ", target_.native(), ": could not be written (",
        reason ? std::generic_category().message(reason) : "the stream failed", ")"));
  }

  std::string owner_;
  fs::path target_, temporary_;
  int descriptor_ = -1;
  std::ofstream stream_;
  bool committed_ = false;
};

}  // namespace

void write_file(
    const std::string& path, std::string_view owner, const std::function<void(std::ostream&)>& write) {
  AtomicFile file(path, owner);
  write(file.stream());
  file.commit();
}

void write_file(const std::string& path, std::string_view owner, std::string_view contents) {
  write_file(path, owner,
      [&](std::ostream& out) { out.write(contents.data(), static_cast<std::streamsize>(contents.size())); });
}

}  // namespace xtape
