#pragma once
#include <string>
#include <string_view>

#include "net/http_message.h"

namespace pulso::net {

/// The reason phrase of a status (RFC 9110 §15), or `Unknown`.
[[nodiscard]] std::string_view reason_of(int status) noexcept;
/// The head of an answer with everything that the connection adds. Line breaks in values become spaces.
[[nodiscard]] std::string http_response_head(const HttpRequest& request, const HttpResponse& response, bool keep_alive);

}  // namespace pulso::net
