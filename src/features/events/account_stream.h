#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include "auth/authenticator.h"
#include "base/clock.h"
#include "features/events/account_event.h"
#include "features/events/account_feeds.h"
#include "features/events/events_store.h"
#include "net/event_stream.h"
#include "realtime/hub.h"

namespace pulso::events {

class AccountStream;
/// The streams of one shard; touched by its thread only.
using StreamList = std::unordered_set<AccountStream*>;

/// What all streams share; outlives them.
struct StreamContext {
  const Clock& clock;
  realtime::Hub& hub;
  EventsStore& store;
  auth::Authenticator& authenticator;
  std::vector<StreamList> streams;  ///< by shard
};

/// What one stream was asked for with.
struct StreamStart {
  auth::PrincipalRef principal;
  AccountId account;
  std::string token_source;    ///< `query` or `header`
  std::uint64_t position = 0;  ///< what is behind this is sent
  std::string lost_event_id;   ///< the client has seen this, and what came behind it is not known any more; or empty
  std::vector<std::string> types;  ///< only these; all when empty
  std::string qr;                  ///< only what is about this; all when empty
};

/// One client's stream: says welcome, replays what is behind its position, then follows. Lives on one shard.
class AccountStream final : public std::enable_shared_from_this<AccountStream>, private realtime::Subscriber {
 public:
  AccountStream(StreamContext& context, StreamStart start);

  [[nodiscard]] static std::unique_ptr<net::EventStreamListener> create(StreamContext& context, StreamStart start);

  void open(net::EventStream& stream);
  void on_quiet();
  void on_written();
  void close();
  /// Ends a stream whose credential does not hold any more.
  void check_credential();

 private:
  void on_event(const realtime::TopicEventRef& event) override;
  void replay();
  /// Whether what was read goes on from where the stream is, rather than behind events that have been forgotten. The
  /// last event was `newest` when the reading began.
  [[nodiscard]] bool is_whole(const std::vector<AccountEvent>& events, std::uint64_t newest) const noexcept;
  boost::asio::awaitable<void> read_log();
  /// How many of `events` have been seen to when the socket's queue is full: the rest is read again.
  std::size_t send_while_room(const std::vector<AccountEvent>& events);
  void say(std::string_view id, std::string_view type, const boost::json::value& data);
  void say_welcome(const std::string& token_source);
  /// What came behind the id that the client has seen, or was sent last, is not known any more.
  void say_reset(const std::string& last_event_id);
  [[nodiscard]] bool is_wanted(std::string_view type, std::string_view qr) const;

  /// What is kept of a start for long: most streams want everything, and there are many of them.
  struct Filter {
    std::vector<std::string> types;
    std::string qr;
  };

  StreamContext& context_;
  const auth::PrincipalRef principal_;
  const AccountId account_;
  std::unique_ptr<StreamStart> start_;    ///< null once it is open
  std::unique_ptr<const Filter> filter_;  ///< null: everything is wanted
  net::EventStream* stream_ = nullptr;    ///< null when it has ended
  realtime::Subscription subscription_;
  std::string connection_id_;
  std::uint64_t sent_ = 0;    ///< the last event of the log that was sent, or not wanted
  std::uint64_t newest_ = 0;  ///< the last event that the feed knows
  std::uint16_t read_count_;  ///< a replay reads so many at once: not many more than the socket takes
  bool is_replaying_ = false;
  bool is_waiting_ = false;  ///< the replay, for the socket
  bool is_quiet_ = true;     ///< nothing was sent since the transport last asked
};

}  // namespace pulso::events
