// The convolutions of every channel by itself next to their definition, few channels and many, short and long.
#include <xtape/core/kernels/conv1d_depthwise.hpp>

#include "guarded.hpp"

using namespace xtape;
using namespace xtape::kernels;
using namespace xtape::testing;

TEST_CASE_TEMPLATE("depthwise convolutions agree with their definition", T, float, double) {
  std::mt19937 generator(1);
  for (int round = 0; round < 300; ++round) {
    Conv1DSizes z{};
    z.groups = z.x_channels = z.y_channels = draw_length(generator, 1);
    const bool is_long = round % 10 == 0 && z.groups < 40;  // longer than what is kept in cache
    z.batch = pick(generator, 0, 3), z.kernel_size = pick(generator, 0, 7);
    z.x_steps = is_long ? 1000 : pick(generator, 0, 40), z.y_steps = is_long ? 900 : pick(generator, 0, 40);
    z.strides = pick(generator, 0, 1) == 0 ? 1 : pick(generator, 1, 4), z.dilation = pick(generator, 1, 3);
    z.left = pick(generator, -4, 8);
    CAPTURE(round);
    CAPTURE(z.groups);
    const Index channels = z.groups;
    const auto x = Guarded<T>::random(z.batch * z.x_steps * channels, generator),
               w = Guarded<T>::random(z.kernel_size * channels, generator),
               y = Guarded<T>::random(z.batch * z.y_steps * channels, generator);
    Guarded<T> x_out(x.size()), w_out(w.size()), y_out(y.size());
    conv1d_depthwise(x.data(), w.data(), y_out.data(), z);
    conv1d_transpose_depthwise(y.data(), w.data(), x_out.data(), z);
    kernel_grad_depthwise(x.data(), y.data(), w_out.data(), z);

    std::vector<double> xs(static_cast<std::size_t>(x.size())), ws(static_cast<std::size_t>(w.size())),
        ys(static_cast<std::size_t>(y.size()));
    for (Index n = 0; n < z.batch; ++n)
      for (Index t = 0; t < z.y_steps; ++t)
        for (Index k = 0; k < z.kernel_size; ++k)
          for (Index c = 0; c < channels; ++c) {
            const Index step = t * z.strides + k * z.dilation - z.left;
            if (step < 0 || step >= z.x_steps) continue;
            const Index i = (n * z.x_steps + step) * channels + c, j = k * channels + c,
                        l = (n * z.y_steps + t) * channels + c;
            xs[static_cast<std::size_t>(i)] += static_cast<double>(w[j]) * static_cast<double>(y[l]);
            ws[static_cast<std::size_t>(j)] += static_cast<double>(x[i]) * static_cast<double>(y[l]);
            ys[static_cast<std::size_t>(l)] += static_cast<double>(x[i]) * static_cast<double>(w[j]);
          }
    CHECK(all_near(x_out, xs, round_off<T>(z.kernel_size)));
    CHECK(all_near(y_out, ys, round_off<T>(z.kernel_size)));
    CHECK(all_near(w_out, ws, round_off<T>(z.batch * z.y_steps)));
  }
}
