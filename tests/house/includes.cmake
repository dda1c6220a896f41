# cmake -D PROJECT=... -P includes.cmake: which file may include what, read from the sources. The include roots already
# keep a part from the parts above it; these rules are finer.

# forbid(WHERE EXCEPT WHAT): no file whose path matches WHERE, except those that match EXCEPT, has a line that matches WHAT.
function(forbid where except what)
  file(GLOB_RECURSE files RELATIVE ${PROJECT} ${PROJECT}/core/*.?pp ${PROJECT}/layers/*.?pp ${PROJECT}/optim/*.?pp
    ${PROJECT}/examples/*.?pp)
  list(FILTER files INCLUDE REGEX "${where}")
  list(FILTER files EXCLUDE REGEX "${except}")
  foreach(file IN LISTS files)
    file(STRINGS ${PROJECT}/${file} lines REGEX "^#include ${what}")
    if(lines)
      message(SEND_ERROR "${file} may not say: ${lines}")
    endif()
  endforeach()
endfunction()

set(nowhere "^$")
# xtensor, SIMD and BLAS live in the kernels, and at the door for xtensor's users.
forbid("^(core|layers|optim)/" "^core/(kernels/|xtensor[.]hpp$)" "[<\"](xtensor|xsimd|xtl|cblas|openblas|flens|cxxblas)")
# The parts are reached by their public names, so that what compiles here compiles after installation.
forbid("^(core|layers|optim)/" ${nowhere} "\"")
forbid("^examples/" ${nowhere} "\"[.][.]/[.][.]")
forbid("^core/" ${nowhere} "<xtape/(layers|optim)/")
forbid("^layers/" ${nowhere} "<xtape/optim/")
# Optimizers, losses and metrics know no layers; only training brings the two together.
forbid("^optim/" "^optim/training/" "<xtape/layers/")
# Inside core: errors, shapes and numbers know no tensors; kernels know no tensors either.
forbid("^core/kernels/" ${nowhere} "<xtape/core/(tensor|tape|variable|ops/.*)[.]hpp>")
# The full JSON header is a second of compile time: public headers take json_fwd.hpp.
forbid("^(core|layers|optim)/.*[.]hpp$" "json[.]hpp$" "<nlohmann/json[.]hpp>")
