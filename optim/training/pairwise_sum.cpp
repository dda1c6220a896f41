#include <utility>

#include <xtape/core/errors.hpp>
#include <xtape/core/ops/elementwise.hpp>
#include <xtape/optim/training/pairwise_sum.hpp>

namespace xtape {
namespace {

Tensors sums(const Tensors& a, const Tensors& b) {
  Tensors out;
  out.reserve(a.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    out.push_back(a[i] && b[i] ? add(a[i], b[i]) : a[i] ? a[i] : b[i]);
  return out;
}

}  // namespace

void PairwiseSum::add(std::size_t part, Tensors terms) {
  rise({0, part}, {std::move(terms), std::this_thread::get_id()}, false);
}

// Adds neighbours to a sum, level by level, as far as they wait: of the same thread, or among all.
void PairwiseSum::rise(Place place, Sum sum, bool among_all) {
  for (;; ++place.level, place.number /= 2) {
    const std::size_t last = (parts_ - 1) >> place.level;  // number of the level
    const Place neighbour{place.level, place.number ^ 1};
    if (last > 0 && neighbour.number > last) continue;  // there is none: it goes up alone
    std::unique_lock lock(mutex_);
    const auto found = waiting_.find(neighbour);
    if (last == 0 || found == waiting_.end() || !(among_all || found->second.thread == sum.thread)) {
      waiting_.emplace(place, std::move(sum));
      return;
    }
    const Sum other = std::move(waiting_.extract(found).mapped());
    lock.unlock();
    sum.terms = sums(sum.terms, other.terms);
  }
}

Tensors PairwiseSum::total() {
  while (waiting_.size() > 1) {
    auto lowest = waiting_.extract(waiting_.begin());
    const std::size_t others = waiting_.size();
    rise(lowest.key(), std::move(lowest.mapped()), true);
    if (waiting_.size() > others) break;  // its neighbour is not there
  }
  if (waiting_.size() != 1) throw StateError("PairwiseSum: total: some parts have not been added");
  return waiting_.begin()->second.terms;
}

}  // namespace xtape
