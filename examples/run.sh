#!/usr/bin/env bash
# Installs what is missing, builds, and trains the autoencoder on an electrocardiogram. Arguments go to the program:
# examples/run.sh --help
set -euo pipefail
source "$(dirname "$0")/../.ci/build.sh"

install_missing gnuplot-nox:gnuplot
build release autoencoder1d
exec "$project/build/bin/autoencoder1d" "$@"
