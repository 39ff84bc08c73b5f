#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace pulso::net {

/// Content codings that answers are made in (RFC 9110 §8.4.1).
enum class ContentCoding : std::uint8_t { identity, deflate, gzip };

/// `gzip`, `deflate`, or empty for none.
[[nodiscard]] std::string_view name_of(ContentCoding coding) noexcept;

/// What an `Accept-Encoding` field lets an answer be (§12.5.3): gzip where it is named, or meant by `*`, with a weight
/// above zero, else deflate. A missing field asks for nothing: what it allows is not what old clients can read.
[[nodiscard]] ContentCoding choose_coding(std::string_view accept_encoding) noexcept;

/// The gzip format of RFC 1952, or the zlib format of RFC 1950 that HTTP calls deflate.
[[nodiscard]] std::string compress(std::string_view bytes, ContentCoding coding);

}  // namespace pulso::net
