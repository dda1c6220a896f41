#!/usr/bin/env bash
# Installs what is missing, builds, runs all tests. Arguments go to ctest: tests/run.sh -R conv1d
set -euo pipefail
source "$(dirname "$0")/../.ci/build.sh"

install_missing librapidcheck-dev:rapidcheck.h
build release
run_tests release "$@"
