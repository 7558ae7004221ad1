// A blocking HTTP client that shows what really came over the wire, resets included.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace artifactapi::server::testing {

enum class End : std::uint8_t { Open, Closed, Reset, TimedOut };

struct Answer {
  std::string head;  // with the final empty line
  std::string body;  // decoded when it was chunked
  End end = End::Open;

  [[nodiscard]] int status() const;
  // Value of the first line of that name, exact spelling; empty when absent.
  [[nodiscard]] std::string header(std::string_view name) const;
};

class TestClient {
 public:
  // Connects to the loopback address; `receive_buffer` in bytes, 0 for the system's choice.
  explicit TestClient(std::uint16_t port, int receive_buffer = 0);
  ~TestClient();
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  void send(std::string_view bytes) const;
  // One answer, framed as its head says; `head_only` for answers to HEAD.
  [[nodiscard]] Answer read(bool head_only = false);
  [[nodiscard]] Answer get(std::string_view target, std::string_view more_lines = "");
  // All bytes until the connection ends, and how it ended.
  [[nodiscard]] std::string read_all(End& end);
  // How the connection ends, whatever comes before.
  [[nodiscard]] End read_end();

 private:
  // Appends to buffer_; anything but Open: nothing more comes.
  End receive();

  int socket_;
  std::string buffer_;
};

}  // namespace artifactapi::server::testing
