#include "net/engineio_drain.h"

#include <utility>

#include "net/engineio_connection.h"
#include "net/shard.h"

namespace pulso::net {
namespace {

constexpr std::size_t steps = 20;  // of one tick each

}  // namespace

EngineioDrain::EngineioDrain(Shard& shard, std::vector<std::weak_ptr<EngineioConnection>> sessions)
    : shard_(shard), sessions_(std::move(sessions)), sessions_per_step_(sessions_.size() / steps + 1) {}

void EngineioDrain::on_timer() {
  for (std::size_t i = 0; i < sessions_per_step_ && !sessions_.empty(); ++i) {
    const auto session = sessions_.back().lock();
    sessions_.pop_back();
    if (session && session->is_polling()) session->finish(EngineioCloseReason::shutting_down);
  }
  if (!sessions_.empty()) shard_.wheel().arm(*this, TimingWheel::tick);
}

}  // namespace pulso::net
