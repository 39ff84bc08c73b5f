#pragma once
#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "net/connection_limits.h"
#include "net/connection_list.h"
#include "net/http_options.h"
#include "net/http_router.h"
#include "ops/metrics.h"

namespace pulso::net {

/// What every HTTP connection of a server refers to; outlives them all.
struct HttpService {
  HttpService(HttpOptions http_options, Router http_router, std::size_t shard_count, ops::Metrics& metrics);

  const HttpOptions options;
  const Router router;
  ConnectionLimits limits;
  std::vector<ConnectionList> connections;  ///< by shard; each touched by its thread only
  std::atomic<std::size_t> connection_count{0};
  std::atomic<bool> is_draining{false};

  ops::Counter& requests;
  ops::Counter& bad_requests;
  ops::Counter& timeouts;
  ops::Counter& refused_connections;
  ops::Counter& rate_limited;
  ops::Histogram& request_seconds;
};

}  // namespace pulso::net
