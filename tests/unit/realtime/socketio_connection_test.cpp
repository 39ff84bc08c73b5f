#include "realtime/socketio_connection.h"

#include <cstdlib>

#include <gmock/gmock.h>

#include "realtime/socketio_fan_out.h"
#include "realtime/socketio_shared_state.h"
#include "support/socketio_world.h"

namespace pulso::realtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// Takes commands and never answers.
class SilentRedis final : public bus::RedisClient {
 public:
  void send(bus::RedisCommand /*command*/, Handler done) override { waiting_.push_back(std::move(done)); }
  [[nodiscard]] std::string node_identity(std::string_view /*key*/) const override { return "single"; }
  [[nodiscard]] bool is_connected() const noexcept override { return true; }
  [[nodiscard]] bus::RedisMode mode() const noexcept override { return bus::RedisMode::single; }
  [[nodiscard]] bus::RedisRouter& router() noexcept override { std::abort(); }

 private:
  std::vector<Handler> waiting_;
};

/// Knows what is subscribed to, which takes effect when a test says so.
class FakeBus final : public bus::Bus {
 public:
  void listen(Listener /*listener*/) override {}
  void subscribe(std::string channel) override { channels.push_back(std::move(channel)); }
  void unsubscribe(std::string /*channel*/) override {}
  void publish(std::string /*channel*/, std::string /*payload*/) override {}
  [[nodiscard]] bool is_connected() const noexcept override { return true; }

  std::vector<std::string> channels;
};

class SocketioConnectionTest : public testing::Test, protected support::SocketioWorld {
 protected:
  SocketioConnectionTest()
      : SocketioWorld({.rooms_max = 1,
                       .messages_per_second = {.per_second = 1, .burst = 2},
                       .excess_messages = {.per_second = 1, .burst = 2}}) {}
};

TEST_F(SocketioConnectionTest, counts_joins_past_the_rooms_that_it_may_be_in_beside_its_own) {
  std::vector<std::string> rooms;
  root_.on_connection([&rooms](SocketioSocket& socket) {
    for (const char* room : {"first", "first", "second"}) socket.join(room);
    rooms = socket.rooms();
  });
  open();
  EXPECT_THAT(rooms, ElementsAre(testing::SizeIs(socket_id_size), "first"));
  EXPECT_EQ(refused_joins_.value(), 1U);
}

TEST_F(SocketioConnectionTest, refuses_what_comes_past_its_rate_and_ends_when_far_more_comes) {
  root_.on_excess([](SocketioSocket& socket, const SocketioAck&) { socket.emit_unlogged("slower", {}); });
  open();
  receive(R"(2["nobody knows it"])");
  EXPECT_THAT(session_.sent, ElementsAre(StartsWith("40{")));
  receive(R"(2["nobody knows it"])");
  receive("0/nowhere,");
  EXPECT_THAT(session_.sent, ElementsAre(StartsWith("40{"), R"(42["slower"])", HasSubstr(R"("code":"rate_limited")")));
  EXPECT_FALSE(session_.is_closed);
  receive("31[]");
  EXPECT_TRUE(session_.is_closed);
  EXPECT_EQ(excess_messages_.value(), 3U);
  EXPECT_EQ(excess_closes_.value(), 1U);
}

TEST_F(SocketioConnectionTest, takes_acknowledgements_that_were_asked_for_from_no_rate) {
  int answers = 0;
  root_.on_connection([&answers](SocketioSocket& socket) {
    for (int i = 0; i < 5; ++i) {
      socket.emit_with_ack("question", {}, milliseconds{1000},
                           [&answers](const Result<SocketioArguments>& answer) { answers += answer ? 1 : 0; });
    }
  });
  open();
  for (const char* packet : {"30[]", "31[]", "32[]", "33[]", "34[]"}) receive(packet);
  EXPECT_EQ(answers, 5);
  EXPECT_EQ(excess_messages_.value(), 0U);
}

TEST_F(SocketioConnectionTest, is_connected_once_what_is_published_for_its_first_rooms_is_heard) {
  SilentRedis redis;
  FakeBus bus;
  ops::Metrics metrics;
  SocketioOptions options = options_;
  options.recovery_window = milliseconds{1000};
  SocketioSharedState state{redis, options, metrics};
  SocketioFanOut fan_out{bus, state, InstanceId{"here"}, shard_, {}};
  SocketioContext context{.options = options,
                          .clock = clock_,
                          .shards = shards_,
                          .fan_out = &fan_out,
                          .state = &state,
                          .counters = {},
                          .recoveries = recoveries_,
                          .excess_messages = excess_messages_,
                          .excess_closes = excess_closes_,
                          .refused_joins = refused_joins_};
  LocalNamespace root{context, "/"};
  root.use([](SocketioSocketRef socket) -> boost::asio::awaitable<std::expected<void, SocketioConnectError>> {
    socket->join("home");
    co_return std::expected<void, SocketioConnectError>{};
  });
  const FindNamespace find = [&root](std::string_view) { return &root; };
  SocketioConnection connection{context, find, {}};
  connection.on_open(session_);
  connection.on_message("0", true);
  run();
  fan_out.on_bus_gap("sio:{/}");
  run();
  EXPECT_THAT(bus.channels, ElementsAre("sio:{/}", "sio:{/}:home"));
  const auto tell = [&root](std::string_view event) {
    SocketioDraft draft;
    draft.target.rooms = {"home"};
    draft.text = root.encode_event(event, {}, std::nullopt);
    root.deliver(std::move(draft), {}, {});
  };
  tell("early");
  run();
  EXPECT_THAT(session_.sent, testing::IsEmpty());

  fan_out.on_bus_gap("sio:{/}:home");
  run();
  tell("later");
  run();
  EXPECT_THAT(session_.sent, ElementsAre(StartsWith("40{"), R"(42["early"])", R"(42["later"])"));
  connection.on_close(net::EngineioCloseReason::transport_close);
  run();
}

}  // namespace
}  // namespace pulso::realtime
