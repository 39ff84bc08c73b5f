#include "wire/upgrade.h"

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "wire/http_head.h"

namespace pulso::bench {
namespace {

constexpr std::string_view client_key = "cHVsc28tYmVuY2gta2V5IQ==";
constexpr std::string_view accept_suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::string accept_of(std::string_view key) {
  const std::string salted = fmt::format("{}{}", key, accept_suffix);
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(salted.data()), salted.size(), digest.data());
  std::array<unsigned char, 4 * ((SHA_DIGEST_LENGTH + 2) / 3) + 1> encoded{};
  const int size = EVP_EncodeBlock(encoded.data(), digest.data(), digest.size());
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(size)};
}

}  // namespace

std::string upgrade_request(std::string_view host, std::string_view target) {
  return fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: {}\r\nSec-WebSocket-Version: 13\r\n\r\n",
      target, host, client_key);
}

std::optional<std::string> upgrade_response(std::string_view head) {
  const std::string_view key = header_value(head, "Sec-WebSocket-Key");
  if (key.empty()) return std::nullopt;
  return fmt::format(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: {}\r\n\r\n",
      accept_of(key));
}

bool is_upgraded(std::string_view head) {
  static const std::string expected = accept_of(client_key);
  return head.starts_with("HTTP/1.1 101 ") && header_value(head, "Sec-WebSocket-Accept") == expected;
}

}  // namespace pulso::bench
