# Counts which lines and branches of the house run; scripts/coverage makes the table. Only what is in src is built for
# it (src/CMakeLists.txt): tests are as in a release, and as fast.
include(${CMAKE_CURRENT_LIST_DIR}/base.cmake)
set(PARTITA_COVERAGE ON CACHE BOOL "")
set(CMAKE_BUILD_TYPE Release CACHE STRING "")
