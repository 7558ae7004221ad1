#include "transport/curl/request_options.h"

#include "transport/sendable.h"

#include <fmt/format.h>

namespace artifactapi::transport {

namespace {

// Handed-in addresses of a host stay in libcurl's table this long after their last use; each transfer brings
// its own.
constexpr long kAddressesKeptSeconds = 600;

constexpr long kKeepaliveSeconds = 60;

// Sets options until one is refused.
class Setter {
 public:
  explicit Setter(CURL* easy) : easy_(easy) {}

  template <class Value>
  void operator()(CURLoption option, Value value) {
    if (code_ == CURLE_OK) code_ = curl_easy_setopt(easy_, option, value);
  }
  void operator()(CURLoption option, const std::string& value) { (*this)(option, value.c_str()); }
  void operator()(CURLoption option, int value) { (*this)(option, static_cast<long>(value)); }

  [[nodiscard]] Result<> result() const {
    if (code_ == CURLE_OK) return {};
    return fail(Code::Internal, std::string("libcurl refuses an option: ") + curl_easy_strerror(code_));
  }

 private:
  CURL* easy_;
  CURLcode code_ = CURLE_OK;
};

void append(StringList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

StringList header_list(const http::Headers& headers) {
  StringList list;
  for (const auto& header : headers) {
    if (!may_be_sent(header)) continue;
    append(list, header.value.empty() ? fmt::format("{};", header.name)
                                      : fmt::format("{}: {}", header.name, header.value));
  }
  // Without these libcurl adds fields of its own.
  for (const char* name : {"Accept", "Content-Type"}) {
    if (!headers.has(name)) append(list, fmt::format("{}:", name));
  }
  append(list, "Expect:");
  return list;
}

// "+host:port:addr,addr". The plus lets the entry age; an entry of the same host and port is replaced all the
// same.
StringList address_list(const TransferRequest& request) {
  std::string entry = fmt::format("+{}:{}:", request.url.host, request.url.port);
  for (const auto& address : request.addresses) {
    if (entry.back() != ':') entry += ',';
    entry += address.is_v6() ? fmt::format("[{}]", address.to_string()) : address.to_string();
  }
  StringList list;
  append(list, entry);
  return list;
}

Result<> set_method(Setter& set, const TransferRequest& request) {
  if (request.method == "GET") {
    set(CURLOPT_HTTPGET, 1);
  } else if (request.method == "HEAD") {
    set(CURLOPT_NOBODY, 1);
  } else if (request.method == "POST") {
    set(CURLOPT_POST, 1);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body ? request.body->size() : 0));
    set(CURLOPT_POSTFIELDS, request.body ? request.body->data() : "");
    // libcurl sends again by itself when a kept connection turns out to be dead; a POST is not sent twice.
    set(CURLOPT_FRESH_CONNECT, 1);
  } else {
    return fail(Code::Internal, "method " + request.method + " is not supported");
  }
  return {};
}

void set_protocol(Setter& set, long receive_buffer_bytes) {
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_PATH_AS_IS, 1);
  set(CURLOPT_FOLLOWLOCATION, 0);
  set(CURLOPT_HTTP_CONTENT_DECODING, 0);
  set(CURLOPT_HTTP09_ALLOWED, 0);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_UNRESTRICTED_AUTH, 0);
  set(CURLOPT_NOSIGNAL, 1);
  set(CURLOPT_NOPROGRESS, 1);
  set(CURLOPT_QUICK_EXIT, 1);  // never wait for a look-up of a proxy's name
  set(CURLOPT_TCP_KEEPALIVE, 1);
  set(CURLOPT_TCP_KEEPIDLE, kKeepaliveSeconds);
  set(CURLOPT_TCP_KEEPINTVL, kKeepaliveSeconds);
  set(CURLOPT_BUFFERSIZE, receive_buffer_bytes);
}

void set_tls(Setter& set, const TransferRequest& request) {
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, 1);
  set(CURLOPT_SSL_VERIFYHOST, 2);
  if (request.ca_file.empty()) return;
  set(CURLOPT_CAINFO, request.ca_file);
  set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // the given file instead of the system's roots
}

}  // namespace

bool is_address(const std::string& host) {
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  return !error;
}

Result<RequestLists> set_request_options(CURL* easy, const TransferRequest& request,
                                         long receive_buffer_bytes) {
  RequestLists lists;
  Setter set(easy);
  const auto method = set_method(set, request);
  if (!method) return std::unexpected(method.error());
  set_protocol(set, receive_buffer_bytes);
  set_tls(set, request);

  set(CURLOPT_URL, http::origin(request.url) + http::target(request.url));
  lists.headers = header_list(request.headers);
  set(CURLOPT_HTTPHEADER, lists.headers.get());
  set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));  // none of them for a proxy that tunnels
  if (request.basic) {
    set(CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    set(CURLOPT_USERNAME, request.basic->user);
    set(CURLOPT_PASSWORD, request.basic->password.reveal());
  }

  // Set even when empty: libcurl would look into the environment otherwise.
  set(CURLOPT_PROXY, request.proxy.reveal());
  set(CURLOPT_NOPROXY, "");
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  set(CURLOPT_DNS_CACHE_TIMEOUT, kAddressesKeptSeconds);
  if (request.proxy.empty() && !is_address(request.url.host)) {
    if (request.addresses.empty()) {
      return fail(Code::Unreachable, "no address is known for " + request.url.host);
    }
    lists.addresses = address_list(request);
    set(CURLOPT_RESOLVE, lists.addresses.get());
  }

  const auto set_all = set.result();
  if (!set_all) return std::unexpected(set_all.error());
  return lists;
}

}  // namespace artifactapi::transport
