# unit_tests from src/**/*_test.cpp and src/**/testing/*.cpp; fuzz executables, or a replay of their saved corpora.

file(GLOB fuzz_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/fuzz/*_fuzz.cpp")

if(ARTIFACTAPI_FUZZ)
  foreach(source IN LISTS fuzz_sources)
    cmake_path(GET source STEM name)
    add_executable(${name} ${source})
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_libraries(${name} PRIVATE project_options ${room_targets})
  endforeach()
endif()

if(NOT ARTIFACTAPI_TESTS)
  return()
endif()

enable_testing()
find_package(GTest REQUIRED)
include(GoogleTest)

file(GLOB_RECURSE test_sources CONFIGURE_DEPENDS
  "${CMAKE_SOURCE_DIR}/src/*_test.cpp" "${CMAKE_SOURCE_DIR}/src/testing/*.cpp" "${CMAKE_SOURCE_DIR}/src/*/testing/*.cpp")
list(REMOVE_DUPLICATES test_sources)
if(test_sources)
  add_executable(unit_tests ${test_sources})
  target_link_libraries(unit_tests PRIVATE project_options ${room_targets} GTest::gmock GTest::gtest_main)
  target_compile_definitions(unit_tests PRIVATE ARTIFACTAPI_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  use_asio_pch(unit_tests)
  gtest_discover_tests(unit_tests DISCOVERY_MODE PRE_TEST WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
endif()

# Every fuzz target defines LLVMFuzzerTestOneInput; here each gets a name of its own so that one runner holds them all.
if(fuzz_sources AND NOT ARTIFACTAPI_FUZZ)
  set(FUZZ_DECLARATIONS "")
  set(FUZZ_ROWS "")
  foreach(source IN LISTS fuzz_sources)
    cmake_path(GET source STEM name)
    set_source_files_properties(${source} PROPERTIES COMPILE_DEFINITIONS LLVMFuzzerTestOneInput=replay_${name})
    string(APPEND FUZZ_DECLARATIONS "extern \"C\" int replay_${name}(const std::uint8_t* bytes, std::size_t size);\n")
    string(REGEX REPLACE "_fuzz$" "" folder ${name})
    string(APPEND FUZZ_ROWS "    {\"${folder}\", replay_${name}},\n")
  endforeach()
  configure_file(cmake/fuzz_replay.cpp.in generated/fuzz_replay.cpp @ONLY)
  add_executable(fuzz_corpus_tests "${CMAKE_BINARY_DIR}/generated/fuzz_replay.cpp" ${fuzz_sources})
  target_link_libraries(fuzz_corpus_tests PRIVATE project_options ${room_targets})
  add_test(NAME fuzz_corpus COMMAND fuzz_corpus_tests "${CMAKE_SOURCE_DIR}/fuzz/corpus")
endif()
