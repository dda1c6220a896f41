# What examples/run.sh, tests/run.sh and .ci/run share: install what is missing, configure, build. Source it.
set -euo pipefail
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Debian package, and the command or header that proves it is there, however it came.
needs=(
  g++:${CXX:-c++}
  cmake:cmake
  ninja-build:ninja
  libxtensor-dev:xtensor/xtensor_config.hpp
  libxsimd-dev:xsimd/xsimd.hpp
  libxtensor-blas-dev:xtensor-blas/xblas.hpp
  libopenblas-dev:openblas_config.h
  nlohmann-json3-dev:nlohmann/json.hpp
  zlib1g-dev:zlib.h
  libcli11-dev:CLI/CLI.hpp
  libfmt-dev:fmt/core.h
  doctest-dev:doctest/doctest.h
)

is_present() {
  [[ $1 == *.h || $1 == *.hpp ]] || { command -v "$1" >/dev/null; return; }
  local prefix more=${CMAKE_PREFIX_PATH:-}
  for prefix in /usr /usr/local ${CONDA_PREFIX:-} ${more//[;:]/ }; do
    compgen -G "$prefix/include/$1" >/dev/null || compgen -G "$prefix/include/*/$1" >/dev/null && return
  done
  return 1
}

# install_missing [PACKAGE:PROOF...]: of the list above and the arguments.
install_missing() {
  local need missing=() as_root=()
  for need in "${needs[@]}" "$@"; do
    is_present "${need#*:}" || missing+=("${need%%:*}")
  done
  ((${#missing[@]})) || return 0

  ((EUID == 0)) || as_root=(sudo)
  if ! command -v apt-get >/dev/null || ! command -v "${as_root[0]:-env}" >/dev/null; then
    echo "Missing: ${missing[*]} (Debian's names; as root: apt-get install). Install them and run this again." >&2
    return 1
  fi
  echo "Installing: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# build PRESET [TARGET...]: all targets when none is named. The generator of an older build folder is kept.
build() {
  local preset=$1
  shift
  (
    cd "$project"
    CMAKE_GENERATOR=${CMAKE_GENERATOR:-Ninja} cmake --preset "$preset" >/dev/null
    cmake --build --preset "$preset" --parallel "$(nproc)" ${1:+--target "$@"}
  )
}

# run_tests PRESET [CTEST ARGUMENT...]
run_tests() {
  local preset=$1
  shift
  (cd "$project" && ctest --preset "$preset" --parallel "$(nproc)" "$@")
}
