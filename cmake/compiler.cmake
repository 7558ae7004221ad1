# The compiler and its flags. Everything of ours is compiled through the interface target project_options.

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  message(FATAL_ERROR
    "artifactapi is not built with gcc: gcc 12.2 destroys some temporaries of a co_await expression twice, "
    "which is a double free in coroutines that take an owning lambda or aggregate. "
    "Use clang 19: cmake --preset dev, or make build.")
elseif(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR
    "artifactapi needs clang 19 or newer, found ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}. "
    "Use cmake --preset dev, or make build.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set_property(GLOBAL PROPERTY RULE_MESSAGES OFF)

# ccache can reuse objects that were compiled with a precompiled header only when told so.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    ${CCACHE_PROGRAM})
endif()

# Flags that must be equal in every translation unit, or the precompiled header is rejected.
add_compile_options(-stdlib=libstdc++ -pthread -fPIE)
if(ARTIFACTAPI_FRAME_POINTERS)
  add_compile_options(-fno-omit-frame-pointer)
endif()
add_link_options(-stdlib=libstdc++ -pthread -pie -fuse-ld=lld-19)
# Asio keeps two coroutine frames of a thread for its next ones and takes all others from aligned_alloc, which
# goes past malloc's lists of free blocks: a miss makes thirty. Plain malloc is aligned enough for all of them.
add_compile_definitions(
  BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING
  BOOST_ASIO_DISABLE_STD_ALIGNED_ALLOC
  BOOST_ASIO_DISABLE_BOOST_ALIGN
  BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_BOOST_COROUTINE
  BOOST_ERROR_CODE_HEADER_ONLY)

if(ARTIFACTAPI_SANITIZE)
  add_compile_options(-fsanitize=${ARTIFACTAPI_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${ARTIFACTAPI_SANITIZE})
endif()

if(ARTIFACTAPI_THIN_LTO)
  add_compile_options(-flto=thin)
  add_link_options(-flto=thin -Wl,--thinlto-cache-dir=${CMAKE_BINARY_DIR}/thinlto-cache)
endif()

# A count of what runs, of an earlier build, decides what is laid out together and what is inlined (docs/adr/0031). What it does
# not name, or names in another form than it has now, is compiled as without it. Names of functions that a file has for
# itself must not hold the folder they are built in.
if(ARTIFACTAPI_PROFILE)
  add_compile_options("SHELL:-mllvm -static-func-full-module-prefix=false")
endif()
if(ARTIFACTAPI_PROFILE STREQUAL "generate")
  add_compile_options(-fprofile-generate=${CMAKE_BINARY_DIR}/counts -fprofile-update=atomic)
  add_link_options(-fprofile-generate)
elseif(ARTIFACTAPI_PROFILE)
  # Under a name that changes with what it holds, so that everything is compiled anew then.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${ARTIFACTAPI_PROFILE}")
  file(SHA256 "${ARTIFACTAPI_PROFILE}" profile_digest)
  string(SUBSTRING "${profile_digest}" 0 16 profile_digest)
  set(profile "${CMAKE_BINARY_DIR}/profile-${profile_digest}.profdata")
  configure_file("${ARTIFACTAPI_PROFILE}" "${profile}" COPYONLY)
  add_compile_options(-fprofile-use=${profile} -Wno-profile-instr-unprofiled -Wno-profile-instr-out-of-date -Wno-backend-plugin)
endif()

add_library(project_options INTERFACE)
target_include_directories(project_options INTERFACE
  "${CMAKE_SOURCE_DIR}/src" "${CMAKE_BINARY_DIR}/generated")
target_compile_options(project_options INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Werror)
