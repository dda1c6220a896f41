#include <algorithm>
#include <cmath>
#include <sstream>
#include <xtape/core/kernels/conv1d.hpp>

#include "guarded.hpp"
#include "threads.hpp"

using namespace xtape;
using namespace xtape::kernels;
using xtape::testing::Guarded;
using xtape::testing::Threads;

namespace {

std::string text(const Conv1DSizes& z) {
  std::ostringstream out;
  out << "batch " << z.batch << ", x " << z.x_steps << "x" << z.x_channels << ", kernel " << z.kernel_size
      << ", y " << z.y_steps << "x" << z.y_channels << ", strides " << z.strides << ", dilation "
      << z.dilation << ", left " << z.left << ", groups " << z.groups;
  return out.str();
}

Index x_size(const Conv1DSizes& z) { return z.batch * z.x_steps * z.x_channels; }
Index y_size(const Conv1DSizes& z) { return z.batch * z.y_steps * z.y_channels; }
Index w_size(const Conv1DSizes& z) { return z.kernel_size * (z.x_channels / z.groups) * z.y_channels; }

// A value and the sum of its terms' magnitudes, the yardstick of rounding errors.
struct Sum {
  double value = 0, magnitude = 0;
  void add(double term) { value += term, magnitude += std::abs(term); }
};

enum class Leave { x, w, y };

// The trilinear form, straight from its definition: every term, added to the element of the argument left out.
template <class T>
std::vector<Sum> naive(
    Leave leave, const Guarded<T>& x, const Guarded<T>& w, const Guarded<T>& y, const Conv1DSizes& z) {
  const Index size = leave == Leave::x ? x_size(z) : leave == Leave::w ? w_size(z) : y_size(z);
  std::vector<Sum> result(static_cast<std::size_t>(size));
  const Index c_group = z.x_channels / z.groups, f_group = z.y_channels / z.groups;
  for (Index n = 0; n < z.batch; ++n)
    for (Index t = 0; t < z.y_steps; ++t)
      for (Index f = 0; f < z.y_channels; ++f)
        for (Index k = 0; k < z.kernel_size; ++k)
          for (Index c = 0; c < c_group; ++c) {
            const Index step = t * z.strides + k * z.dilation - z.left;
            if (step < 0 || step >= z.x_steps) continue;
            const Index i = (n * z.x_steps + step) * z.x_channels + f / f_group * c_group + c;
            const Index j = (k * c_group + c) * z.y_channels + f;
            const Index l = (n * z.y_steps + t) * z.y_channels + f;
            if (leave == Leave::x) result[static_cast<std::size_t>(i)].add(double(w[j]) * double(y[l]));
            if (leave == Leave::w) result[static_cast<std::size_t>(j)].add(double(x[i]) * double(y[l]));
            if (leave == Leave::y) result[static_cast<std::size_t>(l)].add(double(x[i]) * double(w[j]));
          }
  return result;
}

// The largest error in units of epsilon times the sum of magnitudes; NaN stays NaN.
template <class T>
double worst_error(const Guarded<T>& actual, const std::vector<Sum>& expected) {
  double worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double scale = double(std::numeric_limits<T>::epsilon()) * std::max(expected[i].magnitude, 1e-30);
    const double error = std::abs(double(actual[static_cast<Index>(i)]) - expected[i].value) / scale;
    worst = error <= worst ? worst : error;
  }
  return worst;
}

// The sums with what `finish` does to them, over rows of so many columns.
template <class T>
std::vector<Sum> finished(std::vector<Sum> sums, const Finish<T>& finish, Index columns) {
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (finish.bias != nullptr) sums[i].add(double(finish.bias[static_cast<Index>(i) % columns]));
    if (finish.relu) sums[i].value = std::max(sums[i].value, 0.0);
  }
  return sums;
}

// conv1d and conv1d_transpose with a bias, a relu, or both.
template <class T>
void check_finishes(const Conv1DSizes& z, unsigned seed) {
  CAPTURE(text(z));
  std::mt19937 generator(seed);
  const auto x = Guarded<T>::random(x_size(z), generator), w = Guarded<T>::random(w_size(z), generator),
             y = Guarded<T>::random(y_size(z), generator);
  const auto x_bias = Guarded<T>::random(z.x_channels, generator),
             y_bias = Guarded<T>::random(z.y_channels, generator);
  for (const auto& [with_bias, relu] : {std::pair{true, false}, {false, true}, {true, true}}) {
    const Finish<T> for_x{with_bias ? x_bias.data() : nullptr, relu},
        for_y{with_bias ? y_bias.data() : nullptr, relu};
    Guarded<T> x_out(x_size(z)), y_out(y_size(z));
    conv1d(x.data(), w.data(), y_out.data(), z, for_y);
    CHECK(worst_error(y_out, finished(naive(Leave::y, x, w, y, z), for_y, z.y_channels)) < 40);
    CHECK(y_out.guards_intact());
    conv1d_transpose(y.data(), w.data(), x_out.data(), z, for_x);
    CHECK(worst_error(x_out, finished(naive(Leave::x, x, w, y, z), for_x, z.x_channels)) < 40);
    CHECK(x_out.guards_intact());
  }
}

template <class T>
void check_all_three(const Conv1DSizes& z, unsigned seed) {
  CAPTURE(text(z));
  std::mt19937 generator(seed);
  const auto x = Guarded<T>::random(x_size(z), generator), w = Guarded<T>::random(w_size(z), generator),
             y = Guarded<T>::random(y_size(z), generator);
  Guarded<T> x_out(x_size(z)), w_out(w_size(z)), y_out(y_size(z));

  conv1d(x.data(), w.data(), y_out.data(), z);
  CHECK(worst_error(y_out, naive(Leave::y, x, w, y, z)) < 40);
  CHECK(y_out.guards_intact());

  conv1d_transpose(y.data(), w.data(), x_out.data(), z);
  CHECK(worst_error(x_out, naive(Leave::x, x, w, y, z)) < 40);
  CHECK(x_out.guards_intact());

  conv1d_kernel_grad(x.data(), y.data(), w_out.data(), z);
  CHECK(worst_error(w_out, naive(Leave::w, x, w, y, z)) < 40);
  CHECK(w_out.guards_intact());

  // From arrays with nothing around them, where the address sanitizer sees what is read outside.
  const std::vector<T> x_alone(x.begin(), x.end()), w_alone(w.begin(), w.end()), y_alone(y.begin(), y.end());
  Guarded<T> x_again(x_size(z)), w_again(w_size(z)), y_again(y_size(z));
  conv1d(x_alone.data(), w_alone.data(), y_again.data(), z);
  conv1d_transpose(y_alone.data(), w_alone.data(), x_again.data(), z);
  conv1d_kernel_grad(x_alone.data(), y_alone.data(), w_again.data(), z);
  CHECK(std::equal(x_out.begin(), x_out.end(), x_again.begin()));
  CHECK(std::equal(w_out.begin(), w_out.end(), w_again.begin()));
  CHECK(std::equal(y_out.begin(), y_out.end(), y_again.begin()));
}

class Draw {
 public:
  explicit Draw(unsigned seed) : generator_(seed) {}
  Index between(Index low, Index high) { return std::uniform_int_distribution<Index>(low, high)(generator_); }
  bool one_in(Index count) { return between(1, count) == 1; }
  Index channels() { return one_in(3) ? between(0, 4) : one_in(2) ? between(1, 20) : 8 * between(1, 5); }

 private:
  std::mt19937 generator_;
};

}  // namespace

TEST_CASE_TEMPLATE(
    "the three kernels agree with the definition for sizes drawn at random", T, float, double) {
  Draw draw(3);
  for (unsigned round = 0; round < 400; ++round) {
    Conv1DSizes z{};
    z.batch = draw.one_in(20) ? 0 : draw.between(1, 4);
    z.x_steps = draw.between(0, 40);
    z.x_channels = draw.channels();
    z.kernel_size = draw.between(0, 9);
    z.y_steps = draw.between(0, 40);
    z.y_channels = draw.channels();
    z.strides = draw.between(1, 4);
    z.dilation = draw.one_in(2) ? 1 : draw.between(1, 5);
    z.left = draw.between(-5, 12);
    if (draw.one_in(10)) z.left = draw.between(-200, 200);  // windows wholly outside
    check_all_three<T>(z, round);
  }
}

TEST_CASE_TEMPLATE(
    "the three kernels agree with the definition for wide layers drawn at random", T, float, double) {
  Draw draw(9);
  for (unsigned round = 0; round < 40; ++round) {
    Conv1DSizes z{};
    z.batch = draw.one_in(2) ? 1 : draw.between(2, 12);
    z.x_channels = draw.between(60, 140);
    z.y_channels = draw.one_in(2) ? 16 * draw.between(1, 9) : draw.between(30, 140);
    z.kernel_size = draw.between(1, 4);
    z.x_steps = draw.between(1, 16);
    z.y_steps = draw.one_in(3) ? draw.between(1, 3) : draw.between(1, 16);
    z.strides = draw.between(1, 4);
    z.dilation = draw.one_in(2) ? 1 : draw.between(1, 5);
    z.left = draw.between(-3, 8);
    if (draw.one_in(10)) z.left = draw.between(-20, 40);  // windows wholly outside
    check_all_three<T>(z, round);
  }
}

TEST_CASE_TEMPLATE(
    "results are finished as the definition says, for sizes drawn at random", T, float, double) {
  Draw draw(6);
  for (unsigned round = 0; round < 200; ++round) {
    Conv1DSizes z{};
    z.batch = draw.between(0, 3);
    z.groups = draw.one_in(4) ? draw.between(1, 4) : 1;
    z.x_channels = z.groups * draw.channels();
    z.y_channels = z.groups * draw.channels();
    z.x_steps = draw.between(0, 30);
    z.y_steps = draw.between(0, 30);
    z.kernel_size = draw.between(0, 7);
    z.strides = draw.between(1, 3);
    z.dilation = draw.one_in(2) ? 1 : draw.between(1, 3);
    z.left = draw.between(-3, 6);
    check_finishes<T>(z, round);
  }
}

TEST_CASE_TEMPLATE("a finish keeps NaN and takes the sign off negative numbers alone", T, float, double) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  for (const Index channels : {1, 3, 16, 40}) {
    const Conv1DSizes z{1, 30, channels, 1, 30, channels, 1, 1, 0};
    std::vector<T> x(static_cast<std::size_t>(x_size(z)), T(-1)),
        w(static_cast<std::size_t>(w_size(z)), T(1));
    std::vector<T> y(x.size());
    x[static_cast<std::size_t>(7 * channels)] = nan;
    conv1d(x.data(), w.data(), y.data(), z, {nullptr, true});
    for (Index t = 0; t < 30; ++t)
      for (Index f = 0; f < channels; ++f) {
        const T value = y[static_cast<std::size_t>(t * channels + f)];
        CHECK((t == 7 ? value != value : value == T(0)));
      }
  }
}

TEST_CASE_TEMPLATE("results are the same for any number of threads", T, float, double) {
  const Conv1DSizes shapes[] = {{40, 72, 16, 7, 36, 32, 2, 1, 2}, {1, 5000, 16, 7, 5000, 24, 1, 1, 3},
      {3, 200, 160, 5, 100, 144, 2, 1, 1}, {2, 3000, 32, 7, 3000, 1, 1, 1, 3},
      {1, 70, 300, 3, 64, 600, 1, 1, 1}};
  for (const Conv1DSizes& z : shapes) {
    CAPTURE(text(z));
    std::mt19937 generator(7);
    const auto x = Guarded<T>::random(x_size(z), generator), w = Guarded<T>::random(w_size(z), generator),
               y = Guarded<T>::random(y_size(z), generator);
    std::vector<std::vector<T>> results;
    for (const int threads : {1, 2, 3, 8}) {
      const Threads scope(threads);
      Guarded<T> x_out(x_size(z)), w_out(w_size(z)), y_out(y_size(z));
      conv1d(x.data(), w.data(), y_out.data(), z);
      conv1d_transpose(y.data(), w.data(), x_out.data(), z);
      conv1d_kernel_grad(x.data(), y.data(), w_out.data(), z);
      std::vector<T> all(y_out.begin(), y_out.end());
      all.insert(all.end(), x_out.begin(), x_out.end());
      all.insert(all.end(), w_out.begin(), w_out.end());
      results.push_back(all);
    }
    for (const auto& result : results) CHECK((result == results[0]));
  }
}

TEST_CASE_TEMPLATE(
    "the three kernels agree with the definition when channels come in groups", T, float, double) {
  Draw draw(4);
  for (unsigned round = 0; round < 200; ++round) {
    Conv1DSizes z{};
    z.batch = draw.between(1, 3);
    z.groups = draw.one_in(2) ? draw.between(1, 5) : draw.between(1, 40);
    const bool depthwise = draw.one_in(2);
    z.x_channels = z.groups * (depthwise ? 1 : draw.between(1, 9));
    z.y_channels = z.groups * (draw.one_in(2) ? 1 : draw.between(1, 9));
    z.x_steps = draw.between(1, 20);
    z.kernel_size = draw.between(1, 6);
    z.y_steps = draw.between(1, 20);
    z.strides = draw.between(1, 3);
    z.dilation = draw.between(1, 3);
    z.left = draw.between(-3, 6);
    check_all_three<T>(z, round);
  }
}

TEST_CASE_TEMPLATE(
    "the three kernels agree with the definition on the shapes of real models", T, float, double) {
  const Conv1DSizes shapes[] = {
      {2, 288, 1, 7, 144, 32, 2, 1, 2},      // the five layers of an autoencoder
      {2, 144, 32, 7, 72, 16, 2, 1, 2},      //
      {2, 144, 16, 7, 72, 16, 2, 1, 2},      //
      {2, 288, 32, 7, 144, 16, 2, 1, 2},     //
      {2, 288, 1, 7, 288, 32, 1, 1, 3},      //
      {3, 128, 1, 7, 64, 16, 2, 1, 2},       // a narrow one
      {3, 64, 16, 7, 32, 8, 2, 1, 2},        //
      {3, 32, 8, 7, 16, 4, 2, 1, 2},         //
      {3, 16, 4, 7, 8, 2, 2, 1, 2},          //
      {2, 90, 32, 7, 90, 1, 1, 1, 3},        // few filters of many channels
      {20, 40, 20, 5, 20, 3, 2, 1, 2},       //
      {2, 60, 20, 3, 60, 5, 1, 4, 4},        //
      {2, 50, 3, 6, 25, 20, 2, 1, 1},        // a filter count that fills no vector
      {1, 6, 64, 3, 6, 48, 1, 1, 1},         // few steps of many channels
      {2, 40, 160, 3, 10, 600, 4, 1, 1},     // so wide that weights fill the cache
      {1, 300, 96, 5, 150, 80, 2, 1, 2},     // wide
      {1, 120, 64, 12, 24, 128, 6, 1, 3},    // wide, large strides
      {2, 64, 72, 3, 64, 72, 1, 4, 4},       // wide, dilated
      {1, 700, 1, 128, 20, 70, 32, 1, 0},    // few channels, many taps
      {1, 2000, 1, 25, 1976, 1, 1, 1, 0},    // one channel
      {2, 400, 2, 3, 400, 2, 1, 8, 16},      // causal and dilated
      {2, 90, 160, 3, 45, 144, 2, 1, 1},     // rows far apart in memory, copied for the kernel gradient
      {1, 300, 280, 3, 150, 130, 2, 1, 1},   // the same with columns that fill no vector
      {1, 150, 256, 3, 150, 520, 1, 1, 1},   // weights that come in several panels
      {1, 2600, 1, 64, 320, 260, 8, 1, 20},  // a frame a row
  };
  unsigned seed = 0;
  for (const Conv1DSizes& z : shapes) check_all_three<T>(z, ++seed);
}

TEST_CASE_TEMPLATE("an infinite number reaches the steps that meet it, and no others", T, float, double) {
  Draw draw(8);
  for (unsigned round = 0; round < 60; ++round) {
    const Conv1DSizes z{.batch = 2,
        .x_steps = draw.between(20, 60),
        .x_channels = draw.one_in(3) ? draw.one_in(2) ? 16 : 64 : draw.between(1, 6),
        .kernel_size = draw.between(2, 7),
        .y_steps = draw.between(20, 60),
        .y_channels = draw.one_in(3) ? 16 : draw.between(1, 6),
        .strides = draw.between(1, 3),
        .dilation = draw.between(1, 2),
        .left = draw.between(0, 4)};
    CAPTURE(text(z));
    std::mt19937 generator(round);
    auto x = Guarded<T>::random(x_size(z), generator), y = Guarded<T>::random(y_size(z), generator);
    const auto w = Guarded<T>::random(w_size(z), generator);
    x.data()[draw.between(0, x_size(z) - 1)] = std::numeric_limits<T>::infinity();
    y.data()[draw.between(0, y_size(z) - 1)] = -std::numeric_limits<T>::infinity();
    Guarded<T> x_out(x_size(z)), w_out(w_size(z)), y_out(y_size(z));
    conv1d(x.data(), w.data(), y_out.data(), z);
    conv1d_transpose(y.data(), w.data(), x_out.data(), z);
    conv1d_kernel_grad(x.data(), y.data(), w_out.data(), z);
    const auto wrong = [&](const Guarded<T>& out, Leave leave) {
      const std::vector<Sum> expected = naive(leave, x, w, y, z);
      Index count = 0;
      for (Index i = 0; i < out.size(); ++i)
        count += std::isfinite(out[i]) != std::isfinite(expected[static_cast<std::size_t>(i)].value);
      return count;
    };
    CHECK(wrong(x_out, Leave::x) == 0);
    CHECK(wrong(w_out, Leave::w) == 0);
    CHECK(wrong(y_out, Leave::y) == 0);
  }
}

TEST_CASE_TEMPLATE("kernels leave one sample's numbers out of the others", T, float, double) {
  const Conv1DSizes z{3, 30, 3, 5, 15, 4, 2, 1, 2};
  std::mt19937 generator(5);
  auto x = Guarded<T>::random(x_size(z), generator), y = Guarded<T>::random(y_size(z), generator);
  const auto w = Guarded<T>::random(w_size(z), generator);
  const Index x_sample = z.x_steps * z.x_channels, y_sample = z.y_steps * z.y_channels;
  for (Index i = 0; i < x_sample; ++i) x.data()[x_sample + i] = std::numeric_limits<T>::infinity();
  for (Index i = 0; i < y_sample; ++i) y.data()[y_sample + i] = std::numeric_limits<T>::quiet_NaN();
  Guarded<T> x_out(x_size(z)), y_out(y_size(z));
  conv1d(x.data(), w.data(), y_out.data(), z);
  conv1d_transpose(y.data(), w.data(), x_out.data(), z);
  for (const Index n : {0, 2}) {
    for (Index i = 0; i < y_sample; ++i) CHECK(std::isfinite(y_out[n * y_sample + i]));
    for (Index i = 0; i < x_sample; ++i) CHECK(std::isfinite(x_out[n * x_sample + i]));
  }
}
