# Unit tests of the pure part that knows the protocol, one program for each module.
foreach(module value model answer phase page upload edit)
  add_unit_test(test_core_${module} ${CMAKE_CURRENT_LIST_DIR}/test_${module}.c LIBS vmx_core)
endforeach()
