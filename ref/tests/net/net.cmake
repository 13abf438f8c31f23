# The real transport against sockets of the test's own.
add_unit_test(test_net_curl_transport ${CMAKE_CURRENT_LIST_DIR}/test_curl_transport.c LIBS vmx_net Threads::Threads)
