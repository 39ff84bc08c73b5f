#include "net/http_response_head.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>

#include "net/http_conditions.h"

namespace pulso::net {
namespace {

void append_field(std::string& head, std::string_view name, std::string_view value) {
  head += name;
  head += ": ";
  const std::size_t begin = head.size();
  head += value;
  std::replace_if(  // no answer is split by a value
      head.begin() + static_cast<std::ptrdiff_t>(begin), head.end(),
      [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  head += "\r\n";
}

/// Formatted once a second and thread.
std::string_view current_date() {
  thread_local std::time_t formatted_at = 0;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now != formatted_at) {
    formatted_at = now;
    text = format_http_date(std::chrono::sys_seconds{std::chrono::seconds{now}});
  }
  return text;
}

}  // namespace

std::string_view reason_of(int status) noexcept {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

void each_response_field(const HttpRequest& request, const HttpResponse& response,
                         const std::function<void(std::string_view name, std::string_view value)>& add) {
  add("Date", current_date());
  for (const auto& [name, value] : response.headers) add(name, value);
  const bool has_length = !response.events && !response.next_piece && response.status != 204 && response.status != 304;
  if (has_length && !response.headers.contains("Content-Length")) {
    const std::size_t length = response.file                ? response.file->length
                               : response.body_view.empty() ? response.body.size()
                                                            : response.body_view.size();
    add("Content-Length", std::to_string(length));
  }
  if (response.status == 401) add("WWW-Authenticate", "Bearer");  // RFC 9110 §11.6.1
  add("X-Content-Type-Options", "nosniff");
  if (!request.request_id.empty()) add("X-Request-Id", request.request_id);
  if (!request.traceparent.empty()) add("traceparent", request.traceparent);
}

std::string http_response_head(const HttpRequest& request, const HttpResponse& response, bool keep_alive) {
  std::string head;
  head.reserve(512);
  head += "HTTP/1.1 ";
  head += std::to_string(response.status);
  head += ' ';
  head += reason_of(response.status);
  head += "\r\n";
  each_response_field(request, response,
                      [&head](std::string_view name, std::string_view value) { append_field(head, name, value); });
  // The body of events goes on until the connection ends (RFC 9112 §6.3).
  if (response.next_piece && request.version >= 11) append_field(head, "Transfer-Encoding", "chunked");
  append_field(head, "Connection", keep_alive ? "keep-alive" : "close");
  head += "\r\n";
  return head;
}

}  // namespace pulso::net
