#include "bus/redis_client.h"

#include <future>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/redis_server.h"
#include "unit/bus/redis_caller.h"

namespace pulso::bus {
namespace {

using support::eventually;
using support::RedisServer;

TEST(RedisClient, answers_commands_in_their_order) {
  RedisServer server;
  RedisCaller caller{server.url()};
  std::vector<std::future<Result<RedisReply>>> answers;
  for (int index = 0; index < 5000; ++index) answers.push_back(caller.begin({"INCR", "counter"}));
  for (int index = 0; index < 5000; ++index) EXPECT_EQ(answers[index].get()->integer(), index + 1);
}

TEST(RedisClient, keeps_the_order_of_each_of_several_threads) {
  RedisServer server;
  RedisCaller caller{server.url()};
  constexpr int commands = 500;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&caller, list = "list-" + std::to_string(thread)] {
      std::vector<std::future<Result<RedisReply>>> answers;
      for (int index = 0; index < commands; ++index) {
        answers.push_back(caller.begin({"RPUSH", list, std::to_string(index)}));
      }
      for (auto& answer : answers) EXPECT_TRUE(answer.get());
    });
  }
  threads.clear();
  for (int thread = 0; thread < 4; ++thread) {
    const auto list = caller.call({"LRANGE", "list-" + std::to_string(thread), "0", "-1"});
    ASSERT_EQ(list->array().size(), static_cast<std::size_t>(commands));
    for (int index = 0; index < commands; ++index) {
      ASSERT_EQ((*list)[static_cast<std::size_t>(index)].integer(), index);
    }
  }
}

TEST(RedisClient, goes_on_after_an_answer_on_the_executor_of_the_caller) {
  RedisServer server;
  RedisCaller caller{server.url()};
  boost::asio::io_context context;
  std::thread::id resumed_on;
  boost::asio::co_spawn(
      context,
      [&]() -> boost::asio::awaitable<void> {
        RedisCommand ping;
        ping.arguments = {"PING"};
        const auto answer = co_await caller.client().call(std::move(ping));
        EXPECT_EQ(answer->string(), "PONG");
        resumed_on = std::this_thread::get_id();
      },
      boost::asio::detached);
  context.run();
  EXPECT_EQ(resumed_on, std::this_thread::get_id());
}

TEST(RedisClient, hands_on_error_replies_as_values) {
  RedisServer server;
  RedisCaller caller{server.url()};
  ASSERT_TRUE(caller.call({"SET", "text", "abc"}));
  const auto answer = caller.call({"INCR", "text"});
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->has_code("ERR"));
}

TEST(RedisClient, logs_in_and_selects_the_database) {
  RedisServer server{{"requirepass open-sesame"}};
  RedisCaller caller{"redis://:open-sesame@" + server.address() + "/3"};
  ASSERT_TRUE(caller.call({"SET", "key", "value"}));
  EXPECT_NE(caller.call({"CLIENT", "INFO"})->string().find(" db=3 "), std::string_view::npos);
}

TEST(RedisClient, does_not_connect_with_a_wrong_password) {
  RedisServer server{{"requirepass open-sesame"}};
  RedisCaller caller{"redis://:wrong@" + server.address(), RedisCaller::Start::unconnected};
  EXPECT_EQ(caller.call({"PING"}).error().code, Errc::unavailable);
  EXPECT_FALSE(caller.client().is_connected());
}

TEST(RedisClient, fails_at_once_while_no_server_is_there) {
  const RedisCaller::Url url = fmt::format("redis://127.0.0.1:{}", support::free_port());
  RedisCaller caller{url, RedisCaller::Start::unconnected};
  const auto answer = caller.call({"PING"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
}

TEST(RedisClient, fails_what_a_frozen_server_leaves_unanswered_and_keeps_the_order_after_it) {
  RedisServer server;
  RedisCaller caller{server.url()};
  server.freeze();
  RedisCommand hasty;
  hasty.arguments = {"SET", "key", "late"};
  hasty.timeout = milliseconds{50};
  EXPECT_EQ(caller.call_command(std::move(hasty)).error().code, Errc::unavailable);
  auto patient = caller.begin({"APPEND", "key", "-and-more"});
  server.thaw();
  EXPECT_EQ(patient.get()->integer(), 13);
  EXPECT_EQ(caller.call({"GET", "key"})->string(), "late-and-more");
}

TEST(RedisClient, finds_a_frozen_server_and_comes_back_when_it_thaws) {
  RedisServer server;
  RedisCaller caller{server.url()};
  server.freeze();
  EXPECT_TRUE(eventually([&] { return !caller.client().is_connected(); }, std::chrono::seconds{5}));
  server.thaw();
  EXPECT_TRUE(eventually([&] { return caller.client().is_connected(); }));
  EXPECT_EQ(caller.call({"PING"})->string(), "PONG");
}

TEST(RedisClient, reconnects_to_a_killed_server_that_has_lost_nothing) {
  RedisServer server;
  RedisCaller caller{server.url()};
  ASSERT_TRUE(caller.call({"SET", "key", "kept"}));
  const std::string identity = caller.client().node_identity("key");
  server.kill();
  EXPECT_TRUE(eventually([&] { return !caller.client().is_connected(); }));
  EXPECT_EQ(caller.call({"GET", "key"}).error().code, Errc::unavailable);
  server.start();
  EXPECT_TRUE(eventually([&] { return caller.client().is_connected(); }));
  EXPECT_EQ(caller.call({"GET", "key"})->string(), "kept");
  EXPECT_EQ(caller.client().node_identity("key"), identity);
}

TEST(RedisClient, fails_what_was_in_flight_when_the_server_dies_and_does_not_send_it_again) {
  RedisServer server;
  RedisCaller caller{server.url()};
  server.freeze();
  auto lost = caller.begin({"INCR", "counter"});
  server.kill();
  EXPECT_EQ(lost.get().error().code, Errc::unavailable);
  server.start();
  EXPECT_TRUE(eventually([&] { return caller.client().is_connected(); }));
  EXPECT_TRUE(caller.call({"GET", "counter"})->is_nil());
}

TEST(RedisClient, refuses_commands_past_its_bound) {
  RedisServer server;
  RedisCaller caller{server.url()};
  server.freeze();
  std::vector<std::future<Result<RedisReply>>> answers;
  for (std::size_t index = 0; index < RedisClient::commands_in_flight_max; ++index) {
    answers.push_back(caller.begin({"PING"}));
  }
  EXPECT_EQ(caller.begin({"PING"}).get().error().code, Errc::unavailable);
  server.thaw();
  for (auto& answer : answers) EXPECT_TRUE(answer.get());
  EXPECT_TRUE(caller.call({"PING"}));
}

TEST(RedisClient, fails_what_is_in_flight_when_it_ends) {
  RedisServer server;
  std::future<Result<RedisReply>> answer;
  {
    RedisCaller caller{server.url()};
    server.freeze();
    answer = caller.begin({"PING"});
  }
  EXPECT_EQ(answer.get().error().code, Errc::cancelled);
}

TEST(RedisScript, has_the_digest_that_the_server_gives_it) {
  RedisServer server;
  const RedisScript script{"return 'ünï'"};
  EXPECT_EQ(server.run({"SCRIPT", "LOAD", script.body()}), script.sha1());
}

TEST(RedisClient, runs_scripts_by_digest_also_after_the_server_has_forgotten_them) {
  RedisServer server;
  RedisCaller caller{server.url()};
  const RedisScript script{"return {KEYS[1], ARGV[1]}"};
  const auto run = [&] { return caller.call_command(script_command(script, {"{room}:a"}, {"value"})); };
  EXPECT_EQ((*run())[1].string(), "value");
  EXPECT_EQ((*run())[0].string(), "{room}:a");
  EXPECT_NE(server.run({"INFO", "commandstats"}).find("cmdstat_evalsha:calls=1"), std::string::npos);
  ASSERT_EQ(server.run({"SCRIPT", "FLUSH"}), "OK");
  EXPECT_EQ((*run())[1].string(), "value");
}

TEST(RedisClient, tells_a_command_which_node_it_is_sent_to) {
  RedisServer server;
  RedisCaller caller{server.url()};
  RedisCommand command = script_command(RedisScript{"return ARGV[1]"}, {"key"}, {"placeholder"});
  command.node_argument = 2;
  EXPECT_EQ(caller.call_command(std::move(command))->string(), caller.client().node_identity("key"));
  EXPECT_EQ(caller.client().node_identity("key"), "single");
}

TEST(RedisClient, tells_metrics_whether_the_engine_is_up) {
  RedisServer server;
  RedisCaller caller{server.url()};
  EXPECT_NE(caller.metrics().expose().find("pulso_engine_up{engine=\"redis\"} 1"), std::string::npos);
  server.kill();
  EXPECT_TRUE(eventually(
      [&] { return caller.metrics().expose().find("pulso_engine_up{engine=\"redis\"} 0") != std::string::npos; }));
}

}  // namespace
}  // namespace pulso::bus
