# Counts which lines and branches run; scripts/coverage makes the table.
include(${CMAKE_CURRENT_LIST_DIR}/base.cmake)
set(PARTITA_COVERAGE ON CACHE BOOL "")
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
# Threads count too, hence the atomic counters. Without optimisation, as the optimiser merges branches.
set(CMAKE_CXX_FLAGS_DEBUG "-O0 --coverage -fprofile-abs-path -fprofile-update=atomic" CACHE STRING "")
