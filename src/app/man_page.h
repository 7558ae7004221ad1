// The manual page artifactapi(1), made from the tables behind the command line.
#pragma once

#include <string>

namespace artifactapi::app {

// In the man(7) macros; `artifactapi.1`.
[[nodiscard]] std::string man_page();

}  // namespace artifactapi::app
