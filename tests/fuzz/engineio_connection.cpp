// An Engine.IO session in the hands of a stranger, who polls, posts, probes, upgrades, goes silent and gives up in any
// order, while the server sends and closes: it ends once at most, and hears nothing after that.
#include "net/engineio_connection.h"

#include <cstdint>
#include <cstdlib>
#include <ranges>

#include "support/engineio_world.h"
#include "support/fuzz_lines.h"

namespace {

using pulso::milliseconds;

void require(bool condition) {
  if (!condition) std::abort();
}

class World : private pulso::support::EngineioWorld {
 public:
  World() {
    reports_.on_message = [this](std::string_view message) {
      require(reports_.ends.empty());
      require(message.size() <= options().message_bytes_max);
      if (message == "close") session_->close();
      if (message == "answer") session_->send(std::vector{pulso::support::text("answered")}, {});
    };
    handshake_ = session_->open();
  }

  /// One line of an input: what is done, and with what.
  void act(char what, std::string_view with) {
    switch (what) {
      case 'g':  // GET
        poll();
        break;
      case 'l':  // the poll's connection is lost
        if (!polls_.empty()) session_->on_poll_lost(polls_.back().get());
        break;
      case 'p':  // POST
        receive(with);
        break;
      case 'u':  // a WebSocket comes for this session
        if (peers_.size() < 4) peers_.push_back(connect(candidate()));
        break;
      case 'w':  // on the newest of them
        if (!peers_.empty()) peers_.back()->try_write(pulso::support::encode_client_frame(with));
        break;
      case 'b':
        if (!peers_.empty()) peers_.back()->try_write(pulso::support::encode_client_frame(with, {.opcode = 2}));
        break;
      case 'x':
        if (!peers_.empty()) peers_.pop_back();
        break;
      case 's':
        session_->send(std::vector{pulso::support::text(with.substr(0, 100))}, {});
        break;
      case 'c':
        session_->close();
        break;
      case 't':  // at most a second
        advance(milliseconds{10 + static_cast<int>(with.size() % 10) * 110});
        break;
      default:
        break;
    }
    run();
    require(reports_.ends.size() <= 1);
  }

  /// However long it is silent now, it ends.
  void end() {
    peers_.clear();
    run();
    for (int i = 0; i < 4 && reports_.ends.empty(); ++i) {
      now_ += std::chrono::seconds{10};
      shard_.wheel().advance(now_);
      run();
    }
    require(reports_.ends.size() == 1);
    const std::size_t heard = reports_.messages.size();
    receive("4too late");
    require(reports_.messages.size() == heard);
    require(service_.registry.size() == 0);
    // Whoever still waits is told.
    for (const auto& each : polls_) require(each->answer.has_value());
  }

 private:
  std::string handshake_;
  std::vector<std::unique_ptr<pulso::support::Peer>> peers_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  World world;
  for (const std::string_view line : pulso::support::lines_of(data, size) | std::views::take(100)) {
    if (!line.empty()) world.act(line.front(), line.substr(1));
  }
  world.end();
  return 0;
}
