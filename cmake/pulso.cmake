# pulso_precompile(headers LINK Boost::json HEADERS <string> …): compiles other people's headers once, in the target
# `headers`, for every target that says `target_precompile_headers(… REUSE_FROM headers)`: parsing them is most of a
# file's time. Files include what they use all the same: g++ in .ci/run compiles each of src/ without.
function(pulso_precompile target)
  cmake_parse_arguments(ARG "" "" "LINK;HEADERS" ${ARGN})
  list(TRANSFORM ARG_HEADERS PREPEND "#include " OUTPUT_VARIABLE includes)
  list(JOIN includes "\n" includes)
  set(file ${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp)
  file(CONFIGURE OUTPUT ${file} CONTENT "${includes}\n")
  add_library(${target} OBJECT ${file})
  target_link_libraries(${target} PRIVATE ${ARG_LINK})
  target_precompile_headers(${target} PRIVATE ${ARG_HEADERS})

  # A precompiled header names the folder that it was made in: ccache goes by the sum of its text instead, so that two
  # clones share what was compiled with it. The sum is taken anew when one of the headers has changed.
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -std=c++23 -E -P -MD -MF ${file}.d ${file} OUTPUT_VARIABLE text
                  COMMAND_ERROR_IS_FATAL ANY)
  string(SHA256 sum "${text}")
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir/cmake_pch.hxx.pch.sum CONTENT "${sum}\n")
  file(READ ${file}.d dependencies)
  string(REGEX MATCHALL "/usr/[^ \\\n]+" headers "${dependencies}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${headers})
endfunction()

# pulso_library(net DEPENDS base ops LINK OpenSSL::SSL): one static library per folder of src/, of every .cpp in it.
# What it may depend on is checked by tools/check_includes.py against tools/floors.txt.
function(pulso_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(target pulso_${name})
  list(TRANSFORM ARG_DEPENDS PREPEND pulso_)
  if(sources)
    add_library(${target} STATIC ${sources})
    target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(${target} PUBLIC ${ARG_DEPENDS} ${ARG_LINK})
    target_precompile_headers(${target} REUSE_FROM pulso_headers)
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(${target} INTERFACE ${ARG_DEPENDS} ${ARG_LINK})
  endif()
endfunction()

# pulso_redis_scripts(seats): makes each redis/*.lua of this folder a string, which the folder's redis_scripts.h gives.
function(pulso_redis_scripts name)
  file(GLOB scripts CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/redis/*.lua)
  set(texts "")
  foreach(script ${scripts})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${script})
    get_filename_component(stem ${script} NAME_WE)
    file(READ ${script} body)
    string(APPEND texts "    {\"${stem}\", R\"lua(${body})lua\"},\n")
  endforeach()
  file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR})
  configure_file(${CMAKE_SOURCE_DIR}/cmake/redis_scripts.cpp.in ${CMAKE_CURRENT_BINARY_DIR}/redis_scripts.cpp @ONLY)
  target_sources(pulso_${name} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/redis_scripts.cpp)
endfunction()

# pulso_unit_test(net DEPENDS net): one GoogleTest program per folder of tests/unit/, which mirrors src/.
function(pulso_unit_test name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  if(NOT sources)
    return()
  endif()
  list(TRANSFORM ARG_DEPENDS PREPEND pulso_)
  add_executable(unit_${name} ${sources})
  target_include_directories(unit_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(unit_${name} PRIVATE ${ARG_DEPENDS} GTest::gmock GTest::gtest_main)
  target_precompile_headers(unit_${name} REUSE_FROM pulso_test_headers)
  if(PULSO_SANITIZE)
    # One process for all of a program's tests: most of each one's time would be the start of a sanitized process.
    add_test(NAME unit.${name} COMMAND unit_${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 300)
  else()
    gtest_discover_tests(unit_${name} TEST_PREFIX "unit.${name}." DISCOVERY_TIMEOUT 120
                         WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                         PROPERTIES LABELS unit TIMEOUT 120)
  endif()
endfunction()

# pulso_fuzzer(websocket_decoder DEPENDS net): tests/fuzz/websocket_decoder.cpp, its inputs in corpus/ of that name.
function(pulso_fuzzer name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  list(TRANSFORM ARG_DEPENDS PREPEND pulso_)
  add_executable(fuzz_${name} ${CMAKE_CURRENT_SOURCE_DIR}/${name}.cpp)
  target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(fuzz_${name} PRIVATE ${ARG_DEPENDS})
  target_include_directories(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
endfunction()
