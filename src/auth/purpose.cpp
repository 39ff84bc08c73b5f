#include "auth/purpose.h"

namespace pulso::auth {
namespace {

constexpr std::string_view audience_prefix = "pulso:";

}  // namespace

bool is_internal_audience(std::string_view audience) noexcept {
  return audience.starts_with(audience_prefix);
}

std::string audience_of(Purpose purpose) {
  return std::string{audience_prefix} + std::string{purpose.name};
}

Result<JwtKeyRef> key_for(Purpose purpose, const std::string& secret) {
  return key_from_secret(derive_key(secret, purpose.name));
}

}  // namespace pulso::auth
