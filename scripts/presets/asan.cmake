# Address and undefined-behaviour sanitizers.
include(${CMAKE_CURRENT_LIST_DIR}/base.cmake)
set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1" CACHE STRING "")
set(PARTITA_SANITIZE "address,undefined" CACHE STRING "")
