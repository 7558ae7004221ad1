# add_room(<name> [ASIO] [ROOMS <room>...] [THIRD_PARTY <target>...])
#
# Makes the library room_<name> from every src/<name>/**/*.cpp. Files named *_test.cpp and everything in a folder
# named testing/ belong to the unit tests instead. A room that has no .cpp file yet becomes an interface library.
# ASIO: the room uses the shared precompiled header (cmake/asio_pch.h).

set(room_targets "")

if(ARTIFACTAPI_PCH)
  file(WRITE "${CMAKE_BINARY_DIR}/generated/asio_pch.cpp" "// Carries the precompiled header that the rooms share.\n")
  add_library(asio_pch OBJECT "${CMAKE_BINARY_DIR}/generated/asio_pch.cpp")
  target_link_libraries(asio_pch PRIVATE project_options Boost::headers Boost::json fmt::fmt Threads::Threads)
  target_precompile_headers(asio_pch PRIVATE "${CMAKE_SOURCE_DIR}/cmake/asio_pch.h")
endif()

function(use_asio_pch target)
  if(ARTIFACTAPI_PCH)
    target_precompile_headers(${target} REUSE_FROM asio_pch)
  endif()
endfunction()

function(add_room name)
  cmake_parse_arguments(PARSE_ARGV 1 room "ASIO" "" "ROOMS;THIRD_PARTY")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${name}/*.cpp")
  list(FILTER sources EXCLUDE REGEX "(_test\\.cpp$|/testing/)")
  list(TRANSFORM room_ROOMS PREPEND room_)

  if(sources)
    add_library(room_${name} STATIC ${sources})
    target_link_libraries(room_${name} PRIVATE project_options PUBLIC ${room_ROOMS} ${room_THIRD_PARTY} Threads::Threads)
    if(room_ASIO)
      target_link_libraries(room_${name} PUBLIC Boost::headers)
      use_asio_pch(room_${name})
    endif()
  else()
    add_library(room_${name} INTERFACE)
    target_link_libraries(room_${name} INTERFACE ${room_ROOMS} ${room_THIRD_PARTY} Boost::headers Threads::Threads)
  endif()
  set(room_targets ${room_targets} room_${name} PARENT_SCOPE)
endfunction()
