#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "features/tracks/track_import.h"

namespace pulso::tracks {

/// The thread that uploads are read and decoded on, one at a time, so that they can't take more than one core from the
/// listeners. `waiting_max` may wait for it; one more is refused with `Errc::unavailable`.
class UploadWorker {
 public:
  /// Soon gives `Errc::cancelled` once it is asked to stop.
  using Work = std::function<Result<TrackImporter::Imported>(const std::stop_token& stop)>;
  static constexpr std::size_t waiting_max = 8;

  /// Runs `work` on the thread; the coroutine goes on where it was.
  [[nodiscard]] boost::asio::awaitable<Result<TrackImporter::Imported>> run(Work work);
  /// Asks the one in work to stop, refuses those that wait, and joins the thread. While the loops still run.
  void stop();

 private:
  boost::asio::thread_pool thread_{1};
  std::atomic<std::size_t> waiting_{0};
  std::stop_source stop_;
};

}  // namespace pulso::tracks
