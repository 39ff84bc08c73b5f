#pragma once
#include <string>
#include <string_view>

#include "auth/jwt.h"

namespace pulso::auth {

/// What the server signs tokens for when it is itself the one to read them. The name sets both their key (derived from
/// the secret) and their `aud`, so a token of one purpose opens nothing else, and a user's JWT opens none of them.
struct Purpose {
  std::string_view name;
};
/// Tokens that admit a viewer to one stream.
inline constexpr Purpose streaming_purpose{"streaming"};
/// Cookies of media elements, which cannot send headers.
inline constexpr Purpose media_purpose{"media"};

/// Whether an `aud` is one of a purpose, which no user's token may have: it begins with `pulso:`.
[[nodiscard]] bool is_internal_audience(std::string_view audience) noexcept;
/// `pulso:<name>`
[[nodiscard]] std::string audience_of(Purpose purpose);
/// The HS256 key that signs and verifies this purpose's tokens.
[[nodiscard]] Result<JwtKeyRef> key_for(Purpose purpose, const std::string& secret);

}  // namespace pulso::auth
