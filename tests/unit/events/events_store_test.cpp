#include "features/events/events_store.h"

#include <future>
#include <set>

#include <gmock/gmock.h>

#include "features/events/log_writer.h"
#include "support/database_test.h"
#include "support/loop.h"

namespace pulso::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr WallTime start{milliseconds{1'000'000}};

EventDraft draft(std::string id, std::string data = "1") {
  return {.id = std::move(id), .type = "note", .qr = "", .data = std::move(data)};
}

class EventsStoreTest : public support::DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(store::migrate(*database_, EventsStore::migrations()));
    store_ = std::make_unique<EventsStore>(*database_);
  }
  void TearDown() override {
    if (database_) database_->close();
  }

  std::vector<Appended> append(std::vector<EventDraft> drafts, WallTime now = start,
                               AccountId account = AccountId{"1"}) {
    return loop_.run(store_->append(std::move(account), std::move(drafts), now)).value();
  }
  std::vector<std::string> behind(std::uint64_t sequence, AccountId account = AccountId{"1"}) {
    std::vector<std::string> ids;
    const auto events = loop_.run(store_->behind(std::move(account), sequence, 1'000)).value();
    for (const AccountEvent& event : events) ids.push_back(event.id);
    return ids;
  }
  LogExtent extent() { return loop_.run(store_->extent(AccountId{"1"})).value(); }
  std::optional<std::uint64_t> find_mark(std::int64_t ms) {
    return loop_.run(store_->find_mark(AccountId{"1"}, ms)).value();
  }
  LogMark mark(WallTime now = start, std::optional<std::uint64_t> known = {}) {
    return loop_.run(store_->mark(AccountId{"1"}, now, known, 2)).value();
  }

  support::Loop loop_;
  std::unique_ptr<EventsStore> store_;
};

TEST_P(EventsStoreTest, numbers_events_by_account) {
  append({draft("a"), draft("b")});
  append({draft("c")}, start, AccountId{"2"});
  append({draft("d")});
  EXPECT_THAT(behind(0), ElementsAre("a", "b", "d"));
  EXPECT_THAT(behind(2), ElementsAre("d"));
  EXPECT_THAT(behind(3), IsEmpty());
  EXPECT_THAT(behind(0, AccountId{"2"}), ElementsAre("c"));
  EXPECT_EQ(extent().last, 3U);
}

TEST_P(EventsStoreTest, keeps_an_event_as_it_was_given) {
  const EventDraft given{.id = "x", .type = "t.y-p_e", .qr = "q", .data = R"({"a":"é🎫\n"})"};
  append({given});
  const auto events = loop_.run(store_->behind(AccountId{"1"}, 0, 10)).value();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].sequence, 1U);
  EXPECT_EQ(events[0].id, given.id);
  EXPECT_EQ(events[0].type, given.type);
  EXPECT_EQ(events[0].qr, given.qr);
  EXPECT_EQ(events[0].data, given.data);
}

TEST_P(EventsStoreTest, stores_an_id_once_within_an_account) {
  append({draft("a")});
  const auto again = append({draft("b"), draft("a"), draft("b")});
  EXPECT_THAT(behind(0), ElementsAre("a", "b"));
  ASSERT_EQ(again.size(), 3U);
  EXPECT_TRUE(again[0].is_new);
  EXPECT_FALSE(again[1].is_new);
  EXPECT_FALSE(again[2].is_new);
  append({draft("a")}, start, AccountId{"2"});
  EXPECT_THAT(behind(0, AccountId{"2"}), ElementsAre("a"));
}

TEST_P(EventsStoreTest, makes_ids_that_differ_at_one_time) {
  std::set<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    for (const Appended& made : append({draft(""), draft("")})) ids.insert(made.id);
  }
  EXPECT_EQ(ids.size(), 6U);
  EXPECT_THAT(behind(5), ElementsAre("note_1000005"));
}

TEST_P(EventsStoreTest, puts_a_mark_between_what_is_before_and_what_is_behind_it_whatever_the_clock_says) {
  EXPECT_EQ(mark().sequence, 0U);
  append({draft("a"), draft("b")}, start + milliseconds{500});
  const LogMark first = mark(start - milliseconds{100'000});  // by an instance whose clock is behind
  append({draft("c")}, start - milliseconds{50'000});
  const LogMark second = mark();
  EXPECT_EQ(first.sequence, 2U);
  EXPECT_EQ(second.sequence, 3U);
  EXPECT_LT(first.ms, second.ms);
  EXPECT_EQ(find_mark(first.ms), 2U);
  EXPECT_EQ(find_mark(second.ms), 3U);
  append({draft("d")}, start - milliseconds{90'000});
  EXPECT_EQ(find_mark(second.ms), 3U);
  EXPECT_EQ(find_mark(0), 0U);
}

TEST_P(EventsStoreTest, brings_what_is_before_a_mark_with_it) {
  EXPECT_THAT(mark(start, 0).events, IsEmpty());
  append({draft("a"), draft("b"), draft("c")});
  EXPECT_THAT(mark().events, IsEmpty());
  EXPECT_THAT(mark(start, 3).events, IsEmpty());
  const LogMark last = mark(start, 2);
  ASSERT_EQ(last.events.size(), 1U);
  EXPECT_EQ(last.events[0].id, "c");
  EXPECT_EQ(last.events[0].sequence, last.sequence);
  EXPECT_EQ(mark(start, 0).events.size(), 2U) << "as many as were asked for";
}

TEST_P(EventsStoreTest, lets_no_change_of_the_ledger_go_untold_for_an_id_that_somebody_took) {
  const auto append_own = [this](std::string id) {
    return loop_.run(database_->transact<void>([id](store::Session& session) -> Result<void> {
      LogWriter log{session, AccountId{"1"}, start};
      log.append_own(draft("before-" + id));
      log.append_own(draft(id));
      log.finish();
      return {};
    }));
  };
  ASSERT_TRUE(append_own("a"));
  const auto again = append_own("a");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, make_error_code(Errc::conflict));
  EXPECT_THAT(behind(0), ElementsAre("before-a", "a"));
}

TEST_P(EventsStoreTest, finds_events_by_their_ids) {
  append({draft("a"), draft("b")});
  EXPECT_EQ(loop_.run(store_->find(AccountId{"1"}, "b")).value(), 2U);
  EXPECT_EQ(loop_.run(store_->find(AccountId{"1"}, "c")).value(), std::nullopt);
  EXPECT_EQ(loop_.run(store_->find(AccountId{"2"}, "b")).value(), std::nullopt);
}

TEST_P(EventsStoreTest, forgets_what_is_old_or_too_many_and_knows_that_it_did) {
  append({draft("a"), draft("b")}, start);
  const LogMark old = mark(start + milliseconds{10});
  append({draft("c"), draft("d"), draft("e")}, start + milliseconds{1'000});
  ASSERT_TRUE(loop_.run(store_->prune(start + milliseconds{500}, 100)));
  EXPECT_THAT(behind(0), ElementsAre("c", "d", "e"));
  EXPECT_EQ(extent().pruned, 2U);
  EXPECT_EQ(find_mark(old.ms), 2U) << "just what is gone was before it";
  EXPECT_EQ(find_mark(old.ms - 10), std::nullopt) << "something behind it is gone";
  ASSERT_TRUE(loop_.run(store_->prune(start, 1)));
  EXPECT_THAT(behind(0), ElementsAre("e"));
  EXPECT_EQ(extent().pruned, 4U);
  EXPECT_EQ(find_mark(old.ms), std::nullopt);
  append({draft("f")});
  EXPECT_THAT(behind(5), ElementsAre("f"));
}

TEST_P(EventsStoreTest, forgets_more_than_a_piece) {
  std::vector<EventDraft> drafts(12'000, draft(""));
  append(std::move(drafts));
  ASSERT_TRUE(loop_.run(store_->prune(start, 10)));
  EXPECT_EQ(extent().pruned, 11'990U);
  EXPECT_EQ(behind(0).size(), 10U);
}

TEST_P(EventsStoreTest, leaves_no_gap_when_two_instances_append_at_once) {
  const auto other_database = open();
  EventsStore other{*other_database};
  std::vector<std::future<Result<std::vector<Appended>>>> done;
  for (int i = 0; i < 50; ++i) {
    EventsStore& either = i % 2 == 0 ? *store_ : other;
    done.push_back(loop_.start(either.append(AccountId{"1"}, {draft("a" + std::to_string(i)), draft("")}, start)));
  }
  for (auto& each : done) ASSERT_TRUE(each.get());
  const auto events = loop_.run(store_->behind(AccountId{"1"}, 0, 1'000)).value();
  ASSERT_EQ(events.size(), 100U);
  for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].sequence, i + 1);
  other_database->close();
}

TEST_P(EventsStoreTest, marks_nothing_while_another_writes_rather_than_wait) {
  if (GetParam() == store::Engine::sqlite) return;  // has one writer
  append({draft("a")});
  options_.timeout = milliseconds{600'000};  // as long as it would wait
  const auto patient = open();
  EventsStore store{*patient};
  std::promise<void> holds, may_end;
  std::promise<Result<void>> ended;
  database_->post(
      [&](store::Session& session) -> Result<void> {
        LogWriter log{session, AccountId{"1"}, start};
        holds.set_value();
        may_end.get_future().wait();
        return {};
      },
      [&](Result<void> result) { ended.set_value(std::move(result)); });
  holds.get_future().wait();
  EXPECT_EQ(loop_.run(store.mark(AccountId{"1"}, start, {}, 2)).error().code, Errc::unavailable);
  may_end.set_value();
  EXPECT_TRUE(ended.get_future().get());
  EXPECT_EQ(loop_.run(store.mark(AccountId{"1"}, start, {}, 2))->sequence, 1U);
  patient->close();
}

PULSO_FOR_EACH_ENGINE(EventsStoreTest);

}  // namespace
}  // namespace pulso::events
