#include "sse_mode.h"

#include <charconv>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include <boost/json/object.hpp>

#include "base/json_parse.h"
#include "base/json_write.h"
#include "net/event_stream.h"
#include "net/utf8.h"
#include "realtime/hub.h"

namespace pulso::conformance {
namespace {

namespace json = boost::json;
using net::HttpRequest;
using net::HttpResponse;

constexpr std::size_t kept_events_max = 1'000;
constexpr std::size_t topic_bytes_max = 256;
constexpr std::size_t body_bytes_max = 1024 * 1024;
constexpr milliseconds comment_interval{900};  // each second at least
constexpr milliseconds retry{300};
/// A replay waits for the socket when so much of it is queued.
constexpr std::size_t replay_bytes_max = 64 * 1024;

/// An event of a topic, or its end.
struct StreamEvent final : realtime::TopicEvent {
  std::string id;
  net::EventFrame frame;
  bool is_end = false;
};
using StreamEventRef = std::shared_ptr<const StreamEvent>;

struct Topic {
  std::mutex mutex;  ///< held while an event gets its number and is published, so that both have one order
  std::deque<StreamEventRef> kept;
  std::uint64_t last_offset = 0;
  bool is_ended = false;

  /// The offset of the event that a client has seen last; what is not kept any more is older than all.
  std::uint64_t offset_of(std::string_view last_event_id) const {
    for (const StreamEventRef& event : kept) {
      if (event->id == last_event_id) return event->offset;
    }
    return 0;
  }
  /// The first kept event behind an offset, or null.
  StreamEventRef next_behind(std::uint64_t offset) {
    const std::lock_guard lock{mutex};
    if (kept.empty() || kept.back()->offset <= offset) return nullptr;
    const std::uint64_t first = kept.front()->offset;
    return kept[offset < first ? 0 : offset - first + 1];
  }
};
using TopicRef = std::shared_ptr<Topic>;

std::optional<std::string> topic_of(const HttpRequest& request) {
  const auto topic = request.query_value("topic");
  if (!topic || topic->empty() || topic->size() > topic_bytes_max) return std::nullopt;
  return std::string{*topic};
}

HttpResponse refuse(std::string_view field) {
  return HttpResponse::refusal(400, "bad_request", "That is no topic, or no event.", field);
}

/// Replays what is kept, then follows the topic.
class Follower final : public net::EventStreamListener, private realtime::Subscriber {
 public:
  Follower(realtime::Hub& hub, std::string name, TopicRef topic, std::uint64_t seen)
      : hub_(hub), name_(std::move(name)), topic_(std::move(topic)), sent_offset_(seen) {}

  void on_open(net::EventStream& stream) override {
    stream_ = &stream;
    stream.send_uncounted(net::EventFrame::make(net::encode_event_retry(retry)));
    hub_.subscribe(stream.shard(), name_, *this, subscription_, {&stream});
    replay();
  }
  void on_heartbeat() override { stream_->send_uncounted(net::EventFrame::make(net::encode_event_comment())); }
  void on_written() override {
    if (is_replaying_) replay();
  }
  void on_close() override { subscription_.reset(); }

 private:
  void on_event(const realtime::TopicEventRef& event) override {
    const auto& told = static_cast<const StreamEvent&>(*event);
    if (told.is_end) return stream_->end();
    if (is_replaying_ || told.offset <= sent_offset_) return;
    sent_offset_ = told.offset;
    stream_->send(told.frame);
  }

  void replay() {
    is_replaying_ = true;
    while (stream_->is_open() && stream_->pending_bytes() < replay_bytes_max) {
      const StreamEventRef event = topic_->next_behind(sent_offset_);
      if (!event) {
        is_replaying_ = false;
        return;
      }
      sent_offset_ = event->offset;
      stream_->send_uncounted(event->frame);
    }
  }

  realtime::Hub& hub_;
  const std::string name_;
  const TopicRef topic_;
  std::uint64_t sent_offset_;
  bool is_replaying_ = false;
  net::EventStream* stream_ = nullptr;
  realtime::Subscription subscription_;
};

class Mode final : public SseMode {
 public:
  Mode(std::vector<net::Shard*> shards, bool is_measured) : hub_(std::move(shards)) {
    auto options = std::make_shared<net::EventStreamOptions>();
    if (!is_measured) options->heartbeat_interval = comment_interval;
    options_ = std::move(options);
  }

  void add_routes(net::Router& router) override {
    add(router, "GET", "/sse", [this](const HttpRequest& request, std::string name) { return open(request, name); });
    add(router, "GET", "/sse/stats", [this](const HttpRequest&, const std::string& name) {
      return HttpResponse::json(200, write_json(json::object{{"clients", hub_.member_count(name)}}));
    });
    add(router, "POST", "/sse",
        [this](const HttpRequest& request, const std::string& name) { return publish(request, name); });
    add(router, "POST", "/sse/close", [this](const HttpRequest&, const std::string& name) { return end(name, false); });
    add(router, "POST", "/sse/end", [this](const HttpRequest&, const std::string& name) { return end(name, true); });
  }

 private:
  template <class Answer>
  static void add(net::Router& router, std::string method, std::string pattern, Answer answer) {
    router.add({.method = std::move(method),
                .pattern = std::move(pattern),
                .handler = [answer](HttpRequest& request) -> boost::asio::awaitable<HttpResponse> {
                  auto name = topic_of(request);
                  co_return name ? answer(request, *std::move(name)) : refuse("topic");
                },
                .body_bytes_max = body_bytes_max});
  }

  TopicRef topic(const std::string& name) {
    const std::lock_guard lock{mutex_};
    auto& topic = topics_[name];
    if (!topic) topic = std::make_shared<Topic>();
    return topic;
  }

  HttpResponse open(const HttpRequest& request, const std::string& name) {
    TopicRef topic = this->topic(name);
    const std::string_view last_event_id = request.headers.get("Last-Event-ID");
    const std::lock_guard lock{topic->mutex};
    if (topic->is_ended) {
      HttpResponse response;
      response.status = 204;
      return response;
    }
    const std::uint64_t seen = last_event_id.empty() ? topic->last_offset : topic->offset_of(last_event_id);
    return HttpResponse::event_stream({std::make_unique<Follower>(hub_, name, topic, seen), options_});
  }

  HttpResponse publish(const HttpRequest& request, const std::string& name) {
    auto body = parse_json(request.body);
    if (!body || !body->is_object()) return refuse("body");
    const json::object& given = body->get_object();
    const json::value* data = given.if_contains("data");
    if (!data) return refuse("data");
    std::string type, id;
    for (const auto& [field, text] : {std::pair{"event", &type}, std::pair{"id", &id}}) {
      const json::value* value = given.if_contains(field);
      if (!value || value->is_null()) continue;
      *text = value->is_string() ? std::string{value->get_string()} : write_json(*value);
      if (!net::is_event_line(*text)) return refuse(field);
    }
    auto event = std::make_shared<StreamEvent>();
    const TopicRef topic = this->topic(name);
    const std::lock_guard lock{topic->mutex};
    event->offset = ++topic->last_offset;
    event->id = id.empty() ? std::to_string(event->offset) : std::move(id);
    event->frame = net::EventFrame::make(
        net::encode_event({event->id, type, data->is_string() ? std::string{data->get_string()} : write_json(*data)}));
    topic->kept.push_back(event);
    if (topic->kept.size() > kept_events_max) topic->kept.pop_front();
    hub_.publish(name, {event});
    return HttpResponse::json(200, write_json(json::object{{"id", event->id}, {"clients", hub_.member_count(name)}}));
  }

  HttpResponse end(const std::string& name, bool for_good) {
    const TopicRef topic = this->topic(name);
    auto event = std::make_shared<StreamEvent>();
    event->is_end = true;
    const std::lock_guard lock{topic->mutex};
    topic->is_ended = topic->is_ended || for_good;
    const std::size_t clients = hub_.member_count(name);
    hub_.publish(name, {event});
    return HttpResponse::json(200, write_json(json::object{{"clients", clients}}));
  }

  realtime::Hub hub_;
  std::shared_ptr<const net::EventStreamOptions> options_;
  std::mutex mutex_;
  std::unordered_map<std::string, TopicRef> topics_;
};

}  // namespace

std::unique_ptr<SseMode> create_sse_mode(std::vector<net::Shard*> shards, bool is_measured) {
  return std::make_unique<Mode>(std::move(shards), is_measured);
}

}  // namespace pulso::conformance
