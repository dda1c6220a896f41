# cmake -D PROJECT=... -D CLANG_FORMAT=... [-D CHECK=ON] -P format.cmake: formats every file of ours, or checks that it is.
if(NOT CLANG_FORMAT)
  message("skipped: there is no clang-format-14")
  return()
endif()
file(GLOB_RECURSE files ${PROJECT}/core/*.?pp ${PROJECT}/layers/*.?pp ${PROJECT}/optim/*.?pp ${PROJECT}/examples/*.?pp
  ${PROJECT}/tests/*.?pp)
if(CHECK)
  set(mode --dry-run -Werror)
else()
  set(mode -i)
endif()
execute_process(COMMAND ${CLANG_FORMAT} ${mode} ${files} COMMAND_ERROR_IS_FATAL ANY)
