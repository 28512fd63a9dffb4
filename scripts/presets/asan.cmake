# Address and undefined-behaviour sanitizers.
include(${CMAKE_CURRENT_LIST_DIR}/base.cmake)
set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "")
# Checks are calls, not code in place: that takes a third of the compiler's work away.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1 --param=asan-instrumentation-with-call-threshold=0"
    CACHE STRING "")
set(PARTITA_SANITIZE "address,undefined" CACHE STRING "")
