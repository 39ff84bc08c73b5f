#include "store/database.h"

#include <future>

#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "store/database_url.h"
#include "store/soci_database.h"

namespace pulso::store {

namespace asio = boost::asio;

Result<std::unique_ptr<Database>> Database::open(const DatabaseOptions& options) {
  auto url = DatabaseUrl::parse(options.url);
  if (!url) return fail(url);
  return create_soci_database(*std::move(url), options);
}

Result<void> Database::run(Work work) {
  std::promise<Result<void>> promise;
  post(std::move(work), [&promise](Result<void> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

asio::awaitable<Result<void>> Database::submit(Work work, Durability durability) {
  const auto executor = co_await asio::this_coro::executor;
  co_return co_await asio::async_initiate<decltype(asio::use_awaitable), void(Result<void>)>(
      [this, executor, durability, work = std::move(work)](auto handler) mutable {
        // The handler goes back to the caller's loop; the database's thread never runs a coroutine.
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        post(
            std::move(work),
            [executor, shared](Result<void> result) {
              asio::post(executor,
                         [shared, result = std::move(result)]() mutable { std::move (*shared)(std::move(result)); });
            },
            durability);
      },
      asio::use_awaitable);
}

}  // namespace pulso::store
