# Installs the build to a folder of its own, builds tests/package against it with find_package, and
# runs it. Run by ctest:
#   cmake -DBUILD=<build> -DSOURCE=<tests/package> -DWORK=<folder> -DCOMPILER=<c++> -DFLAGS=<flags>
#         -DMPIEXEC="<mpiexec>;<flag>" -P package_test.cmake
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE status OUTPUT_VARIABLE output
                  ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "${command}\nended with ${status}:\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE "${WORK}")
run(${CMAKE_COMMAND} --install "${BUILD}" --prefix "${WORK}/installed")
run(${CMAKE_COMMAND} -S "${SOURCE}" -B "${WORK}/build" -G Ninja
    "-DCMAKE_PREFIX_PATH=${WORK}/installed" "-DCMAKE_CXX_COMPILER=${COMPILER}"
    "-DCMAKE_CXX_FLAGS=${FLAGS}" -DCMAKE_BUILD_TYPE=Release)
run(${CMAKE_COMMAND} --build "${WORK}/build")
run(${MPIEXEC} 2 "${WORK}/build/example")
run("${WORK}/installed/bin/partita" --version)
file(REMOVE_RECURSE "${WORK}")
