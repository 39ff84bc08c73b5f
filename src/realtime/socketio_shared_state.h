#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "bus/redis_client.h"
#include "realtime/socketio_codec.h"
#include "realtime/socketio_sessions.h"

namespace pulso::realtime {

/// What a client tells of where it is: the last event of the namespace's log that it has seen, `<ms>-<n>`, and behind
/// that the last one that it was sent alone, `<ms>-<n>.<number>`.
struct SocketioOffset {
  LogPosition position;
  std::optional<std::uint64_t> own_number;

  [[nodiscard]] static std::optional<SocketioOffset> parse(std::string_view text);
  [[nodiscard]] std::string text() const;
};

/// A namespace's log and the state of its sockets in Redis, where every instance finds them: a client goes on at
/// another one, too, when its own was killed. Each call is one atomic script. Thread-safe.
class SocketioSharedState {
 public:
  /// Events that one session is sent alone and that are kept for it; past these bytes they are too many to be told.
  static constexpr std::size_t own_events_max = 1000;
  static constexpr std::size_t own_bytes_max = std::size_t{16} << 20;
  /// Entries of the log that are read at a time: a reply of Redis is bounded.
  static constexpr std::size_t page_size = 256;

  struct Published {
    LogPosition position;      ///< zero: not logged
    std::size_t received = 0;  ///< by how many subscribers, those of several channels counted for each
  };
  struct Entry {
    LogPosition position;
    std::string payload;
  };

  SocketioSharedState(bus::RedisClient& redis, const SocketioOptions& options, ops::Metrics& metrics);

  /// Whether lost connections' state is kept at all.
  [[nodiscard]] bool recovers() const noexcept { return window_.has_value(); }
  /// A connected socket's state is written anew so often: an instance that dies can't say that its clients have gone.
  [[nodiscard]] milliseconds refresh_interval() const noexcept { return *window_ / 2; }

  /// `done` is called on the Redis client's thread.
  void publish(const std::string& name_space, const std::vector<std::string>& channels, std::string payload,
               bool is_logged, std::move_only_function<void(Result<Published>)> done);
  /// The log's next entries behind `position`, `page_size` at most; fewer are its last. `done` as above.
  void read_log(const std::string& name_space, LogPosition position,
                std::move_only_function<void(Result<std::vector<Entry>>)> done);
  /// All of them, page by page.
  [[nodiscard]] boost::asio::awaitable<Result<void>> read_log(std::string name_space, LogPosition position,
                                                              std::function<void(Entry)> take);
  /// The log's last entry's; zero when it is empty. `done` as above.
  void last_position(const std::string& name_space, std::move_only_function<void(Result<LogPosition>)> done);

  /// Takes a session up, from whoever has it. Nothing when it is unknown, over, another user's where `user` is known,
  /// or when not everything that its client has missed can be told any more.
  [[nodiscard]] boost::asio::awaitable<std::optional<SavedSession>> claim(std::string name_space,
                                                                          std::string private_id, SocketioOffset offset,
                                                                          std::optional<std::string> user);
  /// Writes the state of a socket that is connected, or with `is_over` of one whose connection was just lost.
  /// `taken` is called, on the Redis client's thread, when another connection has it.
  void save(
      const std::string& name_space, const SavedSession& session, bool is_over,
      std::move_only_function<void()> taken = [] {});
  void forget(const std::string& name_space, const std::string& private_id, std::uint64_t owner);
  void append_own(const std::string& name_space, const std::string& private_id, const SocketioOwnEvent& event);

 private:
  [[nodiscard]] milliseconds connected_lifetime() const noexcept { return *window_ + refresh_interval(); }
  [[nodiscard]] milliseconds log_lifetime() const noexcept { return connected_lifetime() + unnoticed_; }
  void run(bus::RedisCommand command, std::string_view what, std::move_only_function<void()> refused = [] {});

  bus::RedisClient& redis_;
  ops::Counter& sent_;
  ops::Counter& lost_;
  const std::optional<milliseconds> window_;
  const milliseconds unnoticed_;  ///< how long a connection may be dead before that is seen
  const std::size_t messages_max_;
  const bus::RedisScript publish_;
  const bus::RedisScript append_own_;
  const bus::RedisScript keep_;
  const bus::RedisScript claim_;
};

}  // namespace pulso::realtime
