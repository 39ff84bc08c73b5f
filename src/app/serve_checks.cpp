#include "app/serve_checks.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/random.h"
#include "net/http_server.h"
#include "store/database_url.h"

namespace pulso::app {
namespace {

/// RFC 7518 §3.2: an HS256 key is at least as long as its hash.
constexpr std::size_t jwt_secret_bytes_min = 32;

/// Scheme and authority only, as browsers send it (RFC 6454 §6.2).
bool is_origin(std::string_view text) noexcept {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!text.starts_with(scheme)) continue;
    const std::string_view authority = text.substr(scheme.size());
    return !authority.empty() && authority.find_first_of("/?#@* ") == std::string_view::npos;
  }
  return false;
}

void set_up_demo(LoadedConfig& loaded) {
  Config& config = loaded.config;
  if (config.auth.jwt_secret.empty()) {
    config.auth.jwt_secret = random_token(48);
    loaded.sources.insert_or_assign("auth.jwt_secret", "generated for --demo");
  }
  if (!loaded.sources.contains("auth.anonymous")) {
    config.auth.anonymous = {"seats", "meetings", "tracks"};
    loaded.sources.insert_or_assign("auth.anonymous", "--demo");
  }
}

void check_auth(LoadedConfig& loaded, std::vector<std::string>& problems) {
  const Config::Auth& auth = loaded.config.auth;
  const bool has_keys = !auth.jwt_public_key_file.empty() || !auth.jwks_file.empty() || !auth.jwks_url.empty();
  if (auth.jwt_secret.empty() && !has_keys) {
    problems.emplace_back(
        "JWT_SECRET is not set: give a secret of at least 32 bytes (openssl rand -base64 48) in the environment or in "
        ".env, or name a public key or key set (auth.jwt_public_key_file, auth.jwks_file, auth.jwks_url); to try the "
        "server, run it with --demo");
  } else if (!auth.jwt_secret.empty() && auth.jwt_secret.size() < jwt_secret_bytes_min) {
    loaded.warnings.push_back(fmt::format("auth.jwt_secret has {} bytes; below {} it can be guessed by trying",
                                          auth.jwt_secret.size(), jwt_secret_bytes_min));
  }
}

void check_server(const Config::Server& server, std::vector<std::string>& problems) {
  if (server.listen.empty()) problems.emplace_back("server.listen is empty: the server would hear nobody");
  for (const std::string& address : server.listen) {
    if (const auto parsed = net::ListenAddress::parse(address); !parsed) {
      problems.push_back(fmt::format("server.listen = \"{}\": {}", address, parsed.error().message));
    }
  }
  if (server.tls_cert.empty() != server.tls_key.empty()) {
    problems.push_back(fmt::format("server.{} is not set: TLS needs both certificate and key",
                                   server.tls_cert.empty() ? "tls_cert" : "tls_key"));
  }
  for (const std::string& origin : server.client_urls) {
    if (!is_origin(origin)) {
      problems.push_back(
          fmt::format("server.client_urls = \"{}\" is no origin such as https://shop.example.com", origin));
    }
  }
}

}  // namespace

Result<void> prepare_to_serve(LoadedConfig& loaded) {
  if (loaded.config.demo) set_up_demo(loaded);
  std::vector<std::string> problems;
  check_auth(loaded, problems);
  check_server(loaded.config.server, problems);
  if (const std::string& address = loaded.config.metrics.listen; !address.empty()) {
    if (const auto parsed = net::ListenAddress::parse(address); !parsed) {
      problems.push_back(fmt::format("metrics.listen = \"{}\": {}", address, parsed.error().message));
    }
  }
  if (const auto url = store::DatabaseUrl::parse(loaded.config.database.url); !url) {
    problems.push_back(fmt::format("database.url: {}", url.error().message));
  }
  if (!problems.empty()) return fail(Errc::invalid_argument, fmt::format("{}", fmt::join(problems, "\n")));
  return {};
}

}  // namespace pulso::app
