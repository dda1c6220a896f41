#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <ostream>
#include <stdexcept>
#include <thread>
#include <xtape/core/atomic_file.hpp>
#include <xtape/core/errors.hpp>

#include "temporary_folder.hpp"

using namespace xtape;
using xtape::test::contents_of;
using xtape::test::TemporaryFolder;
using xtape::test::write_contents;
namespace fs = std::filesystem;

namespace {

// Files of this process may not grow beyond `bytes`: the way a full disk feels.
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~SizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  SizeLimit(const SizeLimit&) = delete;
  SizeLimit& operator=(const SizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace

TEST_CASE("a file gets its contents, new or in place of old ones") {
  const TemporaryFolder folder;
  const std::string path = folder / "log.csv";
  write_file(path, "test", std::string_view("a\0b\n", 4));
  CHECK(contents_of(path) == std::string("a\0b\n", 4));
  write_file(path, "test", [](std::ostream& out) { out << "x," << 2; });
  CHECK(contents_of(path) == "x,2");
  CHECK(folder.files() == std::vector<std::string>{"log.csv"});
}

TEST_CASE("when writing throws, the old contents stay and nothing else is left") {
  const TemporaryFolder folder;
  const std::string path = folder / "log.csv";
  write_file(path, "test", "old");
  const auto breaks_off = [](std::ostream& out) {
    out << "half of the new" << std::flush;
    throw std::runtime_error("stop");
  };
  CHECK_THROWS_WITH_AS(write_file(path, "test", breaks_off), "stop", std::runtime_error);
  CHECK(contents_of(path) == "old");
  CHECK_THROWS_AS(write_file(folder / "new.csv", "test", breaks_off), std::runtime_error);
  CHECK(folder.files() == std::vector<std::string>{"log.csv"});
}

TEST_CASE("when the disk is full, the old contents stay and the error tells why") {
  const TemporaryFolder folder;
  const std::string path = folder / "log.csv";
  write_file(path, "test", "old");
  for (const std::size_t size : {std::size_t{5000}, std::size_t{1} << 20}) {
    const SizeLimit limit(4096);
    CHECK_THROWS_WITH_AS(write_file(path, "test", std::string(size, 'x')),
        ("ValueError: test: " + path + ": could not be written (File too large)").c_str(), ValueError);
  }
  CHECK(contents_of(path) == "old");
  CHECK(folder.files() == std::vector<std::string>{"log.csv"});
}

TEST_CASE("a stream that was left in a bad state is an error") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(write_file(folder / "a", "test", [](std::ostream& out) { out.setstate(std::ios::badbit); }),
      ValueError);
  CHECK(folder.files().empty());
}

TEST_CASE("paths that no file can have are refused by name") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(write_file("", "test", "x"),
      "ValueError: test: the path of a file to write must not be empty", ValueError);
  CHECK_THROWS_WITH_AS(write_file(folder.path(), "test", "x"),
      ("ValueError: test: " + folder.path() + ": must be an ordinary file or not exist yet").c_str(),
      ValueError);
  CHECK_THROWS_WITH_AS(write_file("/dev/null", "test", "x"),
      "ValueError: test: /dev/null: must be an ordinary file or not exist yet", ValueError);
  const std::string lost = folder / "absent/file";
  CHECK_THROWS_WITH_AS(write_file(lost, "test", "x"),
      ("ValueError: test: " + lost + ": could not be written (No such file or directory)").c_str(),
      ValueError);
}

TEST_CASE("a file keeps its permissions") {
  const TemporaryFolder folder;
  const std::string path = folder / "a";
  write_file(path, "test", "old");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write | fs::perms::others_read);
  write_file(path, "test", "new");
  CHECK(fs::status(path).permissions() ==
        (fs::perms::owner_read | fs::perms::owner_write | fs::perms::others_read));
}

TEST_CASE("a symbolic link stays one, and the file it points to is written") {
  const TemporaryFolder folder;
  write_contents(folder / "target", "old");
  fs::create_symlink("target", folder / "link");
  fs::create_symlink("not_yet", folder / "dangling");
  write_file(folder / "link", "test", "new");
  write_file(folder / "dangling", "test", "made");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(contents_of(folder / "target") == "new");
  CHECK(contents_of(folder / "not_yet") == "made");
}

TEST_CASE("a reader sees old contents or new ones, whole, while several threads write") {
  const TemporaryFolder folder;
  const std::string path = folder / "a";
  write_file(path, "test", std::string(100000, '0'));
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  std::thread reader([&] {
    while (!done) {
      const std::string seen = contents_of(path);
      torn += seen != std::string(100000, seen.empty() ? '?' : seen[0]);
    }
  });
  std::vector<std::thread> writers;
  for (const char c : {'1', '2'}) {
    writers.emplace_back([&, c] {
      for (int round = 0; round < 10; ++round) write_file(path, "test", std::string(100000, c));
    });
  }
  for (std::thread& writer : writers) writer.join();
  done = true;
  reader.join();
  CHECK(torn == 0);
  CHECK(folder.files() == std::vector<std::string>{"a"});
}
