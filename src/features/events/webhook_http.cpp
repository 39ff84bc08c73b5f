#include "features/events/webhook_http.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/json_parse.h"
#include "base/json_write.h"
#include "base/random.h"

namespace pulso::events {

using boost::asio::awaitable;
using net::HttpResponse;

namespace {

namespace json = boost::json;

constexpr std::size_t body_bytes_max = 16 * 1024;
constexpr std::size_t types_max = 32;
constexpr std::size_t dead_letters_max = 200;
constexpr std::size_t secret_bytes = 32;

HttpResponse answer(json::value data, int status = 200) {
  return HttpResponse::json(status, write_json(json::object{{"success", true}, {"data", std::move(data)}}));
}

/// Without its secret, which is told once.
json::object webhook_json(const Webhook& webhook) {
  return {{"webhookId", webhook.id},
          {"url", webhook.url},
          {"types", json::array(webhook.types.begin(), webhook.types.end())},
          {"failures", webhook.failures},
          {"createdAt", format_time(webhook.created)}};
}

/// The query's `before`, or what is behind all.
Outcome<std::uint64_t> before_of(const net::HttpRequest& request) {
  const auto text = request.query_value("before");
  if (!text) return std::numeric_limits<std::uint64_t>::max();
  std::uint64_t before = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), before);
  if (error != std::errc{} || end != text->data() + text->size()) return refuse(EventsErrc::bad_message, "before");
  return before;
}

Outcome<Webhook> parse_body(std::string_view body, bool allows_insecure) {
  const auto parsed = parse_json(body);
  if (!parsed) return refuse(EventsErrc::bad_json);
  const json::object* object = parsed->if_object();
  if (!object) return refuse(EventsErrc::bad_message, "body");
  Webhook webhook;
  const json::value* url = object->if_contains("url");
  if (!url || !url->is_string()) return refuse(EventsErrc::bad_message, "url");
  webhook.url = url->get_string();
  if (!parse_webhook_url(webhook.url, allows_insecure)) return refuse(EventsErrc::bad_message, "url");
  if (const json::value* types = object->if_contains("types"); types && !types->is_null()) {
    if (!types->is_array() || types->get_array().size() > types_max) return refuse(EventsErrc::bad_message, "types");
    for (const json::value& type : types->get_array()) {
      if (!type.is_string() || !is_event_type(type.get_string())) return refuse(EventsErrc::bad_message, "types");
      webhook.types.emplace_back(type.get_string());
    }
  }
  return webhook;
}

Outcome<std::string> parse_event_id(std::string_view body) {
  const auto parsed = parse_json(body);
  if (!parsed) return refuse(EventsErrc::bad_json);
  const json::object* object = parsed->if_object();
  if (!object) return refuse(EventsErrc::bad_message, "body");
  const json::value* id = object->if_contains("eventId");
  if (!id || !id->is_string() || id->get_string().empty() || id->get_string().size() > event_id_bytes_max) {
    return refuse(EventsErrc::bad_message, "eventId");
  }
  return std::string{id->get_string()};
}

}  // namespace

void WebhookHttp::add(net::Router& router, std::string method, std::string pattern, Handler handler,
                      std::size_t body_max) {
  router.add({.method = std::move(method),
              .pattern = std::move(pattern),
              .handler = [this, handler](Request& request) { return (this->*handler)(request); },
              .body_bytes_max = body_max});
}

void WebhookHttp::add_routes(net::Router& router) {
  add(router, "GET", "/webhooks", &WebhookHttp::get_webhooks);
  add(router, "POST", "/webhooks", &WebhookHttp::post_webhook, body_bytes_max);
  add(router, "DELETE", "/webhooks/{webhook_id}", &WebhookHttp::delete_webhook);
  add(router, "GET", "/webhooks/{webhook_id}/dead-letters", &WebhookHttp::get_dead_letters);
  add(router, "POST", "/webhooks/{webhook_id}/dead-letters/resend", &WebhookHttp::post_resend_named, body_bytes_max);
  add(router, "POST", "/webhooks/{webhook_id}/dead-letters/{event_id}/resend", &WebhookHttp::post_resend,
      body_bytes_max);
}

awaitable<Outcome<Webhook>> WebhookHttp::own_webhook(const Request& request) {
  const auto principal = co_await d_.access.merchant(request);
  if (!principal) co_return std::unexpected{principal.error()};
  auto all = co_await d_.store.list(AccountId{(*principal)->account});
  if (!all) co_return refuse(all.error());
  const auto found = std::ranges::find(*all, request.parameter("webhook_id"), &Webhook::id);
  if (found == all->end()) co_return refuse(EventsErrc::unknown_webhook);
  co_return std::move(*found);
}

WebhookHttp::Answer WebhookHttp::get_webhooks(Request& request) {
  const auto principal = co_await d_.access.merchant(request);
  if (!principal) co_return d_.access.refused(principal.error());
  const auto all = co_await d_.store.list(AccountId{(*principal)->account});
  if (!all) co_return d_.access.refused(refuse(all.error()).error());
  json::array array;
  for (const Webhook& webhook : *all) array.push_back(webhook_json(webhook));
  co_return answer(json::object{{"webhooks", std::move(array)}});
}

WebhookHttp::Answer WebhookHttp::post_webhook(Request& request) {
  const auto principal = co_await d_.access.merchant(request);
  if (!principal) co_return d_.access.refused(principal.error());
  auto webhook = parse_body(request.body, d_.allows_insecure);
  if (!webhook) co_return d_.access.refused(webhook.error());
  webhook->id = "wh_" + random_token();
  webhook->account = AccountId{(*principal)->account};
  webhook->secret = "whsec_" + random_token(secret_bytes);
  webhook->created = d_.clock.now();
  json::object told = webhook_json(*webhook);
  told["secret"] = webhook->secret;
  const std::string id = webhook->id;
  const auto done = co_await d_.store.insert(*std::move(webhook));
  if (!done && done.error().code == make_error_code(Errc::conflict)) {
    co_return d_.access.refused({EventsErrc::too_many_webhooks, {}});
  }
  if (!done) co_return d_.access.refused(refuse(done.error()).error());
  if (d_.audit) d_.audit->record(**principal, "events.create_webhook", id);
  co_return answer(std::move(told), 201);
}

WebhookHttp::Answer WebhookHttp::delete_webhook(Request& request) {
  const auto principal = co_await d_.access.merchant(request);
  if (!principal) co_return d_.access.refused(principal.error());
  std::string id{request.parameter("webhook_id")};
  const auto removed = co_await d_.store.remove(AccountId{(*principal)->account}, id);
  if (!removed) co_return d_.access.refused(refuse(removed.error()).error());
  if (!*removed) co_return d_.access.refused({EventsErrc::unknown_webhook, {}});
  if (d_.audit) d_.audit->record(**principal, "events.delete_webhook", id);
  co_return answer(json::object{{"webhookId", std::move(id)}});
}

WebhookHttp::Answer WebhookHttp::get_dead_letters(Request& request) {
  const auto webhook = co_await own_webhook(request);
  if (!webhook) co_return d_.access.refused(webhook.error());
  const auto before = before_of(request);
  if (!before) co_return d_.access.refused(before.error());
  const auto letters = co_await d_.store.dead(webhook->id, *before, dead_letters_max);
  if (!letters) co_return d_.access.refused(refuse(letters.error()).error());
  json::array array;
  for (const WebhookDelivery& letter : *letters) {
    array.push_back(json::object{{"eventId", letter.event_id},
                                 {"attempts", letter.attempts},
                                 {"lastError", letter.last_error},
                                 {"diedAt", format_time(letter.next)}});
  }
  const bool has_more = letters->size() == dead_letters_max;
  co_return answer(json::object{{"deadLetters", std::move(array)},
                                {"nextBefore", has_more ? json::value(letters->back().sequence) : json::value{}}});
}

WebhookHttp::Answer WebhookHttp::post_resend(Request& request) {
  return resend(request, std::string{request.parameter("event_id")});
}

WebhookHttp::Answer WebhookHttp::post_resend_named(Request& request) {
  return resend(request, parse_event_id(request.body));
}

WebhookHttp::Answer WebhookHttp::resend(const Request& request, Outcome<std::string> event_id) {
  const auto webhook = co_await own_webhook(request);
  if (!webhook) co_return d_.access.refused(webhook.error());
  if (!event_id) co_return d_.access.refused(event_id.error());
  const auto revival = co_await d_.store.revive(*webhook, *event_id, d_.clock.now());
  if (!revival) co_return d_.access.refused(refuse(revival.error()).error());
  if (*revival == Revival::unknown) co_return d_.access.refused({EventsErrc::unknown_delivery, {}});
  if (*revival == Revival::forgotten) co_return d_.access.refused({EventsErrc::event_forgotten, {}});
  co_return answer(json::object{{"eventId", *std::move(event_id)}}, 202);
}

}  // namespace pulso::events
