#pragma once
#include <vector>

#include "net/engineio_registry.h"
#include "net/timing_wheel.h"

namespace pulso::net {

/// Ends the polling sessions of one shard over two seconds, so that their clients do not come back in one wave. What
/// still waits for a poll then is lost, as it would be with the process.
class EngineioDrain final : private TimerNode {
 public:
  EngineioDrain(Shard& shard, std::vector<std::weak_ptr<EngineioConnection>> sessions);
  /// On the shard's thread.
  void start() { on_timer(); }

 private:
  void on_timer() override;

  Shard& shard_;
  std::vector<std::weak_ptr<EngineioConnection>> sessions_;
  std::size_t sessions_per_step_;
};

}  // namespace pulso::net
