# Unit tests of the local database, one program for each area.
foreach(module local read select cascade change scope tracking upload hierarchy download plans owner)
  add_unit_test(test_store_${module} ${CMAKE_CURRENT_LIST_DIR}/test_${module}.c LIBS vmx_store vmx_sqlite)
endforeach()
