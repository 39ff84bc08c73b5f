#include "net/shard.h"

#include <array>
#include <future>
#include <memory>

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
