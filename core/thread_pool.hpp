// The thread pool: one loop over independent pieces of work, spread over the processor's cores.
//
//     parallel_for(batches, [&](Index b) { loss[b] = step(b); });
//
// Piece i does the same whichever thread runs it, and pieces share nothing that they write. What is then combined, in
// the order of the pieces, does not depend on the number of threads.
#pragma once
#include <xtape/core/shape.hpp>

namespace xtape {

/// How many threads parallel_for uses, its caller included: the number of the machine's cores unless set. A state of the
/// whole program, like the default dtype.
int num_threads();
/// Sets it. Throws ValueError outside [1, 1024]; StateError inside a parallel_for.
void set_num_threads(int n);

/// How many a parallel_for would use that is called here and now: 1 inside another one.
int available_threads();

/// While it lives, the loops of this thread run on this thread alone, as they do inside a parallel_for.
class [[nodiscard]] OneThread {
 public:
  OneThread();
  ~OneThread();
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  bool before_;
};

namespace detail {
using Range = void (*)(const void* f, Index first, Index last);
void parallel_ranges(Index count, Range range, const void* f);
}  // namespace detail

/// Calls f(0), f(1), ..., f(count - 1), each once, and returns when all are done. Thread p of P takes the p-th of P equal
/// parts, in order; the caller takes the first. Inside another parallel_for, and while another thread runs one, all of it
/// runs on the caller; but a loop of one piece is no loop, and leaves the threads to those inside it. A tape hears of ops on
/// its own thread only, so a piece that wants gradients makes its own tape.
///
/// When calls throw, the exception of the lowest index is rethrown, as a plain loop would have done; higher indices may
/// have been called or not. Throws ValueError for a negative count. A child made by fork() has no threads and must not call this.
template <class F>
void parallel_for(Index count, const F& f) {
  const detail::Range range = [](const void* function, Index first, Index last) {
    for (Index i = first; i < last; ++i) (*static_cast<const F*>(function))(i);
  };
  detail::parallel_ranges(count, range, &f);
}

}  // namespace xtape
