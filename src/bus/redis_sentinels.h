#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/clock.h"
#include "bus/redis_link.h"
#include "bus/redis_options.h"
#include "bus/redis_reply.h"

namespace pulso::bus {

/// What one sentinel says; it counts with both parts.
struct SentinelOpinion {
  std::optional<RedisEndpoint> master;
  std::optional<std::int64_t> epoch;  ///< `config-epoch`: grows with each failover
};
/// The opinion of the highest epoch, if that is not older than `epoch_known`; else null.
[[nodiscard]] const SentinelOpinion* newest_opinion(std::span<const std::shared_ptr<SentinelOpinion>> opinions,
                                                    std::int64_t epoch_known) noexcept;

/// Asks all sentinels for the master, at the start, when one of them announces a switch, and when told to. The answer
/// of the highest configuration epoch counts, and an older epoch never again: a sentinel that was cut off cannot lead
/// back to a deposed master. Lives on its context's thread.
class RedisSentinels {
 public:
  static constexpr milliseconds answer_timeout{500};

  /// `on_master` hears each conclusion, the unchanged ones too.
  RedisSentinels(boost::asio::io_context& context, const RedisOptions& options,
                 std::function<void(const RedisEndpoint&)> on_master);
  void start();
  void close(const Error& reason);
  void ask();
  /// Whether an answer may still come.
  [[nodiscard]] bool is_asking() const noexcept { return answers_missing_ > 0; }

 private:
  struct Sentinel {
    std::shared_ptr<RedisLink> queries;
    std::shared_ptr<RedisLink> announcements;
  };

  void ask(RedisLink& sentinel);
  void conclude();

  std::string master_name_;
  std::function<void(const RedisEndpoint&)> on_master_;
  std::vector<Sentinel> sentinels_;
  std::vector<std::shared_ptr<SentinelOpinion>> opinions_;
  std::size_t answers_missing_ = 0;
  bool must_ask_again_ = false;
  bool is_closed_ = false;
  bool has_warned_ = false;  // that no sentinel answers: once, until one does
  std::int64_t epoch_known_ = -1;
};

}  // namespace pulso::bus
