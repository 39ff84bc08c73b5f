#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/ids.h"
#include "bus/redis_client.h"
#include "realtime/hub.h"

namespace pulso::events {

/// How many event streams each account has, on all instances together: what each has is told to the others every few
/// seconds, and forgotten when it is not told any more. Used on any loop.
class StreamCounts {
 public:
  using Counts = std::map<std::string, std::uint64_t>;  ///< by account; none has 0

  virtual ~StreamCounts() = default;
  /// Tells the others what there is here; while Redis is away they are not told.
  [[nodiscard]] virtual boost::asio::awaitable<void> share() = 0;
  /// While Redis is away, what is known: at least the streams here.
  [[nodiscard]] virtual boost::asio::awaitable<Counts> total() = 0;
};

/// Without Redis this instance is alone. Both outlive the answer.
[[nodiscard]] std::unique_ptr<StreamCounts> create_stream_counts(realtime::Hub& hub, bus::RedisClient* redis,
                                                                 const InstanceId& instance);

}  // namespace pulso::events
