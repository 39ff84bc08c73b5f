#include "net/http_message.h"

#include <algorithm>

#include <boost/json/object.hpp>

#include "base/encoding.h"
#include "base/json_write.h"
#include "base/random.h"

namespace pulso::net {
namespace {

constexpr milliseconds passing_retry{2'000};
constexpr milliseconds passing_retry_spread{2'000};  // so that those who were refused together come back apart

/// Takes the part before the next separator off `rest`, without blanks at its ends.
std::string_view next_part(std::string_view& rest, char separator) noexcept {
  const std::string_view part = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  return trimmed(part);
}

}  // namespace

void HttpHeaders::set(std::string name, std::string value) {
  remove(name);
  add(std::move(name), std::move(value));
}

void HttpHeaders::remove(std::string_view name) {
  std::erase_if(fields_, [&](const auto& field) { return equals_ignoring_case(field.first, name); });
}

std::string_view HttpHeaders::get(std::string_view name) const noexcept {
  const auto found =
      std::ranges::find_if(fields_, [&](const auto& field) { return equals_ignoring_case(field.first, name); });
  return found == fields_.end() ? std::string_view{} : std::string_view{found->second};
}

bool HttpHeaders::contains(std::string_view name) const noexcept {
  return std::ranges::any_of(fields_, [&](const auto& field) { return equals_ignoring_case(field.first, name); });
}

bool HttpHeaders::has_token(std::string_view name, std::string_view token) const noexcept {
  // A list may be spread over several fields of one name (RFC 9110 §5.3).
  return std::ranges::any_of(fields_, [&](const auto& field) {
    if (!equals_ignoring_case(field.first, name)) return false;
    std::string_view rest = field.second;
    while (!rest.empty()) {
      if (equals_ignoring_case(next_part(rest, ','), token)) return true;
    }
    return false;
  });
}

std::optional<std::string_view> HttpRequest::query_value(std::string_view name) const noexcept {
  const auto found = std::ranges::find(query, name, [](const auto& pair) -> std::string_view { return pair.first; });
  if (found == query.end()) return std::nullopt;
  return found->second;
}

std::string_view HttpRequest::parameter(std::string_view name) const noexcept {
  const auto found =
      std::ranges::find(parameters, name, [](const auto& pair) -> std::string_view { return pair.first; });
  return found == parameters.end() ? std::string_view{} : std::string_view{found->second};
}

std::string_view HttpRequest::cookie(std::string_view name) const noexcept {
  for (const auto& [field, value] : headers) {
    if (!equals_ignoring_case(field, "Cookie")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::string_view pair = next_part(rest, ';');
      const auto equals = pair.find('=');
      if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
      std::string_view found = pair.substr(equals + 1);
      if (found.size() >= 2 && found.front() == '"' && found.back() == '"') found = found.substr(1, found.size() - 2);
      return found;
    }
  }
  return {};
}

HttpResponse HttpResponse::json(int status, std::string body) {
  HttpResponse response = text(status, std::move(body), "application/json; charset=utf-8");
  response.headers.add("Cache-Control", "no-store");
  return response;
}

HttpResponse HttpResponse::text(int status, std::string body, std::string content_type) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", std::move(content_type));
  response.body = std::move(body);
  return response;
}

HttpResponse HttpResponse::event_stream(EventStreamBody body) {
  HttpResponse response;
  response.headers.add("Content-Type", "text/event-stream");
  response.headers.add("Cache-Control", "no-cache, no-transform");
  response.headers.add("X-Accel-Buffering", "no");  // nginx hands on what comes
  response.events = std::move(body);
  return response;
}

HttpResponse HttpResponse::passing_event_stream() {
  HttpResponse response = event_stream({});
  response.events.reset();
  const auto jitter = static_cast<milliseconds::rep>(random_below(passing_retry_spread.count()));
  response.body = encode_event_retry(passing_retry + milliseconds{jitter});
  return response;
}

HttpResponse HttpResponse::refusal(int status, std::string_view code, std::string_view message,
                                   std::string_view field) {
  boost::json::object body{{"success", false}, {"code", code}, {"message", message}};
  if (!field.empty()) body.emplace("field", field);
  return json(status, write_json(body));
}

}  // namespace pulso::net
