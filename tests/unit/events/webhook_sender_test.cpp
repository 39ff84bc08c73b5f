#include "features/events/webhook_sender.h"

#include <functional>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>

#include "support/database_test.h"
#include "support/fake_clock.h"
#include "support/loop.h"

namespace pulso::events {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr milliseconds hour{60LL * 60 * 1'000};  ///< longer than any pause or lease

awaitable<asio::any_io_executor> current_executor() {
  co_return co_await asio::this_coro::executor;
}

/// Lets whatever else the loop has go on.
awaitable<void> yield() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

/// Where an instance posts to. Touched on the loop only, or while nothing is done there.
struct Receiver {
  std::vector<std::string> ids;
  std::function<bool(std::string_view id)> takes = [](std::string_view) { return true; };
  bool is_slow = false;  ///< answers when this is over

  awaitable<Result<void>> post(WebhookCall call) {
    ids.push_back(call.event_id);
    while (is_slow) co_await yield();
    if (!takes(call.event_id)) co_return fail(Errc::unavailable, "answered 503");
    co_return Result<void>{};
  }
};

class WebhookSenderTest : public support::DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(store::migrate(*database_, EventsStore::migrations()));
    log_ = std::make_unique<EventsStore>(*database_);
    webhooks_ = std::make_unique<WebhookStore>(*database_);
    add_webhook("1");
  }
  void TearDown() override {
    if (database_) database_->close();
  }

  void add_webhook(const std::string& account) {
    const Webhook webhook{.id = "of-" + account,
                          .account = AccountId{account},
                          .url = "https://shop.example/",
                          .secret = "secret",
                          .types = {},
                          .not_before = {},
                          .created = clock_.now()};
    ASSERT_TRUE(loop_.run(webhooks_->insert(webhook)));
  }
  Webhook webhook() { return loop_.run(webhooks_->list(AccountId{"1"})).value().at(0); }

  std::unique_ptr<WebhookSender> instance(Receiver& receiver) {
    return std::make_unique<WebhookSender>(
        WebhookSender::Dependencies{.clock = clock_,
                                    .webhooks = *webhooks_,
                                    .events = *log_,
                                    .metrics = metrics_,
                                    .policy = policy_,
                                    .executor = loop_.run(current_executor()),
                                    .post = [&receiver](WebhookCall call) { return receiver.post(std::move(call)); }});
  }
  /// What the instance finds to do now.
  void work(WebhookSender& sender) {
    look(sender);
    wait_until([&sender] { return sender.is_idle(); });
  }
  void work() {
    if (!sender_) sender_ = instance(receiver_);
    work(*sender_);
  }
  void look(WebhookSender& sender) {
    loop_.run(std::invoke([](WebhookSender& to) -> awaitable<void> { co_return to.look(); }, sender));
  }
  void wait_until(std::function<bool()> is_so) {
    loop_.run(std::invoke(
        [](std::function<bool()> asked) -> awaitable<void> {
          while (!asked()) co_await yield();
        },
        std::move(is_so)));
  }
  void answer_at_last(Receiver& receiver) {
    wait_until([&receiver] { return !std::exchange(receiver.is_slow, false); });
  }

  void append(const std::vector<std::string>& ids, const std::string& account = "1") {
    std::vector<EventDraft> drafts;
    for (const std::string& id : ids) drafts.push_back({.id = id, .type = "note", .qr = "", .data = "1"});
    ASSERT_TRUE(loop_.run(log_->append(AccountId{account}, std::move(drafts), clock_.now())));
  }
  void forget_all_but(std::uint64_t count) { ASSERT_TRUE(loop_.run(log_->prune(WallTime{}, count))); }
  /// Events and errors, the newest first.
  std::vector<std::pair<std::string, std::string>> dead_letters() {
    std::vector<std::pair<std::string, std::string>> letters;
    const auto dead = loop_.run(webhooks_->dead("of-1", 1'000'000, 100)).value();
    for (const WebhookDelivery& letter : dead) letters.emplace_back(letter.event_id, letter.last_error);
    return letters;
  }
  Revival revive(const std::string& id) { return loop_.run(webhooks_->revive(webhook(), id, clock_.now())).value(); }

  support::Loop loop_;
  support::FakeClock clock_;
  ops::Metrics registry_;
  EventsMetrics metrics_{registry_};
  WebhookPolicy policy_;
  std::unique_ptr<EventsStore> log_;
  std::unique_ptr<WebhookStore> webhooks_;
  Receiver receiver_;
  std::unique_ptr<WebhookSender> sender_;
};

TEST_P(WebhookSenderTest, gives_its_place_up_to_others_after_a_while) {
  receiver_.takes = [this](std::string_view) {
    clock_.advance(milliseconds{9'000});
    return true;
  };
  append({"a", "b", "c", "d", "e"});
  work();
  EXPECT_THAT(receiver_.ids, ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_EQ(webhook().not_before, clock_.now()) << "behind those who have waited longer";
}

TEST_P(WebhookSenderTest, tells_of_events_that_were_forgotten_before_they_could_be_sent) {
  receiver_.takes = [](std::string_view) { return false; };
  append({"a", "b", "c", "d", "e"});
  work();
  forget_all_but(1);
  receiver_.takes = [](std::string_view) { return true; };
  clock_.advance(hour);
  work();
  EXPECT_THAT(receiver_.ids, ElementsAre("a", "e"));
  EXPECT_THAT(dead_letters(), ElementsAre(Pair("", "3 events were forgotten before they could be sent"),
                                          Pair("a", "not kept any more")));
  EXPECT_EQ(metrics_.webhooks_dead.value(), 4U);
}

TEST_P(WebhookSenderTest, tells_of_forgotten_events_once_where_none_is_left) {
  append({"a"});
  forget_all_but(0);
  work();
  work();
  EXPECT_THAT(receiver_.ids, IsEmpty());
  EXPECT_THAT(dead_letters(), ElementsAre(Pair("", "1 event was forgotten before it could be sent")));
  append({"b"});
  work();
  EXPECT_THAT(receiver_.ids, ElementsAre("b"));
}

TEST_P(WebhookSenderTest, sends_what_follows_beside_an_event_that_is_refused_again) {
  receiver_.takes = [](std::string_view id) { return id != "a"; };
  append({"a"});
  work();
  append({"b", "c"});
  clock_.advance(hour);
  work();
  EXPECT_THAT(receiver_.ids, ElementsAre("a", "a", "b", "c"));
  EXPECT_EQ(webhook().failures, 0);
}

TEST_P(WebhookSenderTest, tries_something_new_in_each_turn_though_nothing_is_taken) {
  receiver_.takes = [](std::string_view) { return false; };
  append({"a", "b", "c"});
  for (int turn = 0; turn < 3; ++turn) {
    work();
    clock_.advance(hour);
  }
  EXPECT_THAT(receiver_.ids, ElementsAre("a", "a", "b", "a", "c"));
  EXPECT_EQ(webhook().failures, 3) << "one a turn: the pause doubles";
}

TEST_P(WebhookSenderTest, sends_a_revived_dead_letter_whatever_pause_the_webhook_has) {
  policy_.attempts_max = 1;
  receiver_.takes = [](std::string_view) { return false; };
  append({"a"});
  work();
  ASSERT_THAT(dead_letters(), ElementsAre(Pair("a", "answered 503")));
  receiver_.takes = [](std::string_view) { return true; };
  work();
  ASSERT_THAT(receiver_.ids, ElementsAre("a")) << "there is a pause";
  EXPECT_EQ(revive("a"), Revival::due);
  work();
  EXPECT_THAT(receiver_.ids, ElementsAre("a", "a"));
  EXPECT_THAT(dead_letters(), IsEmpty());
}

TEST_P(WebhookSenderTest, keeps_a_dead_letter_whose_event_is_forgotten) {
  policy_.attempts_max = 1;
  receiver_.takes = [](std::string_view) { return false; };
  append({"a", "b"});
  work();
  EXPECT_EQ(revive("a"), Revival::due);
  forget_all_but(1);
  receiver_.takes = [](std::string_view) { return true; };
  work();
  EXPECT_THAT(receiver_.ids, ElementsAre("a", "b"));
  EXPECT_THAT(dead_letters(), ElementsAre(Pair("a", "not kept any more")));
  EXPECT_EQ(revive("a"), Revival::forgotten);
  EXPECT_EQ(revive("b"), Revival::unknown);
  EXPECT_THAT(dead_letters(), ElementsAre(Pair("a", "not kept any more")));
}

TEST_P(WebhookSenderTest, revives_the_event_that_is_kept_of_two_with_one_id) {
  policy_.attempts_max = 1;
  receiver_.takes = [](std::string_view) { return false; };
  append({"a"});
  work();
  forget_all_but(0);
  append({"a"});
  clock_.advance(hour);
  work();
  ASSERT_EQ(dead_letters().size(), 2U);
  EXPECT_EQ(revive("a"), Revival::due);
  EXPECT_EQ(dead_letters().size(), 1U);
  EXPECT_EQ(revive("a"), Revival::forgotten);
}

TEST_P(WebhookSenderTest, serves_a_webhook_once_however_long_that_takes) {
  add_webhook("2");
  sender_ = instance(receiver_);
  receiver_.is_slow = true;
  append({"a"});
  look(*sender_);
  wait_until([this] { return receiver_.ids.size() == 1; });
  clock_.advance(hour);
  append({"x"}, "2");
  look(*sender_);
  wait_until([this] { return receiver_.ids.size() == 2; });
  answer_at_last(receiver_);
  wait_until([this] { return sender_->is_idle(); });
  EXPECT_THAT(receiver_.ids, ElementsAre("a", "x"));
}

TEST_P(WebhookSenderTest, leaves_a_webhook_to_the_instance_that_has_claimed_it_since) {
  Receiver slow{.is_slow = true};
  const auto late = instance(slow);
  append({"a", "b"});
  look(*late);
  wait_until([&slow] { return slow.ids.size() == 1; });
  clock_.advance(hour);
  work();
  EXPECT_THAT(receiver_.ids, ElementsAre("a", "b"));
  answer_at_last(slow);
  wait_until([&late] { return late->is_idle(); });
  EXPECT_THAT(slow.ids, ElementsAre("a")) << "what was on its way may come twice, nothing else";
  EXPECT_EQ(webhook().position, 2U);
}

PULSO_FOR_EACH_ENGINE(WebhookSenderTest);

}  // namespace
}  // namespace pulso::events
