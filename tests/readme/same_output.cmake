# cmake -D PROGRAM=... -D EXPECTED=... -P same_output.cmake: fails unless PROGRAM prints what the file EXPECTED holds.
execute_process(COMMAND ${PROGRAM} OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
file(READ ${EXPECTED} expected)
if(NOT printed STREQUAL expected)
  message(FATAL_ERROR "The README says that this is printed:\n${expected}\nbut this is:\n${printed}")
endif()
