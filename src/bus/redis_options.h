#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace pulso::bus {

/// Where a server listens. An IPv6 address is kept without brackets.
struct RedisEndpoint {
  std::string host;
  std::uint16_t port = 6379;
  friend auto operator<=>(const RedisEndpoint&, const RedisEndpoint&) = default;
};

/// `127.0.0.1:6379`, `[::1]:6379`.
[[nodiscard]] std::string to_string(const RedisEndpoint& endpoint);

enum class RedisMode : std::uint8_t { single, sentinel, cluster };

/// Which Redis, and how long to wait for it.
struct RedisOptions {
  RedisMode mode = RedisMode::single;
  /// The server; the sentinels; or some nodes of the cluster, from which the others are learnt.
  std::vector<RedisEndpoint> endpoints;
  std::string master_name;             ///< what the sentinels call it
  std::string user;                    ///< empty: Redis's `default`
  std::string password;                ///< empty: no AUTH. Not sent to sentinels
  int database = 0;                    ///< always 0 in a cluster
  milliseconds connect_timeout{2000};  ///< name look-up, TCP and log-in together
};

/// `redis://[user:password@]host[:port][/database]`,
/// `redis+sentinel://[user:password@]host[:port],…/master-name[/database]`,
/// `redis+cluster://[user:password@]host[:port],…`. User and password are percent-decoded; a lone `password@` or
/// `:password@` is a password. `rediss://` is refused: TLS to Redis is left to a tunnel. Errors never quote the URL.
[[nodiscard]] Result<RedisOptions> parse_redis_url(std::string_view url);

}  // namespace pulso::bus
