#include "features/tracks/upload_worker.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "ops/log.h"

namespace pulso::tracks {

namespace asio = boost::asio;

using Added = Result<TrackImporter::Imported>;

namespace {

/// What a library throws over a stranger's file must not end the process.
Added run_safely(const UploadWorker::Work& work, const std::stop_token& stop) try {
  return work(stop);
} catch (const std::exception& exception) {
  ops::log_error("tracks", "an upload ended with an exception", {{"error", exception.what()}});
  return fail(Errc::internal);
}

}  // namespace

asio::awaitable<Added> UploadWorker::run(Work work) {
  if (waiting_.fetch_add(1) >= waiting_max) {
    --waiting_;
    co_return fail(Errc::unavailable, "too many uploads wait");
  }
  const auto executor = co_await asio::this_coro::executor;
  co_return co_await asio::async_initiate<decltype(asio::use_awaitable), void(Added)>(
      [this, executor, work = std::move(work)](auto handler) mutable {
        // The handler goes back to the caller's loop; this thread never runs a coroutine.
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        asio::post(thread_, [this, executor, shared, work = std::move(work)]() mutable {
          Added added = stop_.stop_requested() ? Added{fail(Errc::cancelled)} : run_safely(work, stop_.get_token());
          work = nullptr;
          --waiting_;
          asio::post(executor, [shared = std::move(shared), added = std::move(added)]() mutable {
            std::move (*shared)(std::move(added));
          });
        });
      },
      asio::use_awaitable);
}

void UploadWorker::stop() {
  stop_.request_stop();
  thread_.join();
}

}  // namespace pulso::tracks
