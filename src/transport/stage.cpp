#include "transport/stage.h"

namespace artifactapi::transport {

std::string_view stage_text(Stage stage) {
  switch (stage) {
    case Stage::Connecting: return "connecting: ";
    case Stage::Waiting: return "waiting for the response: ";
    case Stage::Receiving: return "receiving the body: ";
  }
  return {};
}

}  // namespace artifactapi::transport
