#include "net/shard.h"

#include <algorithm>
#include <array>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

namespace pulso::net {
namespace {

namespace asio = boost::asio;

asio::awaitable<void> wait_for_ever(std::promise<void>& is_waiting) {
  asio::steady_timer timer{co_await asio::this_coro::executor, asio::steady_timer::time_point::max()};
  is_waiting.set_value();
  co_await timer.async_wait(asio::use_awaitable);
}

/// Writes `bytes` to one end of a pair.
class Writer final : public Flushable {
 public:
  explicit Writer(std::string bytes) : left(std::move(bytes)) {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  }
  ~Writer() {
    for (const int end : ends) ::close(end);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  void flush() override {
    ++flush_count;
    if (before_flush) before_flush();
    if (left.empty()) return;
    ++own_send_count;
    left.erase(0, static_cast<std::size_t>(::send(ends[0], left.data(), left.size(), 0)));
  }
  Send next_send(std::span<char>) override {
    return {ends[0], can_batch ? std::string_view{left} : std::string_view{}};
  }
  void on_sent(std::size_t bytes) override { left.erase(0, bytes); }
  [[nodiscard]] std::string read() const {
    std::array<char, 64> buffer;
    const ssize_t got = ::recv(ends[1], buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  }

  std::array<int, 2> ends{};
  std::string left;
  bool can_batch = true;
  int flush_count = 0, own_send_count = 0;
  std::function<void()> before_flush;
};

/// With and without batches: the same must come out.
class ShardFlushTest : public testing::TestWithParam<bool> {
 protected:
  ~ShardFlushTest() override { shard.stop(); }
  void flush_all() {
    std::promise<void> done;
    shard.post([&] {
      for (const auto& writer : writers) shard.flush_later(*writer);
      shard.post([&] { done.set_value(); });
    });
    done.get_future().get();
  }

  Shard shard{0, GetParam()};
  std::vector<std::unique_ptr<Writer>> writers;
};
INSTANTIATE_TEST_SUITE_P(Batches, ShardFlushTest, testing::Bool());

TEST_P(ShardFlushTest, writes_what_each_has_and_flushes_each_once) {
  for (int i = 0; i < 150; ++i) {
    writers.push_back(std::make_unique<Writer>("for " + std::to_string(i)));
    writers.back()->can_batch = i % 7 != 3;
  }
  shard.start();
  flush_all();
  for (int i = 0; i < 150; ++i) {
    EXPECT_EQ(writers[i]->read(), "for " + std::to_string(i));
    EXPECT_EQ(writers[i]->flush_count, 1);
  }
}

TEST_P(ShardFlushTest, leaves_out_who_is_destroyed_while_others_are_flushed) {
  for (int i = 0; i < 10; ++i) writers.push_back(std::make_unique<Writer>("x"));
  Writer& gone = *writers[5];
  writers[2]->before_flush = [&] { shard.forget(gone); };
  shard.start();
  flush_all();
  EXPECT_EQ(gone.flush_count, 0);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(writers[i]->read().empty(), !GetParam() && i == 5) << i;
}

TEST_P(ShardFlushTest, sends_in_batches_where_it_may) {
  if (!SendBatch::create()) GTEST_SKIP() << "no io_uring here";
  for (int i = 0; i < 150; ++i) writers.push_back(std::make_unique<Writer>("x"));
  shard.start();
  flush_all();
  int own_sends = 0;
  for (const auto& writer : writers) own_sends += writer->own_send_count;
  EXPECT_EQ(own_sends, GetParam() ? 0 : 150);
}

TEST(ShardTest, discard_all_coroutines_that_wait_for_those_of_other_loops) {
  std::array<Shard, 3> shards{Shard{0}, Shard{1}, Shard{2}};
  const std::array<Shard*, 3> pointers{&shards[0], &shards[1], &shards[2]};
  for (Shard& shard : shards) shard.start();
  auto held = std::make_shared<int>();
  const std::weak_ptr<int> is_held = held;
  std::promise<void> is_waiting;
  asio::co_spawn(
      shards[0].context(),
      [&, held = std::move(held)]() -> asio::awaitable<void> {
        co_await asio::co_spawn(
            shards[1].context(),
            [&]() -> asio::awaitable<void> {
              co_await asio::co_spawn(shards[2].context(), wait_for_ever(is_waiting), asio::use_awaitable);
            },
            asio::use_awaitable);
      },
      asio::detached);
  is_waiting.get_future().get();
  for (Shard& shard : shards) shard.stop();

  discard_all(pointers);

  EXPECT_TRUE(is_held.expired());
}

}  // namespace
}  // namespace pulso::net
