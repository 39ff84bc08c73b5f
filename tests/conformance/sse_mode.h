#pragma once
#include <memory>
#include <vector>

#include "net/http_router.h"
#include "net/shard.h"

namespace pulso::conformance {

/// Event streams by topic: what the README here says of `--sse`.
class SseMode {
 public:
  virtual ~SseMode() = default;
  virtual void add_routes(net::Router& router) = 0;
};

/// `is_measured`: with the product's heartbeats.
[[nodiscard]] std::unique_ptr<SseMode> create_sse_mode(std::vector<net::Shard*> shards, bool is_measured);

}  // namespace pulso::conformance
