# Optimised, with benchmarks.
include(${CMAKE_CURRENT_LIST_DIR}/base.cmake)
set(CMAKE_BUILD_TYPE Release CACHE STRING "")
set(PARTITA_BUILD_BENCHMARKS ON CACHE BOOL "")
