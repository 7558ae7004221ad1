#include "transport/curl/close_notify.h"

#include <openssl/ssl.h>

namespace artifactapi::transport {

namespace {

int seen_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

void on_event(const SSL* tls, int where, int alert) {
  constexpr int kDescription = 0xff;
  if (where != SSL_CB_READ_ALERT || (alert & kDescription) != SSL_AD_CLOSE_NOTIFY) return;
  auto* seen = static_cast<bool*>(SSL_get_ex_data(tls, seen_index()));
  if (seen != nullptr) *seen = true;
}

}  // namespace

void watch_close_notify(CURL* easy, bool* seen) {
  const curl_tlssessioninfo* session = nullptr;
  if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || session == nullptr) return;
  if (session->backend != CURLSSLBACKEND_OPENSSL || session->internals == nullptr) return;
  auto* tls = static_cast<SSL*>(session->internals);
  SSL_set_ex_data(tls, seen_index(), seen);
  SSL_set_info_callback(tls, &on_event);
}

}  // namespace artifactapi::transport
