#pragma once
#include <memory>

#include "bus/bus.h"
#include "bus/redis_client.h"
#include "ops/metrics.h"

namespace pulso::bus {

/// Fan-out over Redis: `SUBSCRIBE` and `PUBLISH`, in a cluster `SSUBSCRIBE` and `SPUBLISH` at the node that owns the
/// channel's slot. Works on `client`'s thread, with connections of its own for subscriptions. Both arguments outlive
/// the bus.
[[nodiscard]] std::unique_ptr<Bus> create_redis_bus(RedisClient& client, ops::Metrics& metrics);

}  // namespace pulso::bus
