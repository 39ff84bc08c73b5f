#pragma once
#include <string>

#include "net/http_message.h"
#include "net/http_options.h"

namespace pulso::net {

/// Whether the request's `Origin` may use this server: it has none (no browser), it is the server's own, or it is
/// listed.
[[nodiscard]] bool is_origin_allowed(const HttpRequest& request, const HttpOptions& options);
/// Adds the CORS fields of the Fetch standard for an allowed origin, with credentials and never `*`.
void add_cors_fields(const HttpRequest& request, const HttpOptions& options, HttpHeaders& headers);
/// Whether this is a CORS pre-flight, and its answer: `methods` are those that the path knows.
[[nodiscard]] bool is_preflight(const HttpRequest& request) noexcept;
[[nodiscard]] HttpResponse answer_preflight(const HttpRequest& request, std::string methods);

}  // namespace pulso::net
