#include "realtime/socketio_sessions.h"

#include <gtest/gtest.h>

namespace pulso::realtime {
namespace {

using std::chrono::seconds;

constexpr milliseconds window{1000};
constexpr SteadyTime start{seconds{1000}};

SavedSession session(std::string secret) {
  SavedSession made;
  made.id = "id-of-" + secret;
  made.private_id = std::move(secret);
  return made;
}

TEST(SocketioSessions, are_taken_once_and_within_their_window) {
  SocketioSessions sessions{window};
  sessions.save(session("a"), start);
  sessions.save(session("b"), start);
  EXPECT_EQ(sessions.take("a", start + window / 2)->id, "id-of-a");
  EXPECT_FALSE(sessions.take("a", start + window / 2));
  EXPECT_FALSE(sessions.take("b", start + window));
  EXPECT_FALSE(sessions.take("unknown", start));
}

class SocketioLogTest : public testing::Test {
 protected:
  static constexpr std::size_t bytes_max = 100'000;

  void append(SteadyTime at, std::size_t bytes = 0) {
    SocketioDraft draft;
    draft.text = R"(42["e"])" + std::string(bytes, ' ');
    log.append(std::make_shared<const SocketioPublication>(std::move(draft), log.next_position(), nullptr, 0), at);
  }
  std::vector<std::uint64_t> after(std::uint64_t position) {
    std::vector<std::uint64_t> positions;
    for (const auto& publication : log.after({0, position})) positions.push_back(publication->position.minor);
    return positions;
  }
  SocketioLog log{window, 3, bytes_max};
};

TEST_F(SocketioLogTest, tells_what_came_after_a_position) {
  EXPECT_TRUE(log.reaches({}, false));
  append(start);
  append(start);
  EXPECT_EQ(after(0), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(after(1), (std::vector<std::uint64_t>{2}));
  EXPECT_TRUE(after(2).empty());
  EXPECT_TRUE(log.reaches({0, 2}, false));
  EXPECT_FALSE(log.reaches({0, 3}, true));  // nobody can have seen it
  EXPECT_FALSE(log.reaches({1, 1}, true));
}

TEST_F(SocketioLogTest, serves_a_settled_session_that_has_seen_nothing_for_long) {
  append(start);
  append(start);
  append(start + window * 2);  // what was there has gone because of its age
  EXPECT_TRUE(log.reaches({0, 1}, true));
  EXPECT_FALSE(log.reaches({0, 1}, false));
  EXPECT_TRUE(log.reaches({0, 2}, false));
  EXPECT_EQ(after(1), (std::vector<std::uint64_t>{3}));
}

TEST_F(SocketioLogTest, does_not_reach_behind_what_was_crowded_out) {
  for (int i = 0; i < 5; ++i) append(start);
  EXPECT_FALSE(log.reaches({0, 1}, true));
  EXPECT_TRUE(log.reaches({0, 2}, false));
  EXPECT_EQ(after(2), (std::vector<std::uint64_t>{3, 4, 5}));
}

TEST_F(SocketioLogTest, keeps_so_many_bytes) {
  append(start, bytes_max / 2);
  append(start, bytes_max / 2);
  EXPECT_EQ(after(0), (std::vector<std::uint64_t>{2}));
  EXPECT_FALSE(log.reaches({}, true));
  EXPECT_TRUE(log.reaches({0, 1}, true));
  append(start, bytes_max * 2);  // the last one stays, however long it is
  EXPECT_EQ(after(0), (std::vector<std::uint64_t>{3}));
  append(start);
  append(start);
  EXPECT_EQ(after(0), (std::vector<std::uint64_t>{4, 5}));
}

TEST(SocketioLogPosition, is_read_strictly) {
  EXPECT_EQ(SocketioLog::parse(SocketioLog::text_of({3, 14})), (LogPosition{3, 14}));
  for (const char* text : {"", "1", "1-", "-1", "1-2x", "x-2", "1-99999999999999999999"}) {
    EXPECT_FALSE(SocketioLog::parse(text)) << text;
  }
}

}  // namespace
}  // namespace pulso::realtime
