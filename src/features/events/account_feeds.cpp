#include "features/events/account_feeds.h"

#include <exception>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "ops/log.h"

namespace pulso::events {
namespace {

using boost::asio::awaitable;

constexpr std::size_t read_count = 500;
constexpr milliseconds retry_interval{500};
constexpr std::string_view channel_head = "pulso:{";
constexpr std::string_view channel_tail = "}:account";

std::string channel_of(const AccountId& account) {
  return std::string{channel_head} + account.value() + std::string{channel_tail};
}

void log_failure(const std::exception_ptr& failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    ops::log_error("events", "a feed ended with an exception", {{"error", error.what()}});
  }
}

awaitable<void> wait(boost::asio::steady_timer& timer) {
  boost::system::error_code ignored;  // woken early
  co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
}

}  // namespace

net::EventFrame frame_of(const AccountEvent& event) {
  return net::EventFrame::make(net::encode_event({.id = event.id, .type = event.type, .data = event.data}));
}

AccountFeeds::AccountFeeds(Dependencies dependencies) : d_(std::move(dependencies)) {
  d_.hub.observe([this](std::string_view topic) {
    boost::asio::post(d_.executor, [this, account = AccountId{std::string{topic}}] {
      if (d_.hub.member_count(account.value()) > 0) {
        open(account);
      } else {
        close(account);
      }
    });
  });
}

AccountFeeds::~AccountFeeds() {
  d_.hub.observe({});
}

void AccountFeeds::stop() {
  boost::asio::post(d_.executor, [this] {
    while (!feeds_.empty()) close(feeds_.begin()->first);
  });
}

void AccountFeeds::announce(const AccountId& account) {
  d_.bus.publish(channel_of(account), {});
  if (!d_.bus.is_connected()) wake(account);  // the others find out by their heartbeats
}

bool AccountFeeds::on_bus_message(std::string_view channel) {
  if (!channel.starts_with(channel_head) || !channel.ends_with(channel_tail)) return false;
  channel.remove_prefix(channel_head.size());
  channel.remove_suffix(channel_tail.size());
  wake(AccountId{std::string{channel}});
  return true;
}

void AccountFeeds::wake(const AccountId& account) {
  boost::asio::post(d_.executor, [this, account] {
    if (const auto found = feeds_.find(account); found != feeds_.end()) found->second->wake();
  });
}

void AccountFeeds::wake_all() {
  boost::asio::post(d_.executor, [this] {
    for (const auto& [account, feed] : feeds_) feed->wake();
  });
}

void AccountFeeds::open(const AccountId& account) {
  auto& feed = feeds_[account];
  if (feed) return;
  feed = std::make_shared<Feed>(account, d_.executor);
  d_.bus.subscribe(channel_of(account));
  boost::asio::co_spawn(d_.executor, serve(feed), log_failure);
}

void AccountFeeds::close(const AccountId& account) {
  const auto found = feeds_.find(account);
  if (found == feeds_.end()) return;
  const FeedRef feed = std::move(found->second);
  feeds_.erase(found);
  feed->is_closed = true;
  feed->timer.cancel();
  d_.bus.unsubscribe(channel_of(feed->account));
}

awaitable<void> AccountFeeds::serve(FeedRef feed) {
  SteadyTime next_beat = d_.clock.steady_now() + d_.options.heartbeat_interval;
  while (!feed->is_closed) {
    const bool is_beat = d_.clock.steady_now() >= next_beat;
    if (is_beat || std::exchange(feed->is_woken, false)) {
      const auto done = is_beat ? co_await beat(*feed) : co_await read(*feed);
      if (is_beat) next_beat = d_.clock.steady_now() + d_.options.heartbeat_interval;
      if (!done && !feed->is_closed) {
        ops::log_warning("events", "a log could not be read", {{"error", done.error().message}});
        feed->is_woken = true;
        feed->timer.expires_after(retry_interval);
        co_await wait(feed->timer);
      }
      continue;
    }
    feed->timer.expires_at(next_beat);
    co_await wait(feed->timer);
  }
}

/// Hands on what is behind the last event that was. The first time that is nothing: what there is, streams read by
/// themselves, and the position tells them how far.
awaitable<Result<void>> AccountFeeds::read(Feed& feed) {
  if (!feed.known) {
    auto extent = co_await d_.store.extent(feed.account);
    if (!extent) co_return fail(extent);
    feed.known = extent->last;
    tell(feed, FeedEvent::Kind::position, *feed.known);
    co_return Result<void>{};
  }
  while (!feed.is_closed) {
    auto events = co_await d_.store.behind(feed.account, *feed.known, read_count);
    if (!events) co_return fail(events);
    tell(feed, *events);
    if (events->size() < read_count) break;
  }
  co_return Result<void>{};
}

/// A heartbeat's id stands for a position: what is before it has been said, and nothing that is behind it. So its time
/// is taken in one transaction with reading what comes before.
awaitable<Result<void>> AccountFeeds::beat(Feed& feed) {
  while (!feed.is_closed) {
    auto mark = co_await d_.store.mark(feed.account, d_.clock.now(), feed.known, read_count);
    if (!mark) co_return fail(mark);
    tell(feed, mark->events);
    if (!feed.known) feed.known = mark->sequence;  // what there is, streams have read by themselves
    if (mark->events.size() == read_count) continue;
    tell(feed, FeedEvent::Kind::heartbeat, mark->sequence, mark->ms);
    break;
  }
  co_return Result<void>{};
}

void AccountFeeds::tell(Feed& feed, const std::vector<AccountEvent>& events) {
  if (events.empty()) return;
  std::vector<realtime::TopicEventRef> told;
  told.reserve(events.size());
  for (const AccountEvent& event : events) {
    auto each = std::make_shared<FeedEvent>();
    each->offset = event.sequence;
    each->frame = frame_of(event);
    each->type = event.type;
    each->qr = event.qr;
    told.push_back(std::move(each));
  }
  feed.known = events.back().sequence;
  d_.hub.publish(feed.account.value(), std::move(told));
}

void AccountFeeds::tell(const Feed& feed, FeedEvent::Kind kind, std::uint64_t sequence, std::int64_t ms) {
  auto event = std::make_shared<FeedEvent>();
  event->offset = sequence;
  event->kind = kind;
  event->ms = ms;
  d_.hub.publish(feed.account.value(), {std::move(event)});
}

}  // namespace pulso::events
