// All initializers.
#pragma once
#include <xtape/layers/initializers/constants.hpp>
#include <xtape/layers/initializers/orthogonal.hpp>
#include <xtape/layers/initializers/random.hpp>
#include <xtape/layers/initializers/variance_scaling.hpp>
