# micro_benchmarks from bench/micro/*.cpp, built only when asked for: make bench.

file(GLOB benchmark_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/bench/micro/*.cpp")
find_package(benchmark QUIET)
if(benchmark_sources AND benchmark_FOUND)
  add_executable(micro_benchmarks EXCLUDE_FROM_ALL ${benchmark_sources})
  target_link_libraries(micro_benchmarks PRIVATE project_options ${room_targets} benchmark::benchmark)
endif()
