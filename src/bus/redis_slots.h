#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bus/redis_options.h"
#include "bus/redis_reply.h"

namespace pulso::bus {

inline constexpr std::uint16_t redis_slot_count = 16384;

/// The hash slot of a key or sharded channel: CRC16 (XMODEM) modulo 16384 of what stands in the first non-empty `{…}`,
/// else of the whole key (Redis Cluster specification, "Hash tags").
[[nodiscard]] std::uint16_t redis_slot(std::string_view key) noexcept;

/// Which master serves which slot.
class RedisSlotMap {
 public:
  RedisSlotMap() { owners_.fill(no_owner); }
  /// Nothing for a slot that is not covered.
  [[nodiscard]] std::optional<RedisEndpoint> owner(std::uint16_t slot) const;
  void assign(std::uint16_t slot, const RedisEndpoint& owner);
  [[nodiscard]] bool is_complete() const noexcept;
  /// Masters with at least one slot.
  [[nodiscard]] std::vector<RedisEndpoint> owners() const;

 private:
  static constexpr std::uint16_t no_owner = 0xFFFF;
  std::array<std::uint16_t, redis_slot_count> owners_;  // index into nodes_
  std::vector<RedisEndpoint> nodes_;
};

/// The answer to `CLUSTER SLOTS`. A node that doesn't know its own address sends an empty host: then it is `asked`'s.
/// `Errc::internal` when the answer has another shape.
[[nodiscard]] Result<RedisSlotMap> parse_cluster_slots(const RedisReply& reply, const RedisEndpoint& asked);

/// `MOVED 866 127.0.0.1:7001`, `ASK 866 [::1]:7001`.
struct RedisRedirect {
  std::uint16_t slot = 0;
  RedisEndpoint target;
};
/// Nothing when the error is no redirect. `asked` stands in for an empty host.
[[nodiscard]] std::optional<RedisRedirect> parse_redirect(std::string_view error, const RedisEndpoint& asked);

}  // namespace pulso::bus
