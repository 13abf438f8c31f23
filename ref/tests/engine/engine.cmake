# The engine over a fake network and a real local database.
foreach(module setup sync)
  add_unit_test(test_engine_${module}
    ${CMAKE_CURRENT_LIST_DIR}/company.c ${CMAKE_CURRENT_LIST_DIR}/fake_network.c
    ${CMAKE_CURRENT_LIST_DIR}/test_${module}.c
    LIBS vmx_engine)
endforeach()
