#include "auth/jwt.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "auth/purpose.h"
#include "support/token_forge.h"

namespace {

using namespace pulso;
using namespace pulso::auth;

const std::string secret = "a secret of at least 32 bytes, for fuzzing";
constexpr WallTime now{milliseconds{1'705'314'600'000}};

void require(bool condition) {
  if (!condition) std::abort();
}

const std::vector<JwtKeyRef>& keys() {
  static const std::vector<JwtKeyRef> all = [] {
    auto set = *keys_from_jwks(R"({"keys":[
      {"kty":"OKP","crv":"Ed25519","kid":"ed","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
      {"kty":"EC","crv":"P-256","kid":"ec","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
       "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})");
    set.push_back(*key_from_secret(secret));
    return set;
  }();
  return all;
}

/// Whoever is let in has a name, a time to go, and no way into the server's own purposes.
void check(const std::string& token) {
  const auto principal = verify_token(token, keys(), {}, now);
  if (!principal) return require(principal.error().code == make_error_code(Errc::unauthorized));
  require(token.size() <= token_bytes_max && read_token_head(token).has_value());
  require(principal->kind == PrincipalKind::user && !principal->user.empty());
  require(principal->user.value().find('\0') == std::string::npos);
  require(principal->expires_at && *principal->expires_at > now);
  require(!verify_token(token, {*key_for(streaming_purpose, secret)},
                        {.issuer = {}, .audience = audience_of(streaming_purpose)}, now));
}

}  // namespace

/// The first byte chooses: `t` a whole token; `s` a header, a line feed and claims, which get a signature that holds,
/// so that what lies behind it is reached too; `k` a key set.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  switch (data[0]) {
    case 't':
      check(std::string{text});
      break;
    case 's': {
      const auto end = std::min(text.find('\n'), text.size());
      check(support::forge_token(text.substr(0, end), text.substr(std::min(end + 1, text.size())), secret));
      break;
    }
    case 'k':
      if (const auto set = keys_from_jwks(text)) require(!set->empty());
      break;
    default:
      break;
  }
  return 0;
}
