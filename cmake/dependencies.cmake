# Third-party libraries, all from Debian packages listed in tools/packages.txt.

set(missing_hint "run tools/install_packages build test")

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED COMPONENTS core)
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS json)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
