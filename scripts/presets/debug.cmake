# Debug symbols and assertions.
include(${CMAKE_CURRENT_LIST_DIR}/base.cmake)
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
