# Tests of the options table and of the callback payloads.
foreach(module options options_table options_pages payload)
  add_unit_test(test_core_${module} ${CMAKE_CURRENT_LIST_DIR}/test_${module}.c LIBS vmx_core)
  if(BUILD_TESTING)
    target_compile_definitions(test_core_${module} PRIVATE SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  endif()
endforeach()
