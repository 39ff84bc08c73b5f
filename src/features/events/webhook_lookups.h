#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/clock.h"
#include "base/result.h"

namespace pulso::events {

/// Finds the addresses of hosts that strangers name. The system's look-up blocks for as long as name servers keep
/// silent, so it runs on threads of its own, and nobody waits for it longer than he may. A host is looked up once at a
/// time: whoever asks meanwhile gets the same answer, and who asks for one that hangs is refused at once.
class WebhookLookups {
 public:
  using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;
  /// Blocks; called on any of the threads.
  using LookUp = std::function<Result<Endpoints>(const std::string& host, const std::string& port)>;
  /// At once, those that nobody waits for any more among them; one more is refused with `Errc::unavailable`.
  static constexpr std::size_t lookups_max = 16;

  /// `executor` is of one thread, the one that calls.
  WebhookLookups(boost::asio::any_io_executor executor, LookUp look_up);
  /// Waits for the look-ups that run: the system ends each by itself.
  ~WebhookLookups() { threads_.join(); }
  WebhookLookups(const WebhookLookups&) = delete;
  WebhookLookups& operator=(const WebhookLookups&) = delete;

  [[nodiscard]] boost::asio::awaitable<Result<Endpoints>> resolve(std::string host, std::string port,
                                                                  milliseconds timeout);
  [[nodiscard]] static Result<Endpoints> ask_system(const std::string& host, const std::string& port);

 private:
  struct Running;
  using All = std::map<std::string, std::shared_ptr<Running>>;

  std::shared_ptr<Running> start(const std::string& host, const std::string& port, milliseconds timeout);

  boost::asio::any_io_executor executor_;
  LookUp look_up_;
  std::shared_ptr<All> running_ = std::make_shared<All>();  ///< answers may come to the executor when this is gone
  boost::asio::thread_pool threads_{lookups_max};
};

}  // namespace pulso::events
