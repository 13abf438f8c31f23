# The engine over a fake network and a real local database.
if(BUILD_TESTING)
  add_library(engine_test_support STATIC
    ${CMAKE_CURRENT_LIST_DIR}/company.c ${CMAKE_CURRENT_LIST_DIR}/fake_network.c
    ${CMAKE_CURRENT_LIST_DIR}/listener.c ${CMAKE_CURRENT_LIST_DIR}/look.c
    ${CMAKE_CURRENT_LIST_DIR}/model_server.c ${CMAKE_CURRENT_LIST_DIR}/scene.c
    ${CMAKE_CURRENT_LIST_DIR}/story.c)
  target_compile_definitions(engine_test_support PRIVATE SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(engine_test_support PUBLIC vmx_engine PkgConfig::CMOCKA
    PRIVATE project_options)
endif()

foreach(module setup local service options application calls upload_cache answers records hierarchy progress values)
  add_unit_test(test_engine_${module} ${CMAKE_CURRENT_LIST_DIR}/test_${module}.c
    LIBS engine_test_support)
endforeach()

# Cancels from other threads, under the thread sanitizer too.
add_unit_test(test_engine_threads ${CMAKE_CURRENT_LIST_DIR}/test_threads.c LIBS engine_test_support)
if(TARGET test_engine_threads)
  set_property(TEST test_engine_threads APPEND PROPERTY LABELS threads)
endif()

# Processes that are killed before a commit, which SQLite's hook tells.
foreach(module process_end histories)
  add_unit_test(test_engine_${module} ${CMAKE_CURRENT_LIST_DIR}/test_${module}.c
    ${CMAKE_CURRENT_LIST_DIR}/dying.c LIBS engine_test_support vmx_sqlite)
endforeach()

# Every allocation fails in turn: malloc by the linker, SQLite and cJSON by their hooks.
foreach(module memory local_memory upgrade)
  add_unit_test(test_engine_${module} ${CMAKE_CURRENT_LIST_DIR}/test_${module}.c
    ${CMAKE_CURRENT_LIST_DIR}/allocator.c LIBS engine_test_support vmx_sqlite)
  if(BUILD_TESTING)
    target_link_options(test_engine_${module} PRIVATE
      -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=strndup)
    set_tests_properties(test_engine_${module} PROPERTIES TIMEOUT 1200) # thousands of databases
  endif()
endforeach()

# With SQLCipher in the build what it does, without it what is said then.
add_unit_test(test_engine_encryption ${CMAKE_CURRENT_LIST_DIR}/test_encryption.c
  LIBS engine_test_support vmx_sqlite)

# A disk in memory in the place of SQLite's files.
foreach(module disk damage)
  add_unit_test(test_engine_${module} ${CMAKE_CURRENT_LIST_DIR}/test_${module}.c
    ${CMAKE_CURRENT_LIST_DIR}/../store/disk.c LIBS engine_test_support vmx_sqlite)
endforeach()
