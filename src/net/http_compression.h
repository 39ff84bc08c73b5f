#pragma once
#include <string>
#include <string_view>

namespace pulso::net {

/// Whether an `Accept-Encoding` field lets an answer be gzip (RFC 9110 §12.5.3): named, or by `*`, with a weight above
/// zero. A missing field does not: what it allows is not what old clients can read.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding) noexcept;

/// The gzip format of RFC 1952.
[[nodiscard]] std::string gzip(std::string_view bytes);

}  // namespace pulso::net
