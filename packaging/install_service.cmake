# Runs at install time, when the prefix is known: the unit names the directories that are really installed to.
# From the caller: `packaging` and `example`, where the sources of these files are, and `build`, a directory to write to.

set(bindir "${CMAKE_INSTALL_PREFIX}/bin")
if(DEFINED ENV{SYSCONFDIR})
  set(sysconfdir "$ENV{SYSCONFDIR}")
elseif(CMAKE_INSTALL_PREFIX MATCHES "^/usr(/local)?/?$")
  set(sysconfdir "/etc")
else()
  set(sysconfdir "${CMAKE_INSTALL_PREFIX}/etc")
endif()

configure_file("${packaging}/artifactapi.service.in" "${build}/artifactapi.service" @ONLY)
file(INSTALL "${build}/artifactapi.service" DESTINATION "${CMAKE_INSTALL_PREFIX}/lib/systemd/system")
file(INSTALL "${packaging}/artifactapi.sysusers" DESTINATION "${CMAKE_INSTALL_PREFIX}/lib/sysusers.d"
  RENAME artifactapi.conf)

# Debian's zsh looks for the completions of its own packages elsewhere.
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(zsh_functions "${CMAKE_INSTALL_PREFIX}/share/zsh/vendor-completions")
else()
  set(zsh_functions "${CMAKE_INSTALL_PREFIX}/share/zsh/site-functions")
endif()
file(INSTALL "${build}/_artifactapi" DESTINATION "${zsh_functions}")

# An edited configuration is never overwritten.
if(NOT EXISTS "$ENV{DESTDIR}${sysconfdir}/artifactapi/remotes.yaml")
  file(INSTALL "${example}" DESTINATION "${sysconfdir}/artifactapi")
endif()
