#include "bus/redis_options.h"

#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/encoding.h"

namespace pulso::bus {
namespace {

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<RedisEndpoint> parse_endpoint(std::string_view text, std::uint16_t default_port) {
  RedisEndpoint endpoint{.host = {}, .port = default_port};
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    if (bracket == text.npos) return fail(Errc::invalid_argument, "the Redis URL has an unclosed [", "REDIS_URL");
    endpoint.host = text.substr(1, bracket - 1);
    const std::string_view rest = text.substr(bracket + 1);
    if (!rest.empty() && rest.front() != ':') {
      return fail(Errc::invalid_argument, "the Redis URL has characters after ]", "REDIS_URL");
    }
    has_port = !rest.empty();
    if (has_port) port = rest.substr(1);
  } else {
    const auto colon = text.find(':');
    endpoint.host = text.substr(0, colon);
    has_port = colon != text.npos;
    if (has_port) port = text.substr(colon + 1);
  }
  if (endpoint.host.empty()) return fail(Errc::invalid_argument, "the Redis URL lacks a host", "REDIS_URL");
  if (has_port) {
    const auto number = parse_number<std::uint16_t>(port);
    if (!number || *number == 0) return fail(Errc::invalid_argument, "a port of the Redis URL is no port", "REDIS_URL");
    endpoint.port = *number;
  }
  return endpoint;
}

Result<void> parse_credentials(std::string_view text, RedisOptions& options) {
  const auto colon = text.find(':');
  const auto user = percent_decode(colon == text.npos ? std::string_view{} : text.substr(0, colon));
  const auto password = percent_decode(colon == text.npos ? text : text.substr(colon + 1));
  if (!user || !password) return fail(Errc::invalid_argument, "the Redis URL has a broken %XX escape", "REDIS_URL");
  options.user = *user;
  options.password = *password;
  return {};
}

Result<void> parse_database(std::string_view text, RedisOptions& options) {
  if (text.empty()) return {};
  const auto number = parse_number<int>(text);
  if (!number || *number < 0) {
    return fail(Errc::invalid_argument, "the Redis URL's database is no number", "REDIS_URL");
  }
  options.database = *number;
  return {};
}

/// What follows the host list: `/database`, `/master-name/database`, or nothing in a cluster.
Result<void> parse_path(std::string_view path, RedisOptions& options) {
  if (!path.empty()) path.remove_prefix(1);
  switch (options.mode) {
    case RedisMode::single:
      return parse_database(path, options);
    case RedisMode::sentinel: {
      const auto slash = path.find('/');
      options.master_name = path.substr(0, slash);
      if (options.master_name.empty()) {
        return fail(Errc::invalid_argument, "the Redis URL lacks the master's name after the sentinels", "REDIS_URL");
      }
      return parse_database(slash == path.npos ? std::string_view{} : path.substr(slash + 1), options);
    }
    case RedisMode::cluster:
      if (path.empty() || path == "0") return {};
      return fail(Errc::invalid_argument, "a Redis Cluster has database 0 only", "REDIS_URL");
  }
  return {};
}

}  // namespace

std::string to_string(const RedisEndpoint& endpoint) {
  const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(is_ipv6 ? "[{}]:{}" : "{}:{}"), endpoint.host, endpoint.port);
}

Result<RedisOptions> parse_redis_url(std::string_view url) {
  const auto scheme_end = url.find("://");
  const std::string_view scheme = url.substr(0, scheme_end == url.npos ? 0 : scheme_end);
  RedisOptions options;
  std::uint16_t default_port = 6379;
  if (scheme == "redis+sentinel") {
    options.mode = RedisMode::sentinel;
    default_port = 26379;
  } else if (scheme == "redis+cluster") {
    options.mode = RedisMode::cluster;
  } else if (scheme == "rediss") {
    return fail(Errc::invalid_argument, "rediss:// is not supported: put a TLS tunnel beside Redis and use redis://",
                "REDIS_URL");
  } else if (scheme != "redis") {
    return fail(Errc::invalid_argument, "the Redis URL begins with redis://, redis+sentinel:// or redis+cluster://",
                "REDIS_URL");
  }
  std::string_view rest = url.substr(scheme_end + 3);
  const auto slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  if (const auto at = authority.rfind('@'); at != authority.npos) {
    if (auto parsed = parse_credentials(authority.substr(0, at), options); !parsed) return fail(parsed);
    authority.remove_prefix(at + 1);
  }
  while (true) {
    const auto comma = authority.find(',');
    auto endpoint = parse_endpoint(authority.substr(0, comma), default_port);
    if (!endpoint) return fail(endpoint);
    options.endpoints.push_back(std::move(*endpoint));
    if (comma == authority.npos) break;
    authority.remove_prefix(comma + 1);
  }
  if (options.mode == RedisMode::single && options.endpoints.size() > 1) {
    return fail(Errc::invalid_argument, "redis:// names one server; see redis+sentinel:// and redis+cluster://",
                "REDIS_URL");
  }
  if (auto parsed = parse_path(slash == rest.npos ? std::string_view{} : rest.substr(slash), options); !parsed) {
    return fail(parsed);
  }
  return options;
}

}  // namespace pulso::bus
