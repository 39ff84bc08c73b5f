#include "auth/key_ring.h"

#include <algorithm>
#include <atomic>
#include <latch>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/token_forge.h"

namespace pulso::auth {
namespace {

/// What the test makes of a source, and what became of it.
struct Script {
  std::string text;
  bool is_away = false;
  bool is_remote = true;
  std::latch* may_answer = nullptr;
  std::atomic<int> reads = 0;
};

class ScriptedSource final : public JwksSource {
 public:
  explicit ScriptedSource(Script& script) noexcept : script_(script) {}
  [[nodiscard]] const std::string& name() const noexcept override { return name_; }
  [[nodiscard]] bool is_remote() const noexcept override { return script_.is_remote; }
  [[nodiscard]] Result<std::string> read() override {
    ++script_.reads;
    if (script_.may_answer) script_.may_answer->wait();
    if (script_.is_away) return fail(Errc::unavailable, "away");
    return script_.text;
  }

 private:
  const std::string name_ = "https://login.example/jwks.json";
  Script& script_;
};

class KeyRingTest : public testing::Test {
 protected:
  KeyRingTest() { script_.text = key_set("old"); }

  [[nodiscard]] static std::string key_set(const std::string& key_id) {
    static const auto key = support::generate_key_pair("ED25519");
    return support::key_set(key.get(), key_id);
  }
  [[nodiscard]] Result<std::unique_ptr<KeyRing>> create() {
    std::vector<std::unique_ptr<JwksSource>> sources;
    sources.push_back(std::make_unique<ScriptedSource>(script_));
    return KeyRing::create([] { return Result<KeyList>{KeyList{*key_from_secret("a secret")}}; }, std::move(sources),
                           clock_);
  }
  void ask(KeyRing& ring, const std::string& key_id, KeyListRef& answer) {
    boost::asio::co_spawn(
        loop_, [&ring, &answer, key_id]() -> boost::asio::awaitable<void> { answer = co_await ring.keys_for(key_id); },
        [](const std::exception_ptr& error) { EXPECT_FALSE(error); });
  }
  /// Whether the keys for a token that names `key_id` hold that key.
  [[nodiscard]] bool finds(KeyRing& ring, const std::string& key_id) {
    KeyListRef keys;
    ask(ring, key_id, keys);
    loop_.restart();
    loop_.run();
    return std::ranges::any_of(*keys, [&](const JwtKeyRef& key) { return key->id() == key_id; });
  }

  boost::asio::io_context loop_;  ///< outlives the rings, whose threads post to it
  support::FakeClock clock_;
  Script script_;
};

TEST_F(KeyRingTest, does_not_know_of_a_key_whether_it_is_forged_while_a_set_is_away) {
  script_.is_away = true;
  const auto ring = create();
  ASSERT_TRUE(ring);
  EXPECT_FALSE(finds(**ring, "old"));
  EXPECT_TRUE((*ring)->may_lack("old"));
  script_.is_away = false;
  clock_.advance(milliseconds{10'000});
  EXPECT_FALSE(finds(**ring, "forged"));
  EXPECT_FALSE((*ring)->may_lack("forged"));
  EXPECT_FALSE((*ring)->may_lack("old"));
}

TEST_F(KeyRingTest, knows_at_once_what_no_set_has_to_be_read_for) {
  const auto ring = create();
  ASSERT_TRUE(ring);
  EXPECT_TRUE((*ring)->known_keys_for(""));
  EXPECT_TRUE((*ring)->known_keys_for("old"));
  EXPECT_FALSE((*ring)->known_keys_for("new"));
}

TEST_F(KeyRingTest, holds_the_fixed_keys_and_those_of_the_set) {
  const auto ring = create();
  ASSERT_TRUE(ring);
  EXPECT_EQ((*ring)->keys()->size(), 2U);
}

TEST_F(KeyRingTest, reads_again_when_a_token_names_an_unknown_key) {
  const auto ring = create();
  script_.text = key_set("new");
  EXPECT_TRUE(finds(**ring, "new"));
  EXPECT_EQ(script_.reads, 2);
}

TEST_F(KeyRingTest, does_not_read_again_for_a_known_key_or_none) {
  const auto ring = create();
  EXPECT_TRUE(finds(**ring, "old"));
  EXPECT_TRUE(finds(**ring, ""));
  EXPECT_EQ(script_.reads, 1);
}

TEST_F(KeyRingTest, reads_at_most_each_ten_seconds_whatever_tokens_name) {
  const auto ring = create();
  EXPECT_FALSE(finds(**ring, "forged"));
  script_.text = key_set("new");
  EXPECT_FALSE(finds(**ring, "new"));
  clock_.advance(milliseconds{9'999});
  EXPECT_FALSE(finds(**ring, "new"));
  EXPECT_EQ(script_.reads, 2);
  clock_.advance(milliseconds{1});
  EXPECT_TRUE(finds(**ring, "new"));
  EXPECT_EQ(script_.reads, 3);
}

TEST_F(KeyRingTest, reads_once_for_all_who_wait) {
  const auto ring = create();
  std::latch may_answer{1};
  script_.may_answer = &may_answer;
  script_.text = key_set("new");
  constexpr std::size_t asking = 300;
  std::vector<KeyListRef> answers(asking);
  for (KeyListRef& answer : answers) ask(**ring, "new", answer);
  while (loop_.poll_one() > 0) {
  }
  // Those past the bound have been answered with the keys as they were.
  EXPECT_EQ(std::ranges::count_if(answers, [](const auto& answer) { return answer != nullptr; }), 300 - 256);
  may_answer.count_down();
  loop_.run();
  EXPECT_EQ(std::ranges::count(answers, nullptr), 0);
  EXPECT_EQ(script_.reads, 2);
}

TEST_F(KeyRingTest, starts_without_a_remote_set_and_gets_it_later) {
  script_.is_away = true;
  const auto ring = create();
  ASSERT_TRUE(ring);
  EXPECT_FALSE(finds(**ring, "old"));
  script_.is_away = false;
  clock_.advance(std::chrono::seconds{10});
  EXPECT_TRUE(finds(**ring, "old"));
}

TEST_F(KeyRingTest, does_not_start_without_a_local_set) {
  script_.is_remote = false;
  script_.text = "{}";
  const auto ring = create();
  ASSERT_FALSE(ring);
  EXPECT_NE(ring.error().message.find("https://login.example/jwks.json"), std::string::npos);
}

TEST_F(KeyRingTest, keeps_the_last_keys_of_a_set_that_cannot_be_read) {
  const auto ring = create();
  script_.is_away = true;
  EXPECT_FALSE((*ring)->reload());
  EXPECT_FALSE(finds(**ring, "new"));
  EXPECT_TRUE(finds(**ring, "old"));
}

}  // namespace
}  // namespace pulso::auth
