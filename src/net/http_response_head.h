#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "net/http_message.h"

namespace pulso::net {

/// The reason phrase of a status (RFC 9110 §15), or `Unknown`.
[[nodiscard]] std::string_view reason_of(int status) noexcept;
/// Every field of an answer that is the same in all versions of HTTP: its own and those that the server adds.
void each_response_field(const HttpRequest& request, const HttpResponse& response,
                         const std::function<void(std::string_view name, std::string_view value)>& add);
/// The head of an answer of HTTP/1 with everything that the connection adds. Line breaks in values become spaces.
[[nodiscard]] std::string http_response_head(const HttpRequest& request, const HttpResponse& response, bool keep_alive);

}  // namespace pulso::net
