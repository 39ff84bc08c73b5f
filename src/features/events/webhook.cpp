#include "features/events/webhook.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <boost/asio/ip/address.hpp>
#include <boost/json/object.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "base/encoding.h"
#include "base/json_write.h"
#include "base/sha256.h"
#include "features/events/ledger_events.h"

namespace pulso::events {
namespace {

constexpr std::int64_t doublings_max = 40;

bool is_private(const boost::asio::ip::address_v4& address) noexcept {
  const std::uint32_t bits = address.to_uint();
  const auto is_in = [bits](std::uint32_t network, int length) { return (bits ^ network) >> (32 - length) == 0; };
  return address.is_loopback() || address.is_multicast() || is_in(0x00000000, 8) || is_in(0x0a000000, 8) ||
         is_in(0x64400000, 10) || is_in(0xa9fe0000, 16) || is_in(0xac100000, 12) || is_in(0xc0a80000, 16) ||
         is_in(0xc6120000, 15) || is_in(0xf0000000, 4);
}

/// What a translator reaches by an address of NAT64's well-known prefix, 64:ff9b::/96 (RFC 6052 §2.1).
std::optional<boost::asio::ip::address_v4> translated(const boost::asio::ip::address_v6& address) noexcept {
  constexpr std::array<unsigned char, 12> prefix{0x00, 0x64, 0xff, 0x9b};
  const auto bytes = address.to_bytes();
  if (!std::equal(prefix.begin(), prefix.end(), bytes.begin())) return std::nullopt;
  return boost::asio::ip::address_v4{{bytes[12], bytes[13], bytes[14], bytes[15]}};
}

}  // namespace

milliseconds webhook_pause(const WebhookPolicy& policy, std::int64_t failures, double random) noexcept {
  const auto doublings = std::clamp<std::int64_t>(failures - 1, 0, doublings_max);
  const double longest =
      std::min(static_cast<double>(policy.retry_base.count()) * std::ldexp(1.0, static_cast<int>(doublings)),
               static_cast<double>(policy.retry_max.count()));
  return milliseconds{std::llround(longest * (1 - random / 2))};
}

std::optional<WebhookAddress> parse_webhook_url(std::string_view text, bool allows_insecure) {
  if (text.size() > webhook_url_bytes_max) return std::nullopt;
  const auto url = boost::urls::parse_uri(text);
  if (!url || url->has_userinfo() || url->host().empty() || url->has_fragment()) return std::nullopt;
  WebhookAddress address;
  address.is_secure = url->scheme() == "https";
  if (!address.is_secure && !(allows_insecure && url->scheme() == "http")) return std::nullopt;
  address.host = url->host_address();
  if (!allows_insecure && (is_private_address(address.host) || equals_ignoring_case(address.host, "localhost"))) {
    return std::nullopt;
  }
  address.authority = url->encoded_host_and_port();
  address.port = url->has_port() ? std::string{url->port()} : address.is_secure ? "443" : "80";
  address.target = url->encoded_path().empty() ? "/" : std::string{url->encoded_path()};
  if (url->has_query()) address.target += "?" + std::string{url->encoded_query()};
  return address;
}

bool is_private_address(std::string_view text) noexcept {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(text, error);
  if (error) return false;
  if (address.is_v4()) return is_private(address.to_v4());
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return is_private(boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6));
  if (const auto v4 = translated(v6)) return is_private(*v4);
  const bool is_unique_local = (v6.to_bytes()[0] & 0xfe) == 0xfc;  // RFC 4193
  return v6.is_loopback() || v6.is_unspecified() || v6.is_link_local() || v6.is_multicast() || is_unique_local;
}

std::string webhook_body(const AccountId& account, const AccountEvent& event) {
  // The data is JSON as it is stored.
  return R"({"id":)" + write_json_string(event.id) + R"(,"type":)" + write_json_string(event.type) +
         R"(,"accountId":)" + write_json(account_json(account.value())) + R"(,"data":)" + event.data + "}";
}

std::string webhook_signature(std::string_view secret, std::string_view body, WallTime now) {
  const std::string time = std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  const HmacSha256::Digest digest = HmacSha256{secret}.sign(time + "." + std::string{body});
  return "t=" + time + ",v1=" + hex_encode({digest.data(), digest.size()});
}

}  // namespace pulso::events
