# What is installed where: `cmake --install` (make install), and cpack for Debian (make deb).
# Components: program, for every installation; debian, what only a Debian package holds.

include(GNUInstallDirs)
find_program(GZIP_PROGRAM gzip REQUIRED)

# Installing builds nothing: tests and benchmarks need not have been compiled.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

set(packaging "${CMAKE_SOURCE_DIR}/packaging")
set(packaged "${CMAKE_BINARY_DIR}/packaging")
file(MAKE_DIRECTORY "${packaged}/debian")

# The program itself prints its manual page and completions, so they cannot differ from its --help.
foreach(document IN ITEMS "man artifactapi.1" "bash artifactapi.bash" "zsh _artifactapi" "fish artifactapi.fish")
  separate_arguments(document)
  list(GET document 0 name)
  list(GET document 1 file)
  add_custom_command(
    OUTPUT "${packaged}/${file}"
    COMMAND artifactapi generate ${name} > "${packaged}/${file}"
    DEPENDS artifactapi
    VERBATIM)
  list(APPEND documents "${packaged}/${file}")
endforeach()

function(compress from to)
  add_custom_command(
    OUTPUT "${to}"
    COMMAND "${GZIP_PROGRAM}" -9nc "${from}" > "${to}"
    DEPENDS "${from}"
    VERBATIM)
  set(documents ${documents} "${to}" PARENT_SCOPE)
endfunction()
compress("${packaged}/artifactapi.1" "${packaged}/artifactapi.1.gz")
compress("${CMAKE_SOURCE_DIR}/CHANGELOG.md" "${packaged}/debian/changelog.gz")
compress("${packaged}/debian/changelog.Debian" "${packaged}/debian/changelog.Debian.gz")
add_custom_target(documents ALL DEPENDS ${documents})

install(TARGETS artifactapi COMPONENT program)
install(FILES "${packaged}/artifactapi.1.gz" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT program)
install(FILES "${packaged}/artifactapi.bash" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions"
  RENAME artifactapi COMPONENT program)
install(FILES "${packaged}/artifactapi.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d" COMPONENT program)
install(FILES remotes.yaml DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples" COMPONENT program)
install(CODE "set(packaging \"${packaging}\")\nset(build \"${packaged}\")\nset(example \"${CMAKE_SOURCE_DIR}/remotes.yaml\")"
  COMPONENT program)
install(SCRIPT packaging/install_service.cmake COMPONENT program)

install(FILES packaging/debian/copyright "${packaged}/debian/changelog.gz" "${packaged}/debian/changelog.Debian.gz"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT debian EXCLUDE_FROM_ALL)

set(ARTIFACTAPI_MAINTAINER "artifactapi contributors <packages@example.org>" CACHE STRING
  "Who the Debian package names as its maintainer")
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "${ARTIFACTAPI_MAINTAINER}")
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_DIRECTORY "${CMAKE_BINARY_DIR}/packages")
set(CPACK_PACKAGE_DESCRIPTION_FILE "${packaging}/debian/description")
set(CPACK_INSTALL_CMAKE_PROJECTS
  "${CMAKE_BINARY_DIR};artifactapi;program;/;${CMAKE_BINARY_DIR};artifactapi;debian;/")
set(CPACK_MONOLITHIC_INSTALL OFF)
# /etc is outside the prefix.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, systemd | systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  "${packaging}/debian/conffiles;${packaging}/debian/postinst;${packaging}/debian/prerm;${packaging}/debian/postrm")

string(TIMESTAMP DEBIAN_CHANGELOG_DATE "%a, %d %b %Y 00:00:00 +0000" UTC)
configure_file("${packaging}/debian/changelog.in" "${packaged}/debian/changelog.Debian" @ONLY)
include(CPack)
