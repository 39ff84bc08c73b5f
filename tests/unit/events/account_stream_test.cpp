#include "features/events/account_stream.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <optional>
#include <vector>

#include <gmock/gmock.h>

#include "auth/authenticator.h"
#include "features/events/stream_position.h"
#include "net/shard.h"
#include "support/database_test.h"
#include "support/fake_clock.h"
#include "support/loop.h"
#include "support/shard_work.h"

namespace pulso::events {
namespace {

using support::run_on;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr WallTime start{milliseconds{1'000'000}};
const AccountId account{"1"};

/// A client that reads when it is told to.
class FakeStream final : public net::EventStream {
 public:
  explicit FakeStream(net::Shard& shard) : shard_(shard) {}
  void send(const net::EventFrame& frame) override {
    texts.emplace_back(frame.plain().bytes());
    if (reads_nothing) pending += frame.plain().size();
  }
  void send_uncounted(const net::EventFrame& frame) override { send(frame); }
  void end() override { open = false; }
  net::Shard& shard() const noexcept override { return shard_; }
  bool is_open() const noexcept override { return open; }
  std::size_t pending_bytes() const noexcept override { return pending; }

  std::vector<std::string> texts;
  std::size_t pending = 0;
  bool reads_nothing = false;
  bool open = true;

 private:
  net::Shard& shard_;
};

struct TrustingAuthenticator final : auth::Authenticator {
  boost::asio::awaitable<Result<auth::PrincipalRef>> authenticate(auth::Credential) override {
    co_return std::make_shared<const auth::Principal>();
  }
  std::optional<Result<auth::PrincipalRef>> authenticate_at_once(const auth::Credential&) override {
    return std::make_shared<const auth::Principal>();
  }
  bool still_holds(const auth::Principal&) const noexcept override { return true; }
  Result<void> reload() override { return {}; }
};

/// A database whose answers can be held back.
class HoldingDatabase final : public store::Database {
 public:
  using Done = std::move_only_function<void(Result<void>)>;

  explicit HoldingDatabase(store::Database& database) : database_(database) {}
  store::Engine engine() const noexcept override { return database_.engine(); }
  bool is_healthy() const noexcept override { return database_.is_healthy(); }
  store::DatabaseStats stats() const noexcept override { return database_.stats(); }
  void close() override { database_.close(); }
  std::unique_ptr<store::Notifications> listen(std::string channel, store::NotificationListener listener) override {
    return database_.listen(std::move(channel), std::move(listener));
  }
  void post(Work work, Done done, store::Durability durability) override {
    if (!holds_next_.exchange(false)) return database_.post(std::move(work), std::move(done), durability);
    database_.post(
        std::move(work),
        [this, done = std::move(done)](Result<void> result) mutable {
          held_.set_value([done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
        },
        durability);
  }

  void hold_next() { holds_next_ = true; }
  /// What has been done is answered when this is called; waits for it to be done.
  std::move_only_function<void()> take_held() { return held_.get_future().get(); }

 private:
  store::Database& database_;
  std::atomic<bool> holds_next_ = false;
  std::promise<std::move_only_function<void()>> held_;
};

class AccountStreamTest : public support::DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(store::migrate(*database_, EventsStore::migrations()));
    holding_ = std::make_unique<HoldingDatabase>(*database_);
    store_ = std::make_unique<EventsStore>(*holding_);
    context_.emplace(clock_, hub_, *store_, authenticator_, std::vector<StreamList>(1));
    shard_.start();
  }
  void TearDown() override {
    if (stream_) run_on(shard_, [this] { stream_->close(); });
    if (database_) database_->close();
    shard_.stop();
  }

  /// Until the shard has seen what is true for a test that would otherwise hang.
  template <class F>
  void until(F condition) {
    bool is_so = false;
    while (!is_so) {
      run_on(shard_, [&] { is_so = condition(); });
    }
  }

  void append(int first, int last) {
    std::vector<EventDraft> drafts;
    for (int i = first; i <= last; ++i) {
      drafts.push_back({.id = "n" + std::to_string(i), .type = "note", .qr = "", .data = std::to_string(i)});
    }
    ASSERT_TRUE(loop_.run(store_->append(account, std::move(drafts), start)));
  }
  void open(std::uint64_t position) {
    run_on(shard_, [&] {
      stream_ =
          std::make_shared<AccountStream>(*context_, StreamStart{.principal = std::make_shared<const auth::Principal>(),
                                                                 .account = account,
                                                                 .token_source = "header",
                                                                 .position = position,
                                                                 .lost_event_id = lost_event_id_});
      stream_->open(client_);
    });
  }
  void tell(FeedEvent::Kind kind, std::uint64_t offset, std::int64_t ms = 0) {
    auto event = std::make_shared<FeedEvent>();
    event->kind = kind;
    event->offset = offset;
    event->ms = ms;
    hub_.publish(account.value(), {std::move(event)});
  }
  /// The texts that hold `part`, of what the client has got.
  std::vector<std::string> having(std::string_view part) {
    std::vector<std::string> found;
    run_on(shard_, [&] {
      for (const std::string& text : client_.texts) {
        if (text.find(part) != std::string::npos) found.push_back(text);
      }
    });
    return found;
  }

  support::FakeClock clock_;
  support::Loop loop_;
  net::Shard shard_{0};
  realtime::Hub hub_{std::vector<net::Shard*>{&shard_}};
  TrustingAuthenticator authenticator_;
  std::unique_ptr<HoldingDatabase> holding_;
  std::unique_ptr<EventsStore> store_;
  std::optional<StreamContext> context_;
  FakeStream client_{shard_};
  std::shared_ptr<AccountStream> stream_;
  std::string lost_event_id_;
};

TEST_P(AccountStreamTest, tells_a_reader_that_the_end_of_the_log_has_overtaken_to_load_its_state_anew) {
  append(1, 500);
  client_.pending = 1'000'000;  // it reads nothing, so that its replay has to wait
  open(100);
  ASSERT_TRUE(loop_.run(store_->prune(start, 10)));
  client_.pending = 0;
  run_on(shard_, [this] { stream_->on_written(); });
  until([this] { return client_.texts.size() >= 3; });
  EXPECT_THAT(having("event: reset"), testing::SizeIs(1));
  EXPECT_THAT(having("event: note"), IsEmpty());

  append(501, 501);
  tell(FeedEvent::Kind::position, 501);
  until([this] { return client_.texts.size() >= 4; });
  EXPECT_THAT(having("event: note"), ElementsAre(HasSubstr("id: n501\n")));
}

TEST_P(AccountStreamTest, queues_no_more_for_a_client_that_reads_nothing_than_a_replay_may) {
  constexpr int count = 30;
  constexpr std::size_t longest = 64 * 1024;
  std::vector<EventDraft> drafts;
  for (int i = 1; i <= count; ++i) {
    drafts.push_back(
        {.id = "n" + std::to_string(i), .type = "note", .qr = "", .data = std::string(longest - 100, '1')});
  }
  ASSERT_TRUE(loop_.run(store_->append(account, std::move(drafts), start)));
  client_.reads_nothing = true;
  open(0);
  until([this] { return client_.pending > longest; });
  std::size_t most = 0;
  for (std::size_t seen = 0; seen < count; seen = having("event: note").size()) {
    run_on(shard_, [&] {
      if (client_.pending <= longest) return;
      most = std::max(most, client_.pending);
      client_.pending = 0;
      stream_->on_written();
    });
  }
  EXPECT_LT(most, 3 * longest);
  const auto notes = having("event: note");
  ASSERT_EQ(notes.size(), static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    EXPECT_THAT(notes[static_cast<std::size_t>(i)], HasSubstr("id: n" + std::to_string(i + 1) + "\n"));
  }
}

TEST_P(AccountStreamTest, who_is_cut_off_between_the_welcome_and_a_reset_is_told_again) {
  append(1, 3);
  lost_event_id_ = "long ago";
  open(3);
  until([this] { return client_.texts.size() >= 3; });
  const auto welcomes = having("event: connection");
  ASSERT_THAT(welcomes, testing::SizeIs(1));
  const std::string& welcome = welcomes[0];
  const std::string id = welcome.substr(4, welcome.find('\n') - 4);
  EXPECT_EQ(position_of_welcome(id), position_nowhere);
  EXPECT_THAT(having("event: reset"), testing::SizeIs(1));
}

TEST_P(AccountStreamTest, takes_an_event_that_comes_while_it_reads_for_none_that_was_forgotten) {
  holding_->hold_next();
  open(0);
  auto answer = holding_->take_held();  // there was none
  append(1, 1);
  tell(FeedEvent::Kind::event, 1);
  run_on(shard_, [] {});  // it has heard of the event
  answer();
  until([this] { return client_.texts.size() >= 3; });
  EXPECT_THAT(having("event: note"), ElementsAre(HasSubstr("id: n1\n")));
  EXPECT_THAT(having("event: reset"), IsEmpty());
}

TEST_P(AccountStreamTest, says_no_heartbeat_that_stands_for_less_than_it_has_sent) {
  append(1, 3);
  open(0);
  until([this] { return client_.texts.size() >= 5; });
  tell(FeedEvent::Kind::heartbeat, 2, 7);  // the feed has not seen the third event yet
  tell(FeedEvent::Kind::heartbeat, 3, 8);
  until([this] { return client_.texts.size() >= 6; });
  EXPECT_THAT(having("event: heartbeat"), ElementsAre(HasSubstr("id: heartbeat_8\n")));
}

PULSO_FOR_EACH_ENGINE(AccountStreamTest);

}  // namespace
}  // namespace pulso::events
