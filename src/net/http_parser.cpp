#include "net/http_parser.h"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/encoding.h"

namespace pulso::net {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t query_values_max = 256;
constexpr std::size_t last_chunk_bytes_min = std::string_view{"0\r\n\r\n"}.size();

bool read_query(std::string_view query, std::vector<std::pair<std::string, std::string>>& out) {
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.empty()) continue;
    const auto equals = part.find('=');
    auto name = percent_decode(part.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::string{} : percent_decode(part.substr(equals + 1), true);
    if (!name || !value || out.size() == query_values_max) return false;
    out.emplace_back(*std::move(name), *std::move(value));
  }
  return true;
}

// Whether the end of a chunked body may have begun in `bytes` without being there as a whole. Beast 1.81 takes for
// granted that the last chunk, once begun, is offered again with five bytes at least.
bool may_begin_last_chunk(std::string_view bytes) {
  if (bytes.size() >= last_chunk_bytes_min) return false;
  if (bytes.starts_with("\r\n")) bytes.remove_prefix(2);  // the end of the chunk before
  return bytes.starts_with('0') || !bytes.contains('\n');
}

}  // namespace

struct HttpParser::Implementation {
  http::request_parser<http::string_body> parser;
};

HttpParser::HttpParser(std::size_t header_bytes_max) : implementation_(std::make_unique<Implementation>()) {
  auto& parser = implementation_->parser;
  parser.header_limit(static_cast<std::uint32_t>(header_bytes_max));
  parser.body_limit(boost::none);  // set when the route is known
}

HttpParser::~HttpParser() = default;

void HttpParser::fail(int status, std::string_view code, std::string_view message) noexcept {
  state_ = State::failed;
  failure_status_ = status;
  failure_code_ = code;
  failure_message_ = message;
}

std::size_t HttpParser::feed(std::string_view bytes) {
  if (state_ == State::complete || state_ == State::failed) return 0;
  auto& parser = implementation_->parser;
  std::size_t used = 0;
  if (!parser.got_some()) {  // RFC 9112 §2.2: old clients leave an empty line behind a body
    while (bytes.substr(used).starts_with("\r\n")) used += 2;
    if (bytes.substr(used) == "\r") return used;
  }
  while (used < bytes.size()) {
    if (state_ == State::body && parser.chunked() && may_begin_last_chunk(bytes.substr(used))) break;
    boost::beast::error_code error;
    const std::size_t step = parser.put(boost::asio::buffer(bytes.data() + used, bytes.size() - used), error);
    used += step;
    if (error == http::error::need_more) break;
    if (error) {
      if (error == http::error::header_limit) {
        fail(431, "headers_too_large", "The request's header fields are larger than allowed.");
      } else if (error == http::error::body_limit) {
        fail(413, "body_too_large", "The request's body is larger than allowed.");
      } else if (error == http::error::bad_version) {
        fail(505, "bad_version", "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
      } else {
        fail(400, "bad_request", "This is not a well-formed HTTP request.");
      }
      return used;
    }
    if (state_ == State::head && parser.is_header_done()) {
      read_head();
      if (state_ == State::failed) return used;
      state_ = State::body;
      if (!parser.is_done()) return used;
    }
    if (parser.is_done()) {
      request_.body = std::move(parser.get().body());
      state_ = State::complete;
      return used;
    }
    if (step == 0) break;
  }
  return used;
}

void HttpParser::set_body_bytes_max(std::size_t bytes_max) {
  auto& parser = implementation_->parser;
  parser.body_limit(bytes_max);
  if (const auto length = parser.content_length(); state_ == State::body && length && *length > bytes_max) {
    fail(413, "body_too_large", "The request's body is larger than allowed.");
  }
}

void HttpParser::read_head() {
  const auto& message = implementation_->parser.get();
  request_.version = message.version();
  request_.method = message.method_string();
  request_.keep_alive = implementation_->parser.keep_alive();
  std::size_t hosts = 0;
  for (const auto& field : message) {
    if (equals_ignoring_case({field.name_string().data(), field.name_string().size()}, "Host")) ++hosts;
    request_.headers.add(std::string{field.name_string()}, std::string{field.value()});
  }
  // RFC 9112 §3.2: exactly one Host, or a proxy and we may disagree on whom it is for.
  if (hosts > 1 || (hosts == 0 && message.version() == 11)) {
    return fail(400, "bad_host", "A request has exactly one Host.");
  }
  if (!read_request_target(request_, {message.target().data(), message.target().size()})) {
    return fail(400, "bad_target", "The request target is not one that this server understands.");
  }
  if (const auto expect = request_.headers.get("Expect"); !expect.empty()) {
    if (!equals_ignoring_case(expect, "100-continue")) {
      return fail(417, "bad_expectation", "Only 100-continue can be expected here.");
    }
    expects_continue_ = message.version() == 11;
  }
}

bool read_request_target(HttpRequest& request, std::string_view target) {
  request.target = target;
  for (const std::string_view scheme : {"http://", "https://"}) {  // absolute-form, RFC 9112 §3.2.2
    if (target.starts_with(scheme)) {
      const auto slash = target.find('/', scheme.size());
      target = slash == std::string_view::npos ? std::string_view{"/"} : target.substr(slash);
    }
  }
  if (target == "*" && request.method == "OPTIONS") {
    request.path = "*";
    return true;
  }
  if (!target.starts_with('/')) return false;
  target = target.substr(0, target.find('#'));
  const auto question = target.find('?');
  auto path = normalised_path(target.substr(0, question));
  if (!path) return false;
  request.path = *std::move(path);
  return question == std::string_view::npos || read_query(target.substr(question + 1), request.query);
}

std::optional<std::string> normalised_path(std::string_view path) {
  std::vector<std::string> segments;
  bool ends_open = false;  // with a slash, or with a dot segment that stands for a folder
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::string_view raw = path.substr(0, path.find('/'));
    path.remove_prefix(raw.size());
    auto segment = percent_decode(raw);
    if (!segment || segment->find('/') != std::string::npos) return std::nullopt;
    ends_open = segment->empty() || *segment == "." || *segment == "..";
    if (*segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!ends_open) {
      segments.push_back(*std::move(segment));
    }
  }
  std::string out;
  for (const std::string& segment : segments) out += '/' + segment;
  if (ends_open || out.empty()) out += '/';
  return out;
}

}  // namespace pulso::net
