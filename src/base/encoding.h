#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace pulso {

/// Base64 of RFC 4648 §4, with padding.
[[nodiscard]] std::string base64_encode(std::string_view bytes);
/// Strict: right length, padding and alphabet, zero spare bits; else nothing.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);
/// Base64url of RFC 4648 §5, without padding.
[[nodiscard]] std::string base64url_encode(std::string_view bytes);
/// Strict, and without padding only.
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);
/// Lower-case hexadecimal.
[[nodiscard]] std::string hex_encode(std::string_view bytes);

/// Undoes `%41` (RFC 3986 §2.1); with `plus_is_space` also the `+` of forms. Nothing when an escape is broken or gives
/// NUL.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// ASCII only, as protocol tokens are.
[[nodiscard]] bool equals_ignoring_case(std::string_view left, std::string_view right) noexcept;
[[nodiscard]] std::string to_lower(std::string_view text);
/// Without spaces and tabs at either end.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;
/// Whether ASCII's control characters, DEL too, are in it.
[[nodiscard]] bool has_control_character(std::string_view text) noexcept;
/// Takes as long for a near miss as for a far one. Lengths are not secret.
[[nodiscard]] bool equals_in_constant_time(std::string_view left, std::string_view right) noexcept;

}  // namespace pulso
