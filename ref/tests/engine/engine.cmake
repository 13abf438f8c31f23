# The engine over a fake network and a real local database.
foreach(module setup sync)
  add_unit_test(test_engine_${module}
    ${CMAKE_CURRENT_LIST_DIR}/company.c ${CMAKE_CURRENT_LIST_DIR}/fake_network.c
    ${CMAKE_CURRENT_LIST_DIR}/test_${module}.c
    LIBS vmx_engine)
endforeach()

# Every allocation fails in turn: malloc by the linker, SQLite and cJSON by their hooks.
add_unit_test(test_engine_memory
  ${CMAKE_CURRENT_LIST_DIR}/company.c ${CMAKE_CURRENT_LIST_DIR}/fake_network.c
  ${CMAKE_CURRENT_LIST_DIR}/allocator.c ${CMAKE_CURRENT_LIST_DIR}/test_memory.c
  LIBS vmx_engine PkgConfig::SQLITE)
if(TARGET test_engine_memory)
  target_link_options(test_engine_memory PRIVATE
    -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=strndup)
  set_tests_properties(test_engine_memory PROPERTIES TIMEOUT 1200) # thousands of databases
endif()
