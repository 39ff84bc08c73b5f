#include "realtime/socketio_shared_state.h"

#include <gmock/gmock.h>

#include "bus/redis_client.h"
#include "support/loop.h"
#include "support/redis_server.h"

namespace pulso::realtime {
namespace {

using testing::ElementsAre;

const std::string private_id = "a-secret";

/// State that instances share, in a Redis of its own.
class SocketioSharedStateTest : public testing::Test {
 protected:
  static SocketioOptions options_of() {
    SocketioOptions options;
    options.recovery_window = milliseconds{120'000};
    return options;
  }
  std::unique_ptr<bus::RedisClient> create_client() {
    return bus::create_redis_client(*bus::parse_redis_url(server_.url()), metrics_);
  }
  void save(milliseconds age) {
    SavedSession session{.id = "id", .private_id = private_id, .user = "ana", .rooms = {}, .offset = {}, .age = age};
    state_.save("/", session, false);
  }
  void append(std::uint64_t number) {
    SocketioOwnEvent event;
    event.number = number;
    event.draft.text = R"(2["news"])";
    state_.append_own("/", private_id, event);
  }
  std::optional<SavedSession> claim(std::string_view offset) {
    return loop_.run(state_.claim("/", private_id, *SocketioOffset::parse(offset), std::nullopt));
  }
  static std::vector<std::uint64_t> numbers_of(const std::optional<SavedSession>& session) {
    std::vector<std::uint64_t> numbers;
    for (const SocketioOwnEvent& event : session->own_missed) numbers.push_back(event.number);
    return numbers;
  }

  support::RedisServer server_;
  ops::Metrics metrics_;
  std::unique_ptr<bus::RedisClient> client_ = create_client();
  SocketioOptions options_ = options_of();
  SocketioSharedState state_{*client_, options_, metrics_};
  support::Loop loop_;
};

TEST_F(SocketioSharedStateTest, misses_nothing_of_the_time_before_a_session_could_first_be_kept) {
  save(milliseconds{60'000});
  const auto session = claim("1-0");
  ASSERT_TRUE(session);
  const auto now = std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  EXPECT_LE(session->offset.major, static_cast<std::uint64_t>(now.count()) - 60'000);
}

TEST_F(SocketioSharedStateTest, tells_what_a_client_alone_was_sent_in_the_order_of_its_numbers) {
  save(milliseconds{0});
  for (const std::uint64_t number : {1U, 3U, 2U}) append(number);
  const auto session = claim("1-0.1");
  ASSERT_TRUE(session);
  EXPECT_THAT(numbers_of(session), ElementsAre(2, 3));
  EXPECT_EQ(session->own_last, 3U);
}

TEST_F(SocketioSharedStateTest, gives_no_session_back_of_which_an_event_was_not_kept) {
  save(milliseconds{0});
  for (const std::uint64_t number : {1U, 2U, 4U}) append(number);
  EXPECT_FALSE(claim("1-0.1"));
  EXPECT_TRUE(claim("1-0.3"));
  EXPECT_FALSE(claim("1-0.2"));
}

}  // namespace
}  // namespace pulso::realtime
