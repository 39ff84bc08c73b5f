#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace pulso::net {

/// Part of a representation, in bytes; never empty.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool operator==(const ByteRange&) const = default;
};

/// How a `Range` field is answered.
struct RangeSelection {
  enum class Kind : std::uint8_t {
    whole,          ///< 200: no field, not a byte range, malformed, or more ranges than one
    partial,        ///< 206 with `range`
    unsatisfiable,  ///< 416
  };
  Kind kind = Kind::whole;
  ByteRange range;
  bool operator==(const RangeSelection&) const = default;
};

/// Selects out of `size` bytes what a `Range` field asks for (RFC 9110 §14.1.2, §14.2): `bytes=0-99`, `bytes=100-`,
/// `bytes=-500`. Ends past the last byte are cut; numbers of any length are read. Several ranges are answered whole, as
/// §14.2 permits.
[[nodiscard]] RangeSelection select_range(std::string_view field, std::uint64_t size) noexcept;

/// `Content-Range` of a 206: `bytes 0-99/1234`.
[[nodiscard]] std::string content_range(const ByteRange& range, std::uint64_t size);
/// `Content-Range` of a 416: `bytes */1234`.
[[nodiscard]] std::string unsatisfied_content_range(std::uint64_t size);

}  // namespace pulso::net
