# Unit tests of the pure part that knows the protocol, one program for each module.
foreach(module arena value model answer phase page upload hierarchy nested edit local_options)
  add_unit_test(test_core_${module} ${CMAKE_CURRENT_LIST_DIR}/test_${module}.c LIBS vmx_core)
endforeach()

# Every allocation fails in turn; the allocator is that of the engine's torture.
add_unit_test(test_core_memory ${CMAKE_CURRENT_LIST_DIR}/test_memory.c
  ${CMAKE_CURRENT_LIST_DIR}/../engine/allocator.c LIBS vmx_core vmx_sqlite)
if(TARGET test_core_memory)
  target_link_options(test_core_memory PRIVATE
    -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=strndup)
endif()
