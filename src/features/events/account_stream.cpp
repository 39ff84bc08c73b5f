#include "features/events/account_stream.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/json/object.hpp>

#include "base/json_write.h"
#include "features/events/events_errors.h"
#include "features/events/ledger_events.h"
#include "features/events/stream_position.h"
#include "net/shard.h"
#include "ops/log.h"

namespace pulso::events {
namespace {

namespace json = boost::json;

constexpr milliseconds retry{3'000};
constexpr std::uint16_t read_count_first = 50;
constexpr std::uint16_t read_count_max = 200;
/// A replay waits for the socket when so much of it is queued.
constexpr std::size_t replay_bytes_max = 64 * 1024;

void log_failure(const std::exception_ptr& failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    ops::log_error("events", "a replay ended with an exception", {{"error", error.what()}});
  }
}

/// Holds a stream while its transport lives; the stream's own reading may outlast that.
class Listener final : public net::EventStreamListener {
 public:
  explicit Listener(std::shared_ptr<AccountStream> stream) : stream_(std::move(stream)) {}
  void on_open(net::EventStream& stream) override { stream_->open(stream); }
  void on_heartbeat() override { stream_->on_quiet(); }
  void on_written() override { stream_->on_written(); }
  void on_close() override { stream_->close(); }

 private:
  std::shared_ptr<AccountStream> stream_;
};

}  // namespace

std::unique_ptr<net::EventStreamListener> AccountStream::create(StreamContext& context, StreamStart start) {
  return std::make_unique<Listener>(std::make_shared<AccountStream>(context, std::move(start)));
}

AccountStream::AccountStream(StreamContext& context, StreamStart start)
    : context_(context),
      principal_(start.principal),
      account_(start.account),
      start_(std::make_unique<StreamStart>(std::move(start))),
      read_count_(read_count_first) {}

void AccountStream::open(net::EventStream& stream) {
  const std::unique_ptr<StreamStart> start = std::move(start_);
  stream_ = &stream;
  sent_ = newest_ = start->position;
  if (!start->types.empty() || !start->qr.empty()) {
    filter_ = std::make_unique<const Filter>(std::move(start->types), std::move(start->qr));
  }
  context_.streams[stream.shard().index()].insert(this);
  // Who is cut off behind the welcome, and has not heard of the loss, loses as much when it comes back.
  const bool is_lost = !start->lost_event_id.empty();
  connection_id_ = make_connection_id(context_.clock.now(), is_lost ? position_nowhere : start->position);
  stream.send_uncounted(net::EventFrame::make(net::encode_event_retry(retry)));
  say_welcome(start->token_source);
  if (is_lost) say_reset(start->lost_event_id);
  context_.hub.subscribe(stream.shard(), account_.value(), *this, subscription_, {&stream});
  replay();
}

void AccountStream::say_welcome(const std::string& token_source) {
  const auth::Principal& principal = *principal_;
  const bool is_key = principal.kind == auth::PrincipalKind::api_key;
  say("welcome_" + connection_id_, "connection",
      json::object{{"message", "Conectado exitosamente a eventos de la cuenta"},
                   {"accountId", account_json(account_.value())},
                   {"userId", principal.user.empty() ? json::value{} : account_json(principal.user.value())},
                   {"connectionId", connection_id_},
                   {"authType", is_key ? "apikey" : "jwt"},
                   {"tokenSource", token_source},
                   {"timestamp", format_time(context_.clock.now())}});
}

void AccountStream::say_reset(const std::string& last_event_id) {
  json::object data{{"reason", "The events behind lastEventId are not kept any more: load the state anew."}};
  if (!last_event_id.empty()) data["lastEventId"] = last_event_id;
  say({}, "reset", data);
}

void AccountStream::say(std::string_view id, std::string_view type, const json::value& data) {
  is_quiet_ = false;
  stream_->send_uncounted(net::EventFrame::make(net::encode_event({.id = id, .type = type, .data = write_json(data)})));
}

void AccountStream::close() {
  context_.streams[stream_->shard().index()].erase(this);
  subscription_.reset();
  stream_ = nullptr;
}

/// The feed's heartbeats have ids, and stay away while the log can't be read.
void AccountStream::on_quiet() {
  if (std::exchange(is_quiet_, true)) stream_->send_uncounted(net::EventFrame::make(net::encode_event_comment()));
}

void AccountStream::on_written() {
  if (std::exchange(is_waiting_, false)) replay();
}

void AccountStream::check_credential() {
  if (!stream_->is_open() || context_.authenticator.still_holds(*principal_)) return;
  say({}, "error",
      json::object{{"code", wire_code(EventsErrc::unauthorized)}, {"message", message_text(EventsErrc::unauthorized)}});
  stream_->end();
}

bool AccountStream::is_wanted(std::string_view type, std::string_view qr) const {
  if (!filter_) return true;
  if (!filter_->qr.empty() && qr != filter_->qr) return false;
  return filter_->types.empty() || std::ranges::find(filter_->types, type) != filter_->types.end();
}

void AccountStream::on_event(const realtime::TopicEventRef& event) {
  const auto& told = static_cast<const FeedEvent&>(*event);
  newest_ = std::max(newest_, told.offset);
  if (is_replaying_) return;
  if (told.kind == FeedEvent::Kind::event && told.offset == sent_ + 1) {
    sent_ = told.offset;
    if (!is_wanted(told.type, told.qr)) return;
    is_quiet_ = false;
    return stream_->send(told.frame);
  }
  if (newest_ > sent_) return replay();  // something was missed: the log has it
  // One that this stream has read past by itself would stand for a position before what it has sent.
  if (told.kind == FeedEvent::Kind::heartbeat && told.offset == sent_) {
    say("heartbeat_" + std::to_string(told.ms), "heartbeat",
        json::object{{"timestamp", format_time(context_.clock.now())}, {"connectionId", connection_id_}});
  }
}

void AccountStream::replay() {
  is_replaying_ = true;
  boost::asio::co_spawn(
      stream_->shard().context(),
      [self = shared_from_this()]() -> boost::asio::awaitable<void> { return self->read_log(); }, log_failure);
}

bool AccountStream::is_whole(const std::vector<AccountEvent>& events, std::uint64_t newest) const noexcept {
  return events.empty() ? newest <= sent_ : events.front().sequence == sent_ + 1;
}

std::size_t AccountStream::send_while_room(const std::vector<AccountEvent>& events) {
  std::size_t taken = 0;
  for (; taken < events.size() && stream_->pending_bytes() <= replay_bytes_max; ++taken) {
    const AccountEvent& event = events[taken];
    sent_ = event.sequence;
    if (!is_wanted(event.type, event.qr)) continue;
    is_quiet_ = false;
    stream_->send_uncounted(frame_of(event));
  }
  return taken;
}

boost::asio::awaitable<void> AccountStream::read_log() {
  while (stream_ && stream_->is_open()) {
    if (stream_->pending_bytes() > replay_bytes_max) {
      is_waiting_ = true;
      co_return;
    }
    const std::uint64_t newest = newest_;  // one that is told while it reads need not be in what is read
    const auto events = co_await context_.store.behind(account_, sent_, read_count_);
    if (!stream_ || !stream_->is_open()) co_return;
    if (!events) co_return stream_->end();  // it comes back, and asks again
    if (!is_whole(*events, newest)) {       // a slow reader was overtaken by the log's end
      const auto extent = co_await context_.store.extent(account_);
      if (!stream_ || !stream_->is_open()) co_return;
      if (!extent) co_return stream_->end();
      sent_ = std::max(extent->last, newest_);
      say_reset({});
      continue;
    }
    const bool is_last = events->size() < read_count_;
    const std::size_t taken = send_while_room(*events);
    if (is_last && taken == events->size() && sent_ >= newest_) break;
    read_count_ = static_cast<std::uint16_t>(
        taken < events->size() ? taken + 1 : std::min<std::size_t>(2 * read_count_, read_count_max));
  }
  is_replaying_ = false;
}

}  // namespace pulso::events
