#include "bus/redis_client.h"

#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "bus/redis_cluster_router.h"
#include "bus/redis_master_router.h"
#include "bus/redis_router.h"

namespace pulso::bus {
namespace {

class AsioRedisClient final : public RedisClient {
 public:
  AsioRedisClient(RedisOptions options, ops::Metrics& metrics)
      : mode_(options.mode),
        seconds_(metrics.histogram("pulso_redis_command_seconds", "From handing a command over to its answer.")),
        failures_(metrics.counter("pulso_redis_failures_total", "Redis commands without an answer of the server.")),
        work_(context_.get_executor()) {
    if (mode_ == RedisMode::cluster) {
      router_ = std::make_unique<RedisClusterRouter>(context_, std::move(options), metrics);
    } else {
      router_ = std::make_unique<RedisMasterRouter>(context_, std::move(options), metrics);
    }
    boost::asio::post(context_, [this] { router_->start(); });
    thread_ = std::thread{[this] { context_.run(); }};
  }

  ~AsioRedisClient() override {
    boost::asio::post(context_, [this] {
      drain();
      router_->stop();
      context_.stop();
    });
    thread_.join();
  }

  void send(RedisCommand command, Handler done) override {
    if (in_flight_.fetch_add(1, std::memory_order_relaxed) >= commands_in_flight_max) {
      in_flight_.fetch_sub(1, std::memory_order_relaxed);
      failures_.add();
      done(fail(Errc::unavailable, "too many commands wait for Redis"));
      return;
    }
    const SteadyTime now = std::chrono::steady_clock::now();
    auto request = std::make_unique<RedisRequest>();
    request->deadline = now + command.timeout;
    request->command = std::move(command);
    request->done = [this, now, done = std::move(done)](Result<RedisReply> reply) mutable {
      in_flight_.fetch_sub(1, std::memory_order_relaxed);
      if (!reply) failures_.add();
      seconds_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - now).count());
      done(std::move(reply));
    };
    const std::lock_guard lock{mutex_};
    inbox_.push_back(std::move(request));
    // One wake-up for all that arrives until the loop turns.
    if (inbox_.size() == 1) boost::asio::post(context_, [this] { drain(); });
  }

  [[nodiscard]] std::string node_identity(std::string_view key) const override { return router_->node_identity(key); }
  [[nodiscard]] bool is_connected() const noexcept override { return router_->is_connected(); }
  [[nodiscard]] RedisMode mode() const noexcept override { return mode_; }
  [[nodiscard]] RedisRouter& router() noexcept override { return *router_; }

 private:
  void drain() {
    std::vector<RedisRequestRef> requests;
    {
      const std::lock_guard lock{mutex_};
      requests.swap(inbox_);
    }
    for (RedisRequestRef& request : requests) router_->dispatch(std::move(request));
  }

  RedisMode mode_;
  ops::Histogram& seconds_;
  ops::Counter& failures_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::unique_ptr<RedisRouter> router_;
  std::atomic<std::size_t> in_flight_ = 0;
  std::mutex mutex_;
  std::vector<RedisRequestRef> inbox_;  // under mutex_
  std::thread thread_;
};

}  // namespace

boost::asio::awaitable<Result<RedisReply>> RedisClient::call(RedisCommand command) {
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Result<RedisReply>)>(
      [this](auto handler, RedisCommand handed_over) {
        // The caller's loop is kept running until its answer is there.
        auto executor = boost::asio::prefer(boost::asio::get_associated_executor(handler),
                                            boost::asio::execution::outstanding_work.tracked);
        send(std::move(handed_over), [handler = std::move(handler), executor](Result<RedisReply> reply) mutable {
          boost::asio::post(executor, [handler = std::move(handler), reply = std::move(reply)]() mutable {
            std::move(handler)(std::move(reply));
          });
        });
      },
      boost::asio::use_awaitable, std::move(command));
}

boost::asio::awaitable<Result<RedisReply>> RedisClient::eval(RedisScript script, std::vector<std::string> keys,
                                                             std::vector<std::string> arguments, milliseconds timeout) {
  RedisCommand command = script_command(std::move(script), std::move(keys), std::move(arguments));
  command.timeout = timeout;
  return call(std::move(command));
}

std::string_view RedisClient::publish_command() const noexcept {
  return mode() == RedisMode::cluster ? "SPUBLISH" : "PUBLISH";
}

RedisCommand script_command(RedisScript script, std::vector<std::string> keys, std::vector<std::string> arguments) {
  RedisCommand command;
  if (!keys.empty()) command.key = keys.front();
  command.arguments.reserve(1 + keys.size() + arguments.size());
  command.arguments.push_back(std::to_string(keys.size()));
  for (std::string& key : keys) command.arguments.push_back(std::move(key));
  for (std::string& argument : arguments) command.arguments.push_back(std::move(argument));
  command.script = std::move(script);
  return command;
}

std::unique_ptr<RedisClient> create_redis_client(RedisOptions options, ops::Metrics& metrics) {
  return std::make_unique<AsioRedisClient>(std::move(options), metrics);
}

}  // namespace pulso::bus
