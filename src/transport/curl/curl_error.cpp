#include "transport/curl/curl_error.h"

#include "http/characters.h"

#include <string>

namespace artifactapi::transport {

namespace {

// libcurl reports a malformed chunk with the code of a lost connection; only its text tells them apart.
constexpr std::string_view kChunkError = "in chunked-encoding";

Code code_of(CURLcode code, Stage stage, std::string_view detail) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return Code::Timeout;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
    case CURLE_PROXY:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_USE_SSL_FAILED: return Code::Unreachable;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      if (detail.find(kChunkError) != std::string_view::npos) return Code::BadPeer;
      // A proxy's refusal to tunnel also comes as a receive error.
      return stage == Stage::Connecting ? Code::Unreachable : Code::Cut;
    case CURLE_UNSUPPORTED_PROTOCOL:  // an answer without status line
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_FILESIZE_EXCEEDED:
    case CURLE_WRITE_ERROR: return Code::BadPeer;
    // What libcurl calls a folded header line, and one that is longer than it takes.
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_OUT_OF_MEMORY: return stage == Stage::Waiting ? Code::BadPeer : Code::Internal;
    default: return Code::Internal;
  }
}

}  // namespace

Error error_of(CURLcode code, Stage stage, std::string_view detail) {
  std::string message(stage_text(stage));
  const std::size_t start = message.size();
  message += detail.empty() ? std::string_view(curl_easy_strerror(code)) : detail;
  // The text may quote the peer.
  for (std::size_t at = start; at < message.size(); ++at) {
    if (http::is_control(message[at])) message[at] = '?';
  }
  return Error{code_of(code, stage, detail), std::move(message)};
}

bool is_lost_connection(CURLcode code) {
  return code == CURLE_GOT_NOTHING || code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR;
}

}  // namespace artifactapi::transport
