#include "app/core_routes.h"

#include <boost/json.hpp>

#include "base/json_write.h"
#include "ops/process_stats.h"

namespace pulso::app {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using net::HttpRequest;
using net::HttpResponse;

class CoreRoutes {
 public:
  explicit CoreRoutes(CoreRoutesDependencies dependencies) : d_(std::move(dependencies)) {}

  [[nodiscard]] HttpResponse health() const {
    return HttpResponse::json(
        200, write_json(json::object{{"status", "healthy"},
                                     {"redis", redis_state()},
                                     {"database", d_.database.is_healthy() ? "connected" : "unreachable"},
                                     {"version", d_.version},
                                     {"timestamp", format_time(d_.clock.now())},
                                     {"uptime", uptime_seconds()}}));
  }

  [[nodiscard]] HttpResponse ready() const {
    const bool redis_answers = !d_.redis || d_.redis->is_connected();
    const char* status = d_.is_draining()                            ? "draining"
                         : d_.database.is_healthy() && redis_answers ? "ready"
                                                                     : "unavailable";
    const int code = status == std::string_view{"ready"} ? 200 : 503;
    HttpResponse response = HttpResponse::json(
        code, write_json(json::object{{"status", status},
                                      {"database", d_.database.is_healthy() ? "connected" : "unreachable"},
                                      {"redis", redis_state()}}));
    if (code != 200) response.headers.add("Retry-After", "1");
    return response;
  }

  asio::awaitable<HttpResponse> stats(HttpRequest& request) const {
    const bool detailed = co_await access(request, "stats:read") == Access::granted;
    json::object out{{"uptime", uptime_seconds()}, {"connections", d_.connection_count()}};
    for (const auto& [name, stats] : d_.feature_stats) out[name] = json::parse(co_await stats(detailed));
    if (detailed) {
      const auto process = ops::read_process_stats(d_.started_at, d_.clock.steady_now());
      out["process"] = json::object{{"resident_bytes", process.resident_bytes},
                                    {"cpu_seconds", static_cast<double>(process.cpu_time.count()) / 1000},
                                    {"open_files", process.open_files},
                                    {"open_files_max", process.open_files_max}};
    }
    co_return HttpResponse::json(200, write_json(out));
  }

  asio::awaitable<HttpResponse> metrics(HttpRequest& request) const {
    switch (co_await access(request, "metrics:read")) {
      case Access::unauthorized:
        co_return HttpResponse::refusal(401, "unauthorized", "The metrics need a credential with scope metrics:read.");
      case Access::forbidden:
        co_return HttpResponse::refusal(403, "forbidden", "The credential lacks the scope metrics:read.");
      case Access::granted:
        break;
    }
    co_return HttpResponse::text(200, d_.metrics.expose(), "text/plain; version=0.0.4; charset=utf-8");
  }

 private:
  [[nodiscard]] std::string redis_state() const {
    return !d_.redis ? "disabled" : d_.redis->is_connected() ? "connected" : "unreachable";
  }
  [[nodiscard]] double uptime_seconds() const {
    return std::chrono::duration<double>(d_.clock.steady_now() - d_.started_at).count();
  }
  enum class Access : std::uint8_t { unauthorized, forbidden, granted };
  asio::awaitable<Access> access(HttpRequest& request, std::string_view scope) const {
    auth::Credential credential = auth::credential_of(request);
    if (credential.empty()) co_return Access::unauthorized;
    const auto principal = co_await d_.authenticator.authenticate(std::move(credential));
    if (!principal) co_return Access::unauthorized;
    const bool may = (*principal)->has_scope(scope) || (*principal)->has_role("admin");
    co_return may ? Access::granted : Access::forbidden;
  }

  CoreRoutesDependencies d_;
};

}  // namespace

void add_core_routes(net::Router& router, CoreRoutesDependencies dependencies) {
  const auto routes = std::make_shared<const CoreRoutes>(std::move(dependencies));
  router.add({.method = "GET",
              .pattern = "/health",
              .handler = [routes](HttpRequest&) -> asio::awaitable<HttpResponse> { co_return routes->health(); }});
  router.add({.method = "GET", .pattern = "/ready", .handler = [routes](HttpRequest&) -> asio::awaitable<HttpResponse> {
                co_return routes->ready();
              }});
  router.add({.method = "GET", .pattern = "/stats", .handler = [routes](HttpRequest& request) {
                return routes->stats(request);
              }});
  router.add({.method = "GET", .pattern = "/metrics", .handler = [routes](HttpRequest& request) {
                return routes->metrics(request);
              }});
}

void add_open_metrics_route(net::Router& router, ops::Metrics& metrics) {
  router.add(
      {.method = "GET", .pattern = "/metrics", .handler = [&metrics](HttpRequest&) -> asio::awaitable<HttpResponse> {
         co_return HttpResponse::text(200, metrics.expose(), "text/plain; version=0.0.4; charset=utf-8");
       }});
}

}  // namespace pulso::app
