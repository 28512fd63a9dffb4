# What all presets have in common. A preset is a script of initial cache entries, as CMake's own
# presets would need a file at the top level.
set(PARTITA_BUILD_TESTS ON CACHE BOOL "")
set(CMAKE_EXPORT_COMPILE_COMMANDS ON CACHE BOOL "")
