#include "bus/redis_pipeline.h"

#include <algorithm>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include <hiredis/hiredis.h>

namespace pulso::bus {

void append_command(std::string& out, std::span<const std::string_view> arguments) {
  std::vector<const char*> data;
  std::vector<std::size_t> lengths;
  data.reserve(arguments.size());
  lengths.reserve(arguments.size());
  for (const std::string_view argument : arguments) {
    data.push_back(argument.data());
    lengths.push_back(argument.size());
  }
  char* wire = nullptr;
  const int length = redisFormatCommandArgv(&wire, static_cast<int>(data.size()), data.data(), lengths.data());
  if (length < 0) throw std::bad_alloc{};  // its only failure
  const std::unique_ptr<char, decltype(&redisFreeCommand)> owner{wire, &redisFreeCommand};
  out.append(wire, static_cast<std::size_t>(length));
}

void RedisPipeline::push(std::string_view wire, SteadyTime deadline, RedisHandler done) {
  if (has_failed_ || unanswered_.size() >= unanswered_max || outgoing_.size() + wire.size() > outgoing_bytes_max) {
    done(fail(Errc::unavailable, "too much is waiting for Redis"));
    return;
  }
  outgoing_ += wire;
  unanswered_.push_back({deadline, std::move(done)});
  next_deadline_ = std::min(next_deadline_, deadline);
}

Result<void> RedisPipeline::feed(std::string_view bytes) {
  if (auto fed = reader_.feed(bytes); !fed) return fed;
  while (!has_failed_) {
    auto reply = reader_.next();
    if (!reply) return fail(reply);
    if (!*reply) break;
    if (unanswered_.empty()) {
      on_push_(std::move(**reply));
      continue;
    }
    RedisHandler done = std::move(unanswered_.front().done);
    unanswered_.pop_front();
    if (done) done(std::move(**reply));
  }
  return {};
}

void RedisPipeline::expire(SteadyTime now) {
  std::vector<RedisHandler> late;
  next_deadline_ = SteadyTime::max();
  for (Unanswered& command : unanswered_) {
    if (!command.done) continue;
    if (command.deadline <= now) {
      late.push_back(std::exchange(command.done, nullptr));
    } else {
      next_deadline_ = std::min(next_deadline_, command.deadline);
    }
  }
  for (RedisHandler& done : late) done(fail(Errc::unavailable, "Redis did not answer in time"));
}

void RedisPipeline::fail_all(const Error& error) {
  has_failed_ = true;
  outgoing_.clear();
  next_deadline_ = SteadyTime::max();
  for (Unanswered& command : std::exchange(unanswered_, {})) {
    if (command.done) command.done(std::unexpected{error});
  }
}

}  // namespace pulso::bus
