#pragma once
#include <atomic>

#include "net/engineio_registry.h"
#include "net/engineio_server.h"

namespace pulso::net {

/// What every session of an Engine.IO endpoint refers to; outlives them all.
struct EngineioService {
  explicit EngineioService(const EngineioOptions& engineio_options) : options(engineio_options) {}

  const EngineioOptions options;
  EngineioRegistry registry;
  std::atomic<bool> is_draining{false};
};

}  // namespace pulso::net
