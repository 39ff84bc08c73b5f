#include "net/websocket_handshake.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <openssl/sha.h>

#include "base/encoding.h"

namespace pulso::net {
namespace {

constexpr std::string_view protocol_version = "13";
constexpr std::size_t key_bytes = 16;

HttpResponse bad_handshake(std::string_view message) {
  return HttpResponse::refusal(400, "bad_handshake", message);
}

/// All fields of one name as the one list that they are (RFC 9110 §5.3).
std::string joined(const HttpHeaders& headers, std::string_view wanted) {
  std::string out;
  for (const auto& [name, value] : headers) {
    if (!equals_ignoring_case(name, wanted)) continue;
    if (!out.empty()) out += ',';
    out += value;
  }
  return out;
}

constexpr bool is_token_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

struct Parameter {
  std::string name;
  std::optional<std::string> value;
};

struct Offer {
  std::string name;
  std::vector<Parameter> parameters;
};

/// Reads `Sec-WebSocket-Extensions` (RFC 6455 §9.1) offer by offer.
class OfferReader {
 public:
  explicit OfferReader(std::string_view field) noexcept : rest_(field) {}

  /// Nothing at the end, or from where the field does not parse.
  std::optional<Offer> next() {
    do skip_blanks();
    while (take(','));
    Offer offer{.name = token(), .parameters = {}};
    if (offer.name.empty()) return std::nullopt;
    while (take(';')) {
      Parameter parameter{.name = token(), .value = std::nullopt};
      if (parameter.name.empty()) return std::nullopt;
      if (take('=')) {
        parameter.value = value();
        if (parameter.value->empty()) return std::nullopt;
      }
      offer.parameters.push_back(std::move(parameter));
    }
    if (!rest_.empty() && !take(',')) return std::nullopt;
    return offer;
  }

 private:
  void skip_blanks() noexcept { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }

  bool take(char wanted) noexcept {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    skip_blanks();
    return true;
  }

  std::string token() {
    const auto end = std::ranges::find_if_not(rest_, is_token_character);
    std::string out{rest_.begin(), end};
    rest_.remove_prefix(out.size());
    skip_blanks();
    return out;
  }

  /// A token, bare or in quotes; empty when it is neither.
  std::string value() {
    if (!rest_.starts_with('"')) return token();
    std::string out;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        skip_blanks();
        return out;
      }
      if (rest_[i] == '\\') ++i;
      if (i == rest_.size()) break;
      if (!is_token_character(rest_[i])) break;
      out += rest_[i];
    }
    return {};
  }

  std::string_view rest_;
};

/// 8 to 15 without leading zeros (RFC 7692 §7.1.2).
std::optional<int> window_bits(const std::optional<std::string>& value) noexcept {
  constexpr std::array<std::string_view, 8> spelled{"8", "9", "10", "11", "12", "13", "14", "15"};
  if (!value) return std::nullopt;
  const auto found = std::ranges::find(spelled, *value);
  if (found == spelled.end()) return std::nullopt;
  return 8 + static_cast<int>(found - spelled.begin());
}

/// Answers one offer, or nothing when it can't be accepted.
std::optional<DeflateAnswer> answer_offer(const Offer& offer, const DeflateOptions& options) {
  if (!equals_ignoring_case(offer.name, "permessage-deflate")) return std::nullopt;
  bool server_no_takeover = false, client_no_takeover = false, has_server_bits = false, has_client_bits = false;
  DeflateAgreement agreement{.server_no_context_takeover = options.server_no_context_takeover,
                             .client_no_context_takeover = options.client_no_context_takeover,
                             .server_max_window_bits = options.server_max_window_bits,
                             .client_max_window_bits = 15};
  for (const auto& [name, value] : offer.parameters) {
    if (name == "server_no_context_takeover") {
      if (std::exchange(server_no_takeover, true) || value) return std::nullopt;
      agreement.server_no_context_takeover = true;
    } else if (name == "client_no_context_takeover") {
      if (std::exchange(client_no_takeover, true) || value) return std::nullopt;
      agreement.client_no_context_takeover = true;
    } else if (name == "server_max_window_bits") {
      const auto bits = window_bits(value);
      if (std::exchange(has_server_bits, true) || !bits) return std::nullopt;
      agreement.server_max_window_bits = std::min(agreement.server_max_window_bits, *bits);
    } else if (name == "client_max_window_bits") {
      const auto bits = value ? window_bits(value) : 15;
      if (std::exchange(has_client_bits, true) || !bits) return std::nullopt;
      agreement.client_max_window_bits = std::min(options.client_max_window_bits, *bits);
    } else {
      return std::nullopt;
    }
  }
  std::string field = "permessage-deflate";
  if (agreement.server_no_context_takeover) field += "; server_no_context_takeover";
  if (agreement.client_no_context_takeover) field += "; client_no_context_takeover";
  if (has_server_bits || agreement.server_max_window_bits < 15) {
    field += fmt::format("; server_max_window_bits={}", agreement.server_max_window_bits);
  }
  // May only be named to a client that has named it (RFC 7692 §7.1.2.2).
  if (has_client_bits && agreement.client_max_window_bits < 15) {
    field += fmt::format("; client_max_window_bits={}", agreement.client_max_window_bits);
  }
  return DeflateAnswer{.agreement = agreement, .field = std::move(field)};
}

}  // namespace

bool is_websocket_request(const HttpRequest& request) noexcept {
  return request.headers.has_token("Connection", "upgrade") && request.headers.has_token("Upgrade", "websocket");
}

std::expected<WebSocketHandshake, HttpResponse> check_websocket_handshake(const HttpRequest& request,
                                                                          const DeflateOptions& deflate,
                                                                          bool takes_any_subprotocol) {
  if (request.method != "GET") {
    HttpResponse refusal = HttpResponse::refusal(405, "method_not_allowed", "A WebSocket begins with GET.");
    refusal.headers.add("Allow", "GET");
    return std::unexpected{std::move(refusal)};
  }
  if (request.version < 11) return std::unexpected{bad_handshake("A WebSocket begins with HTTP/1.1.")};
  if (!is_websocket_request(request)) {
    return std::unexpected{bad_handshake("Upgrade: websocket and Connection: Upgrade are needed.")};
  }
  if (request.headers.get("Sec-WebSocket-Version") != protocol_version) {
    HttpResponse refusal = HttpResponse::refusal(426, "bad_websocket_version", "Only WebSocket version 13 is spoken.");
    refusal.headers.add("Sec-WebSocket-Version", std::string{protocol_version});
    refusal.headers.add("Upgrade", "websocket");
    return std::unexpected{std::move(refusal)};
  }
  const std::string_view key = request.headers.get("Sec-WebSocket-Key");
  const auto decoded = base64_decode(key);
  if (!decoded || decoded->size() != key_bytes) {
    return std::unexpected{bad_handshake("Sec-WebSocket-Key is not the base64 of 16 bytes.")};
  }
  WebSocketHandshake handshake{.accept = websocket_accept(key), .subprotocol = {}, .extensions = {}, .deflate = {}};
  if (takes_any_subprotocol) {
    const std::string_view offered = request.headers.get("Sec-WebSocket-Protocol");
    const std::string_view first = trimmed(offered.substr(0, offered.find(',')));
    if (std::ranges::all_of(first, is_token_character)) handshake.subprotocol = first;
  }
  if (auto answer = negotiate_deflate(joined(request.headers, "Sec-WebSocket-Extensions"), deflate)) {
    handshake.extensions = std::move(answer->field);
    handshake.deflate = answer->agreement;
  }
  return handshake;
}

std::string websocket_response_head(const WebSocketHandshake& handshake) {
  std::string head = fmt::format(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n",
      handshake.accept);
  if (!handshake.subprotocol.empty()) head += fmt::format("Sec-WebSocket-Protocol: {}\r\n", handshake.subprotocol);
  if (!handshake.extensions.empty()) head += fmt::format("Sec-WebSocket-Extensions: {}\r\n", handshake.extensions);
  head += "\r\n";
  return head;
}

std::string websocket_accept(std::string_view key) {
  std::string salted{key};
  salted += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
  SHA1(reinterpret_cast<const unsigned char*>(salted.data()), salted.size(), digest.data());
  return base64_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::optional<DeflateAnswer> negotiate_deflate(std::string_view extensions, const DeflateOptions& options) {
  if (!options.is_enabled) return std::nullopt;
  OfferReader offers{extensions};
  while (const auto offer = offers.next()) {
    if (auto answer = answer_offer(*offer, options)) return answer;
  }
  return std::nullopt;
}

}  // namespace pulso::net
