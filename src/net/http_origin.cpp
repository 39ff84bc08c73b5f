#include "net/http_origin.h"

#include <algorithm>

#include "base/encoding.h"

namespace pulso::net {
namespace {

/// `https://Shop.example:443` and `https://shop.example` are the same origin (RFC 6454 §4).
std::string normalised_origin(std::string_view origin) {
  std::string text = to_lower(origin);
  while (text.ends_with('/')) text.pop_back();
  for (const auto& [scheme, port] : {std::pair{"http://", ":80"}, std::pair{"https://", ":443"}}) {
    if (text.starts_with(scheme) && text.ends_with(port)) text.resize(text.size() - std::string_view{port}.size());
  }
  return text;
}

}  // namespace

bool is_origin_allowed(const HttpRequest& request, const HttpOptions& options) {
  const std::string_view origin = request.headers.get("Origin");
  if (origin.empty() || options.reflect_any_origin) return true;
  if (origin == "null") return options.allow_null_origin;
  const std::string asked = normalised_origin(origin);
  const std::string own =
      std::string{request.secure ? "https://" : "http://"} + std::string{request.headers.get("Host")};
  return asked == normalised_origin(own) ||
         std::ranges::any_of(options.allowed_origins, [&](const auto& o) { return normalised_origin(o) == asked; });
}

void add_cors_fields(const HttpRequest& request, const HttpOptions& options, HttpHeaders& headers) {
  const std::string_view origin = request.headers.get("Origin");
  if (origin.empty()) return;
  headers.add("Vary", "Origin");
  if (!is_origin_allowed(request, options)) return;
  headers.add("Access-Control-Allow-Origin", std::string{origin});
  headers.add("Access-Control-Allow-Credentials", "true");
  if (!is_preflight(request)) {
    headers.add("Access-Control-Expose-Headers",
                "ETag, Content-Range, Accept-Ranges, Retry-After, X-Request-Id, X-Pulso-Session");
  }
}

bool is_preflight(const HttpRequest& request) noexcept {
  return request.method == "OPTIONS" && request.headers.contains("Origin") &&
         request.headers.contains("Access-Control-Request-Method");
}

HttpResponse answer_preflight(const HttpRequest& request, std::string methods) {
  HttpResponse response;
  response.status = 204;
  response.headers.add("Access-Control-Allow-Methods", std::move(methods));
  if (const auto asked = request.headers.get("Access-Control-Request-Headers"); !asked.empty()) {
    response.headers.add("Access-Control-Allow-Headers", std::string{asked});
  }
  response.headers.add("Access-Control-Max-Age", "600");
  return response;
}

}  // namespace pulso::net
