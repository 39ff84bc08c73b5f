#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "bus/bus.h"
#include "features/events/account_event.h"
#include "features/events/events_options.h"
#include "features/events/events_store.h"
#include "net/event_frame.h"
#include "realtime/hub.h"

namespace pulso::events {

/// What the streams of an account are told; `offset` is a sequence number of its log.
struct FeedEvent final : realtime::TopicEvent {
  enum class Kind : std::uint8_t {
    event,      ///< the event of that number
    position,   ///< that event is the last one now
    heartbeat,  ///< likewise, and `ms` stands for it
  };
  Kind kind = Kind::event;
  net::EventFrame frame;  ///< of an event
  std::string type, qr;   ///< of an event
  std::int64_t ms = 0;
};

/// How an event goes to every stream that wants it.
[[nodiscard]] net::EventFrame frame_of(const AccountEvent& event);

/// Reads the logs of the accounts that have streams here, and hands what is new to them. The bus only says that there
/// is something: what it loses is found at the next word.
class AccountFeeds {
 public:
  struct Dependencies {
    EventsOptions options;
    const Clock& clock;
    realtime::Hub& hub;  ///< topics are accounts; nobody else observes it
    EventsStore& store;
    bus::Bus& bus;
    boost::asio::any_io_executor executor;  ///< of one thread
  };

  explicit AccountFeeds(Dependencies dependencies);
  ~AccountFeeds();
  AccountFeeds(const AccountFeeds&) = delete;
  AccountFeeds& operator=(const AccountFeeds&) = delete;

  /// Ends all; any thread.
  void stop();
  /// Any thread: tells all instances that the account's log has grown.
  void announce(const AccountId& account);
  /// Any thread: the account's log may have grown, or any account's; only this instance looks.
  void wake(const AccountId& account);
  void wake_all();
  /// Whether the channel is one of ours.
  bool on_bus_message(std::string_view channel);

 private:
  struct Feed {
    Feed(AccountId of, const boost::asio::any_io_executor& executor) : account(std::move(of)), timer(executor) {}
    void wake() {
      is_woken = true;
      timer.cancel();
    }
    const AccountId account;
    boost::asio::steady_timer timer;
    std::optional<std::uint64_t> known;  ///< the last event that was handed on
    bool is_woken = false;
    bool is_closed = false;
  };
  using FeedRef = std::shared_ptr<Feed>;

  void open(const AccountId& account);
  void close(const AccountId& account);
  boost::asio::awaitable<void> serve(FeedRef feed);
  boost::asio::awaitable<Result<void>> read(Feed& feed);
  boost::asio::awaitable<Result<void>> beat(Feed& feed);
  /// Hands on what was read behind `known`.
  void tell(Feed& feed, const std::vector<AccountEvent>& events);
  void tell(const Feed& feed, FeedEvent::Kind kind, std::uint64_t sequence, std::int64_t ms = 0);

  Dependencies d_;
  std::unordered_map<AccountId, FeedRef> feeds_;
};

}  // namespace pulso::events
