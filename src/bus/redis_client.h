#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "bus/redis_options.h"
#include "bus/redis_reply.h"
#include "bus/redis_script.h"
#include "ops/metrics.h"

namespace pulso::bus {

class RedisRouter;

/// One command, or one run of a script.
struct RedisCommand {
  static constexpr milliseconds default_timeout{2000};

  /// Decides the cluster node: any of the command's keys, or its channel. Empty: any node.
  std::string key;
  /// Name first. With a script: the number of keys, the keys, the other arguments (`EVALSHA`'s after the digest).
  std::vector<std::string> arguments;
  std::optional<RedisScript> script;
  /// This element of `arguments` is replaced by the identity of the node that the command is sent to, at each sending,
  /// redirects included. See `RedisClient::node_identity`.
  std::optional<std::size_t> node_argument;
  milliseconds timeout = default_timeout;
};

/// Commands to Redis: one server, the master that sentinels name, or a cluster. Thread-safe. All I/O is done by one
/// thread of the client's own; commands of many callers are pipelined, and those of one loop turn go out in one write.
///
/// Order: commands handed over one after the other for keys of one slot are executed in that order, unless a redirect
/// or a flushed script cache makes the client send one of them again.
///
/// Failure: `Errc::unavailable` when the server is away, too slow, or the queue is full. A command that was in flight
/// then may have been executed, may even be executed later, and is never sent again; only replies that say "not
/// executed" (MOVED, ASK, TRYAGAIN, CLUSTERDOWN, READONLY, NOSCRIPT) lead to another try, within the command's timeout.
/// Before the first connection, and while a lost one is being made anew at once, commands wait; when that fails they
/// fail, at once from then on. A server that can't serve now (LOADING, BUSY, MASTERDOWN, NOREPLICAS, MISCONF, OOM) is
/// `Errc::unavailable` too. `Errc::internal` for CROSSSLOT: a bug of the caller. Other error replies (WRONGTYPE, a
/// script's own) are values: ask `RedisReply::is_error`.
class RedisClient {
 public:
  /// Commands that wait for their answers; one more fails with `Errc::unavailable`.
  static constexpr std::size_t commands_in_flight_max = 16'384;

  using Handler = std::move_only_function<void(Result<RedisReply>)>;

  /// Fails what is in flight with `Errc::cancelled` and joins the thread. Buses on this client are destroyed before.
  virtual ~RedisClient() = default;

  /// `done` is called exactly once, on the client's thread (on the caller's when the queue is full): it posts onward
  /// and returns quickly.
  virtual void send(RedisCommand command, Handler done) = 0;
  /// `send` for coroutines: completes on the caller's executor. The command is handed over when it is awaited.
  [[nodiscard]] boost::asio::awaitable<Result<RedisReply>> call(RedisCommand command);
  /// Runs a script; the first of `keys` decides the node, and all must be of one slot. The script is sent in full once
  /// per connection, by its digest afterwards.
  [[nodiscard]] boost::asio::awaitable<Result<RedisReply>> eval(RedisScript script, std::vector<std::string> keys,
                                                                std::vector<std::string> arguments,
                                                                milliseconds timeout = RedisCommand::default_timeout);

  /// Names the master that serves `key` now: it changes when a failover, or a slot that moves, puts another server in
  /// charge, and is the same seen from every instance. `host:port` with Sentinel and Cluster, `single` for one server,
  /// where no other can take over; empty while not known. A restart of the same server doesn't change it.
  [[nodiscard]] virtual std::string node_identity(std::string_view key) const = 0;

  /// Whether every master that is needed has answered lately; dead ones are found within 5 s.
  [[nodiscard]] virtual bool is_connected() const noexcept = 0;
  [[nodiscard]] virtual RedisMode mode() const noexcept = 0;
  /// `PUBLISH`, or `SPUBLISH` in a cluster: what scripts call to reach the subscribers of the Redis bus. In a cluster
  /// the channel must be of the slot of the script's keys, so both carry the same hash tag: channel `seats:{room-1}`
  /// beside key `seats:{room-1}:holds` (see `redis_slot`).
  [[nodiscard]] std::string_view publish_command() const noexcept;

  /// For the Redis bus: who owns what; used on the client's thread only.
  [[nodiscard]] virtual RedisRouter& router() noexcept = 0;
};

/// Begins to connect and returns at once. `metrics` outlives the client.
[[nodiscard]] std::unique_ptr<RedisClient> create_redis_client(RedisOptions options, ops::Metrics& metrics);

/// `EVALSHA` of `script` as a command: for `RedisClient::send`, or to set `node_argument` (counted from the key count:
/// argument `i` of `arguments` is element `1 + keys.size() + i`).
[[nodiscard]] RedisCommand script_command(RedisScript script, std::vector<std::string> keys,
                                          std::vector<std::string> arguments);

}  // namespace pulso::bus
