#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <xtape/core/errors.hpp>
#include <xtape/core/thread_pool.hpp>

namespace xtape {
namespace {

constexpr int most_threads = 1024;
constexpr int spins = 2000;  // some tens of microseconds: about what waking a sleeping thread takes

// The next loop often follows at once, so whoever waits looks a while before it goes to sleep.
void wait_while(const std::atomic<std::uint32_t>& value, std::uint32_t unwanted) {
  for (int i = 0; i < spins; ++i) {
    if (value.load(std::memory_order_acquire) != unwanted) return;
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#else
    std::this_thread::yield();
#endif
  }
  while (value.load(std::memory_order_acquire) == unwanted) value.wait(unwanted, std::memory_order_acquire);
}

struct Loop {
  Index count = 0;
  detail::Range range = nullptr;
  const void* f = nullptr;
};

// The workers, and how a loop reaches them: the caller writes `loop_`, then raises `round_`; each worker runs its part,
// then lowers `busy_`; the caller goes on when it is 0. Nobody touches `loop_` in between.
class Workers {
 public:
  explicit Workers(int threads) : errors_(static_cast<std::size_t>(threads)) {
    threads_.reserve(errors_.size() - 1);
    try {
      for (int part = 1; part < threads; ++part) threads_.emplace_back([this, part] { work(part); });
    } catch (const std::system_error&) {  // the system has no more threads: those we have do it all
    }
    parts_ = static_cast<int>(threads_.size()) + 1;
  }
  ~Workers() {
    loop_ = {};
    next_round();
    for (std::thread& thread : threads_) thread.join();
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void run(const Loop& loop) {
    loop_ = loop;
    busy_.store(static_cast<std::uint32_t>(threads_.size()), std::memory_order_relaxed);
    next_round();
    run_part(0);
    while (const std::uint32_t left = busy_.load(std::memory_order_acquire)) wait_while(busy_, left);
    rethrow_first();
  }

 private:
  void next_round() {
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
  }
  void work(int part);
  void run_part(int part) noexcept {
    const Index first = loop_.count / parts_ * part + std::min<Index>(loop_.count % parts_, part);
    const Index last = first + loop_.count / parts_ + (part < loop_.count % parts_ ? 1 : 0);
    try {
      loop_.range(loop_.f, first, last);
    } catch (...) {
      errors_[static_cast<std::size_t>(part)] = std::current_exception();
    }
  }
  void rethrow_first() {  // parts are in the order of the indices, and each stopped at its first error
    const auto failed = [](const std::exception_ptr& e) { return e != nullptr; };
    const auto first = std::find_if(errors_.begin(), errors_.end(), failed);
    if (first == errors_.end()) return;
    const std::exception_ptr error = *first;
    std::fill(errors_.begin(), errors_.end(), nullptr);
    std::rethrow_exception(error);
  }

  Loop loop_;
  int parts_ = 1;
  std::vector<std::exception_ptr> errors_;
  alignas(64) std::atomic<std::uint32_t> round_ = 0;
  alignas(64) std::atomic<std::uint32_t> busy_ = 0;
  std::vector<std::thread> threads_;
};

constinit thread_local bool inside_loop = false;

void Workers::work(int part) {
  inside_loop = true;
  for (std::uint32_t round = 0;; ++round) {
    wait_while(round_, round);
    if (!loop_.range) return;
    run_part(part);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

int hardware_threads() {
  static const int cores = static_cast<int>(std::thread::hardware_concurrency());
  return std::clamp(cores, 1, most_threads);  // 0 cores: not known
}

std::atomic<int> wanted = 0;  // 0: not set, as many as the machine has cores
std::atomic<bool> pool_ended = false;

struct Pool {
  std::mutex mutex;  // held while a loop runs
  std::unique_ptr<Workers> workers;
  ~Pool() {
    pool_ended = true;  // static objects that end later run their loops alone
    if (inside_loop)
      static_cast<void>(workers.release());  // a piece of work called exit(): the others are at work
  }
};
Pool& pool() {
  static Pool it;
  return it;
}

}  // namespace

int num_threads() {
  const int n = wanted.load(std::memory_order_relaxed);
  return n > 0 ? n : hardware_threads();
}

OneThread::OneThread() : before_(std::exchange(inside_loop, true)) {}
OneThread::~OneThread() { inside_loop = before_; }

int available_threads() { return inside_loop ? 1 : num_threads(); }

void set_num_threads(int n) {
  require(1 <= n && n <= most_threads, "set_num_threads", "n must lie in [1, ", most_threads,
      "] (received n=", n, ")");
  if (inside_loop) throw StateError("set_num_threads: it must not be called inside a parallel_for");
  const std::lock_guard lock(pool().mutex);
  if (n != num_threads()) pool().workers.reset();
  wanted.store(n, std::memory_order_relaxed);
}

void detail::parallel_ranges(Index count, Range range, const void* f) {
  require(count >= 0, "parallel_for", "count must be at least 0 (received count=", count, ")");
  if (count == 1) return range(f, 0, 1);
  if (!inside_loop && num_threads() > 1 && !pool_ended) {
    const std::unique_lock lock(pool().mutex, std::try_to_lock);
    if (lock.owns_lock() && num_threads() > 1) {
      const OneThread inside;
      if (!pool().workers) pool().workers = std::make_unique<Workers>(num_threads());
      return pool().workers->run({count, range, f});
    }
  }
  const OneThread inside;
  range(f, 0, count);
}

}  // namespace xtape
