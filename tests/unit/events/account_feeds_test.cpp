#include "features/events/account_feeds.h"

#include <future>
#include <mutex>
#include <set>

#include <gmock/gmock.h>

#include "net/shard.h"
#include "support/database_test.h"
#include "support/fake_clock.h"
#include "support/shard_work.h"

namespace pulso::events {
namespace {

using support::run_on;
using support::settle;
using testing::ElementsAre;
using testing::IsEmpty;

const AccountId account{"1"};

/// Knows its channels and carries nothing.
class ChannelList final : public bus::Bus {
 public:
  void listen(Listener) override {}
  void subscribe(std::string channel) override {
    const std::lock_guard lock{mutex_};
    channels_.insert(std::move(channel));
  }
  void unsubscribe(std::string channel) override {
    const std::lock_guard lock{mutex_};
    channels_.erase(channel);
  }
  void publish(std::string, std::string) override {}
  bool is_connected() const noexcept override { return true; }
  std::set<std::string> channels() const {
    const std::lock_guard lock{mutex_};
    return channels_;
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> channels_;
};

struct Member final : realtime::Subscriber {
  void on_event(const realtime::TopicEventRef&) override {}
  realtime::Subscription subscription;
};

class AccountFeedsTest : public support::DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(store::migrate(*database_, EventsStore::migrations()));
    store_ = std::make_unique<EventsStore>(*database_);
    feeds_ = std::make_unique<AccountFeeds>(AccountFeeds::Dependencies{.options = {},
                                                                       .clock = clock_,
                                                                       .hub = hub_,
                                                                       .store = *store_,
                                                                       .bus = bus_,
                                                                       .executor = one_.context().get_executor()});
    one_.start();
    two_.start();
  }
  void TearDown() override {
    if (feeds_) {
      feeds_->stop();
      settle(one_);
    }
    if (database_) database_->close();
    one_.stop();
    two_.stop();
    feeds_.reset();
  }

  void enter(net::Shard& shard, Member& member) {
    run_on(shard, [&] { hub_.subscribe(shard, account.value(), member, member.subscription); });
  }

  support::FakeClock clock_;
  net::Shard one_{0}, two_{1};
  realtime::Hub hub_{std::vector<net::Shard*>{&one_, &two_}};
  ChannelList bus_;
  std::unique_ptr<EventsStore> store_;
  std::unique_ptr<AccountFeeds> feeds_;
};

TEST_P(AccountFeedsTest, an_account_has_a_feed_as_long_as_it_has_a_stream) {
  Member here, there;
  enter(one_, here);
  enter(two_, there);
  settle(one_);
  EXPECT_THAT(bus_.channels(), ElementsAre("pulso:{1}:account"));
  run_on(one_, [&] { here.subscription.reset(); });
  settle(one_);
  EXPECT_THAT(bus_.channels(), ElementsAre("pulso:{1}:account"));
  run_on(two_, [&] { there.subscription.reset(); });
  settle(one_);
  EXPECT_THAT(bus_.channels(), IsEmpty());
}

TEST_P(AccountFeedsTest, a_stream_that_opens_while_the_last_one_leaves_is_fed) {
  Member last, next;
  enter(one_, last);
  settle(one_);
  run_on(one_, [&] {
    last.subscription.reset();  // what a loop posts to itself waits for the end of this,
    enter(two_, next);          // and is overtaken by what another one posts
  });
  settle(one_);
  EXPECT_THAT(bus_.channels(), ElementsAre("pulso:{1}:account"));
  run_on(two_, [&] { next.subscription.reset(); });
  settle(one_);
}

PULSO_FOR_EACH_ENGINE(AccountFeedsTest);

}  // namespace
}  // namespace pulso::events
