// The process: makes every part, starts them in order and ends them in the opposite one. The only place that
// knows concrete back ends.
#pragma once

#include "base/result.h"
#include "config/config.h"
#include "config/settings.h"
#include "runtime/bell.h"
#include "runtime/task.h"

#include <expected>
#include <functional>
#include <memory>
#include <string>

namespace artifactapi::app {

// How to read the configuration again, and the fingerprint of the file as it was read first.
struct ConfigSource {
  std::function<std::expected<config::Remotes, config::Diagnostics>()> load;
  std::string seen;
};

// make / serve, once each, on the main thread.
class Application {
 public:
  // Opens the data directory, the catalog and the listening sockets. The error says what to do about it.
  [[nodiscard]] static Result<std::unique_ptr<Application>> make(const config::Settings& settings,
                                                                 const config::Remotes& remotes,
                                                                 ConfigSource source);
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  // Serves until SIGTERM or SIGINT, drains, and returns the exit code. A second signal ends it at once.
  [[nodiscard]] int serve();

 private:
  struct Parts;
  explicit Application(std::unique_ptr<Parts> parts);
  [[nodiscard]] bool shut_down();
  [[nodiscard]] static runtime::Task<bool> all_ended(Parts& parts, runtime::Deadline deadline);

  std::unique_ptr<Parts> parts_;
};

}  // namespace artifactapi::app
