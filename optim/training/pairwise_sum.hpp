// PairwiseSum: the sum of what the parts of a batch have computed.
//
//     part     0   1   2   3   4
//              0 + 1   2 + 3   4
//              (0 + 1) + (2 + 3)   4
//              ((0 + 1) + (2 + 3)) + 4
//
// Who adds what does not matter: each sum is the same, bit for bit. So a thread adds neighbours of its own as soon as it has
// both, and few of them wait in memory; what is left is added when all have come. (A thread could add another's too, but then
// chance would decide which thread needs how much memory.)
#pragma once
#include <compare>
#include <cstddef>
#include <map>
#include <mutex>
#include <thread>

#include <xtape/layers/layer.hpp>

namespace xtape {

class PairwiseSum {
 public:
  explicit PairwiseSum(std::size_t parts) : parts_(parts) {}

  /// Adds the tensors of one of the parts, as many from each; None counts as nothing. On any thread.
  void add(std::size_t part, Tensors terms);
  /// The sums, when all parts have come. Throws StateError before.
  Tensors total();

 private:
  struct Place {
    int level;
    std::size_t number;  // in the level
    auto operator<=>(const Place&) const = default;
  };
  struct Sum {
    Tensors terms;
    std::thread::id thread;
  };
  void rise(Place place, Sum sum, bool among_all);

  std::size_t parts_;
  std::mutex mutex_;
  std::map<Place, Sum> waiting_;  // for their neighbours; the whole sum waits alone
};

}  // namespace xtape
