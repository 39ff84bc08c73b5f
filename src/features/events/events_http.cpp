#include "features/events/events_http.h"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/json_write.h"
#include "features/events/events_bodies.h"
#include "features/events/ledger_events.h"
#include "features/events/stream_position.h"
#include "net/utf8.h"

namespace pulso::events {

using boost::asio::awaitable;
using net::HttpResponse;

namespace {

namespace json = boost::json;

constexpr std::string_view write_scope = "events:write";
constexpr std::string_view write_any_scope = "events:write:any";
constexpr std::size_t filter_types_max = 32;

std::vector<std::string> types_of(std::string_view list) {
  std::vector<std::string> types;
  while (!list.empty() && types.size() < filter_types_max) {
    const std::size_t end = std::min(list.find(','), list.size());
    if (end > 0) types.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return types;
}

bool may_write(const auth::Principal& principal, const AccountId& account) {
  if (principal.has_scope(write_any_scope)) return true;
  return principal.has_scope(write_scope) && principal.account == account.value();
}

}  // namespace

void EventsHttp::add(net::Router& router, std::string method, std::string pattern, Handler handler,
                     std::size_t body_bytes_max) {
  router.add({.method = std::move(method),
              .pattern = std::move(pattern),
              .handler = [this, handler](net::HttpRequest& request) { return (this->*handler)(request); },
              .body_bytes_max = body_bytes_max,
              .is_event_stream = handler == &EventsHttp::get_stream});
}

void EventsHttp::add_routes(net::Router& router) {
  add(router, "GET", "/events/stream", &EventsHttp::get_stream);
  add(router, "GET", "/events/stats", &EventsHttp::get_stats);
  add(router, "POST", "/events/publish", &EventsHttp::post_publish, publish_bytes_max);
}

awaitable<Outcome<>> EventsHttp::locate(StreamStart& start, std::string last_event_id) {
  const auto extent = co_await d_.store.extent(start.account);
  if (!extent) co_return refuse(extent.error());
  start.position = extent->last;
  if (last_event_id.empty()) co_return Outcome<>{};
  std::optional<std::uint64_t> seen = position_of_welcome(last_event_id);
  if (!seen && net::is_valid_utf8(last_event_id)) {
    const auto ms = ms_of_heartbeat(last_event_id);
    const auto found =
        ms ? co_await d_.store.find_mark(start.account, *ms) : co_await d_.store.find(start.account, last_event_id);
    if (!found) co_return refuse(found.error());
    seen = *found;
  }
  if (seen && *seen >= extent->pruned && *seen <= extent->last) {
    start.position = *seen;
  } else {
    start.lost_event_id = std::move(last_event_id);
  }
  co_return Outcome<>{};
}

awaitable<HttpResponse> EventsHttp::get_stream(Request& request) {
  const auto principal = co_await d_.access.authenticate(request);
  if (!principal) {
    co_return principal.error().code == EventsErrc::unavailable ? HttpResponse::passing_event_stream()
                                                                : d_.access.refused(principal.error());
  }
  if ((*principal)->account.empty()) co_return d_.access.refused(refuse(EventsErrc::no_account).error());
  const bool is_in_query = request.query_value("api-key") || request.query_value("token");
  const bool is_in_header = request.headers.contains("Authorization") || request.headers.contains("X-API-Key");
  StreamStart start{.principal = *principal,
                    .account = AccountId{(*principal)->account},
                    .token_source = is_in_query && !is_in_header ? "query" : "header",
                    .types = types_of(request.query_value("types").value_or("")),
                    .qr = std::string{request.query_value("qrId").value_or("")}};
  std::string last_event_id{request.headers.get("Last-Event-ID")};
  if (last_event_id.empty()) last_event_id = request.query_value("lastEventId").value_or("");
  if (last_event_id.size() > event_id_bytes_max) last_event_id.resize(event_id_bytes_max);
  if (const auto located = co_await locate(start, std::move(last_event_id)); !located)
    co_return HttpResponse::passing_event_stream();
  co_return HttpResponse::event_stream({AccountStream::create(d_.streams, std::move(start)), d_.stream_options});
}

awaitable<HttpResponse> EventsHttp::post_publish(Request& request) {
  const auto principal = co_await d_.access.authenticate(request);
  if (!principal) co_return d_.access.refused(principal.error());
  auto body = parse_publish_body(request.body);
  if (!body) co_return d_.access.refused(body.error());

  // One transaction an account: within it all or none.
  std::vector<std::pair<AccountId, std::vector<std::size_t>>> accounts;
  for (std::size_t i = 0; i < body->publications.size(); ++i) {
    AccountId& account = body->publications[i].account;
    if (account.empty()) account = AccountId{(*principal)->account};
    if (account.empty()) co_return d_.access.refused(refuse(EventsErrc::no_account).error());
    if (!may_write(**principal, account)) co_return d_.access.refused(refuse(EventsErrc::forbidden).error());
    auto found = std::ranges::find(accounts, account, [](const auto& entry) { return entry.first; });
    if (found == accounts.end()) found = accounts.insert(found, {account, {}});
    found->second.push_back(i);
  }
  std::vector<json::object> results(body->publications.size());
  for (const auto& [account, indexes] : accounts) {
    std::vector<EventDraft> drafts;
    for (const std::size_t index : indexes) drafts.push_back(std::move(body->publications[index].draft));
    const auto appended = co_await d_.store.append(account, std::move(drafts), d_.clock.now());
    if (!appended) co_return d_.access.refused(refuse(appended.error()).error());
    for (std::size_t i = 0; i < indexes.size(); ++i) {
      const auto& [id, is_new] = (*appended)[i];
      results[indexes[i]] = {{"id", id}, {"accountId", account_json(account.value())}, {"duplicate", !is_new}};
      if (is_new) d_.metrics.published.add();
    }
    d_.feeds.announce(account);
  }
  json::value data =
      body->is_batch ? json::value(json::array(results.begin(), results.end())) : json::value(results[0]);
  co_return HttpResponse::json(200, write_json(json::object{{"success", true}, {"data", std::move(data)}}));
}

awaitable<HttpResponse> EventsHttp::get_stats(Request& request) {
  const auto principal = co_await d_.access.authenticate(request);
  if (!principal) co_return d_.access.refused(principal.error());
  const std::string& own = (*principal)->account;
  const bool sees_all = (*principal)->has_role(auth::admin_role);
  if (own.empty() && !sees_all) co_return d_.access.refused(refuse(EventsErrc::no_account).error());
  json::object counts;
  std::uint64_t total = 0;
  for (const auto& [account, count] : co_await d_.counts.total()) {
    if (!sees_all && account != own) continue;
    counts[account] = count;
    total += count;
  }
  json::object data{{"totalConnections", total},
                    {"accountsWithSubscriptions", counts.size()},
                    {"subscriptionsByAccount", std::move(counts)},
                    {"yourAccountId", own.empty() ? json::value{} : account_json(own)},
                    {"timestamp", format_time(d_.clock.now())}};
  co_return HttpResponse::json(
      200, write_json(json::object{
               {"success", true}, {"message", "Estadísticas de eventos obtenidas"}, {"data", std::move(data)}}));
}

}  // namespace pulso::events
