# The engine over a fake network and a real local database.
add_unit_test(test_engine_sync
  ${CMAKE_CURRENT_LIST_DIR}/company.c ${CMAKE_CURRENT_LIST_DIR}/fake_network.c
  ${CMAKE_CURRENT_LIST_DIR}/test_sync.c
  LIBS vmx_engine)
