#include "features/seats/client.h"

#include <utility>

#include "base/encoding.h"
#include "base/random.h"
#include "base/sha256.h"

namespace pulso::seats {
namespace {

constexpr std::size_t session_length = 22;  // 16 random bytes in base64url
/// 78 bits of the hash: `s:` and they fit into a string without an allocation, of which each member has several.
constexpr std::size_t owner_hash_length = 13;

/// The secret itself stays out of live state, the journal and messages between instances.
OwnerId owner_of_session(std::string_view session) {
  return OwnerId{"s:" + base64url_encode(sha256(session)).substr(0, owner_hash_length)};
}

bool looks_like_session(std::string_view text) {
  return text.size() == session_length && base64url_decode(text).has_value();
}

}  // namespace

Client make_client(std::string client_id, auth::PrincipalRef principal, std::string_view shown_session) {
  Client client{.client_id = std::move(client_id), .owner = {}, .session = {}, .principal = std::move(principal)};
  if (!client.principal->user.empty()) {
    client.owner = owner_of_user(client.principal->user.value());
  } else {
    client.session = looks_like_session(shown_session) ? std::string{shown_session} : random_token();
    client.owner = owner_of_session(client.session);
  }
  return client;
}

OwnerId owner_of_user(std::string_view user) {
  return OwnerId{"user:" + std::string{user}};
}

const auth::PrincipalRef& anonymous_principal() {
  static const auto principal = std::make_shared<const auth::Principal>();
  return principal;
}

}  // namespace pulso::seats
