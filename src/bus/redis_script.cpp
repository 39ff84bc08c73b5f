#include "bus/redis_script.h"

#include <array>
#include <string_view>
#include <utility>

#include <openssl/evp.h>

#include "base/encoding.h"

namespace pulso::bus {

RedisScript::RedisScript(std::string body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_Digest(body.data(), body.size(), digest.data(), &length, EVP_sha1(), nullptr);
  std::string sha1 = hex_encode({reinterpret_cast<const char*>(digest.data()), length});
  script_ = std::make_shared<const Script>(Script{std::move(body), std::move(sha1)});
}

}  // namespace pulso::bus
