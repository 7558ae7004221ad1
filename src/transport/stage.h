// How far an exchange had come when something went wrong.
#pragma once

#include <cstdint>
#include <string_view>

namespace artifactapi::transport {

enum class Stage : std::uint8_t {
  Connecting,  // nothing of the request was sent
  Waiting,     // request sent, no whole head yet
  Receiving,   // head seen
};

// What an error message begins with, for example "connecting: ".
[[nodiscard]] std::string_view stage_text(Stage stage);

}  // namespace artifactapi::transport
