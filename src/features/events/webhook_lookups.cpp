#include "features/events/webhook_lookups.h"

#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace pulso::events {

namespace asio = boost::asio;
using asio::ip::tcp;

struct WebhookLookups::Running {
  asio::steady_timer deadline;  ///< of those who wait; cancelled when there is an answer
  std::optional<Result<Endpoints>> answer;
};

WebhookLookups::WebhookLookups(asio::any_io_executor executor, LookUp look_up)
    : executor_(std::move(executor)), look_up_(std::move(look_up)) {}

asio::awaitable<Result<WebhookLookups::Endpoints>> WebhookLookups::resolve(std::string host, std::string port,
                                                                           milliseconds timeout) {
  std::shared_ptr<Running> running;
  if (const auto found = running_->find(host + ":" + port); found != running_->end()) {
    running = found->second;
  } else if (running_->size() < lookups_max) {
    running = start(host, port, timeout);
  } else {
    co_return fail(Errc::unavailable, "too many names are being looked up");
  }
  boost::system::error_code ignored;
  co_await running->deadline.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  if (!running->answer) co_return fail(Errc::unavailable, "the name was not resolved in time");
  co_return *running->answer;
}

std::shared_ptr<WebhookLookups::Running> WebhookLookups::start(const std::string& host, const std::string& port,
                                                               milliseconds timeout) {
  auto running = std::make_shared<Running>(asio::steady_timer{executor_, timeout}, std::nullopt);
  const std::string key = host + ":" + port;
  running_->emplace(key, running);
  asio::post(threads_, [this, running, key, host, port]() mutable {
    auto answer = look_up_(host, port);
    asio::post(executor_, [all = running_, running = std::move(running), key = std::move(key),
                           answer = std::move(answer)]() mutable {
      running->answer = std::move(answer);
      running->deadline.cancel();
      all->erase(key);
    });
  });
  return running;
}

Result<WebhookLookups::Endpoints> WebhookLookups::ask_system(const std::string& host, const std::string& port) {
  asio::io_context unused{1};
  boost::system::error_code error;
  const auto found = tcp::resolver{unused}.resolve(host, port, error);
  if (error) return fail(Errc::unavailable, error.message());
  return Endpoints(found.begin(), found.end());
}

}  // namespace pulso::events
