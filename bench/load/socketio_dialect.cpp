#include <utility>

#include <fmt/format.h>

#include "load/dialect.h"

namespace pulso::bench {
namespace {

// Packets of Engine.IO 4, and within its messages (4) of Socket.IO 5.
constexpr std::string_view ping = "2";
constexpr std::string_view pong = "3";
constexpr std::string_view connect = "40";
constexpr std::string_view disconnect = "41";
constexpr std::string_view connect_error = "44";
constexpr std::string_view delivery = R"(42["message",)";
/// Acknowledged only after what was sent before it: then the room has been joined.
constexpr std::string_view who = R"(420["who"])";
constexpr std::string_view who_answer = "430";

class SocketioDialect final : public Dialect {
 public:
  SocketioDialect(std::string room, std::size_t payload_bytes) : room_(std::move(room)) {
    const std::string payload(payload_bytes, 'x');
    publication_ = room_.empty() ? fmt::format(R"({}"{}"])", delivery, payload)
                                 : fmt::format(R"(42["to-room","{}","message","{}"])", room_, payload);
  }

  std::string target(std::size_t) const override { return "/socket.io/?EIO=4&transport=websocket"; }
  std::string greeting(std::size_t) const override { return std::string(connect); }
  Heard hear(std::string_view message) const override {
    if (message.starts_with(delivery)) return Heard::delivery;
    if (message == ping) return Heard::question;
    if (message.starts_with(connect)) return room_.empty() ? Heard::joined : Heard::question;
    if (message.starts_with(who_answer)) return Heard::joined;
    return message.starts_with(connect_error) || message.starts_with(disconnect) ? Heard::refusal : Heard::other;
  }
  std::vector<std::string> answers(std::string_view question) const override {
    if (question == ping) return {std::string(pong)};
    return {fmt::format(R"(42["join","{}"])", room_), std::string(who)};
  }
  std::string publication(std::uint64_t) const override { return publication_; }
  bool publisher_hears() const override { return room_.empty(); }
  std::string goodbye() const override { return std::string(disconnect); }

 private:
  std::string room_;
  std::string publication_;
};

}  // namespace

std::unique_ptr<Dialect> make_socketio_dialect(std::string room, std::size_t payload_bytes) {
  return std::make_unique<SocketioDialect>(std::move(room), payload_bytes);
}

}  // namespace pulso::bench
