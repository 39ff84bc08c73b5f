#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "features/tracks/playback_reports.h"

namespace pulso::tracks {

/// One connection of a user's device: who it is, what its reports have shown, and what it asked for, done one after the
/// other. Touched by its shard's thread only.
class DeviceSession : public std::enable_shared_from_this<DeviceSession> {
 public:
  using Job = std::move_only_function<boost::asio::awaitable<void>()>;

  /// Messages that wait their turn; one more is refused.
  static constexpr std::size_t jobs_max = 64;

  DeviceSession(boost::asio::any_io_executor executor, UserId user, DeviceId device);

  [[nodiscard]] const UserId& user() const noexcept { return user_; }
  [[nodiscard]] const DeviceId& device() const noexcept { return device_; }
  /// Names this connection among those of the device.
  [[nodiscard]] const std::string& connection() const noexcept { return connection_; }
  [[nodiscard]] const std::shared_ptr<DeviceView>& view() const noexcept { return view_; }

  enum class Admission : std::uint8_t {
    accepted,
    replaced,  ///< in the place of a report that waited and says less
    refused,
  };
  /// A `replaceable` job, a report that asks for no answer, gives way to another one behind it.
  Admission enqueue(Job job, bool is_replaceable);
  /// Without bound: for what must be done, as leaving.
  void enqueue_last(Job job);

 private:
  struct Waiting {
    Job job;
    bool is_replaceable;
  };
  void start();
  boost::asio::awaitable<void> run(std::shared_ptr<DeviceSession> self);

  boost::asio::any_io_executor executor_;
  UserId user_;
  DeviceId device_;
  std::string connection_;
  std::shared_ptr<DeviceView> view_ = std::make_shared<DeviceView>();
  std::deque<Waiting> waiting_;
  bool is_running_ = false;
};

}  // namespace pulso::tracks
