#include <xtape/core/ops/elementwise.hpp>
#include <xtape/core/ops/losses.hpp>
#include <xtape/core/ops/nn.hpp>
#include <xtape/core/ops/reduce.hpp>
#include <xtape/optim/losses/ctc.hpp>
#include <xtape/optim/losses/loss_config_impl.hpp>

namespace xtape {

Tensor ctc(const Tensor& y_true, const Tensor& y_pred) {
  require(y_true.rank() == 2, "ctc", "y_true must be (samples, labels) (received ", describe(y_true), ")");
  require(y_pred.rank() == 3, "ctc", "y_pred must be (samples, steps, classes) (received ", describe(y_pred),
      ")");
  return ctc_loss(log_softmax(y_pred, -1), y_true, sum(not_equal(y_true, 0), -1));
}

template class LossOf<CTC>;

}  // namespace xtape
