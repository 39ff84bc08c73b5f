#include "load/dialect.h"

#include <utility>

#include <fmt/format.h>

#include "load/seats.h"

namespace pulso::bench {
namespace {

class RawDialect final : public Dialect {
 public:
  RawDialect(std::string target, std::size_t payload_bytes)
      : target_(std::move(target)), payload_(payload_bytes, 'x') {}

  std::string target(std::size_t) const override { return target_; }
  std::string greeting(std::size_t) const override { return {}; }
  Heard hear(std::string_view) const override { return Heard::delivery; }
  std::string publication(std::uint64_t) const override { return payload_; }

 private:
  std::string target_;
  std::string payload_;
};

class SseDialect final : public Dialect {
 public:
  SseDialect(std::string target, std::string publish_target, std::size_t payload_bytes, PublicationBody body)
      : target_(std::move(target)),
        publish_target_(std::move(publish_target)),
        payload_(payload_bytes, 'x'),
        body_(body),
        publication_(body == PublicationBody::events ? std::string{} : post(0)) {}

  std::string target(std::size_t) const override { return target_; }
  std::string greeting(std::size_t) const override { return {}; }
  Heard hear(std::string_view) const override { return Heard::delivery; }
  std::string publication(std::uint64_t sequence) const override {
    return publication_.empty() ? post(sequence) : publication_;
  }
  bool publisher_hears() const override { return false; }
  bool is_event_stream() const override { return true; }
  /// An account's stream says welcome.
  std::size_t first_events() const override { return body_ == PublicationBody::events ? 1 : 0; }

 private:
  std::string post(std::uint64_t sequence) const {
    const std::string body = body_ == PublicationBody::plain ? payload_
                             : body_ == PublicationBody::json
                                 ? fmt::format(R"({{"data":"{}"}})", payload_)
                                 : fmt::format(R"({{"type":"note","id":"n{}","data":"{}"}})", sequence, payload_);
    return fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}",
                       publish_target_, body_ == PublicationBody::plain ? "text/plain" : "application/json",
                       body.size(), body);
  }

  std::string target_, publish_target_, payload_;
  PublicationBody body_;
  std::string publication_;  ///< empty where each is another
};

class SeatsDialect final : public Dialect {
 public:
  SeatsDialect(std::string room, std::size_t user_info_bytes)
      : room_(std::move(room)),
        select_(seats::select_seat(room_, seat, user_info_bytes)),
        release_(seats::release_seat(room_, seat)) {}

  std::string target(std::size_t client) const override { return seats::target(client, {}); }
  std::string greeting(std::size_t) const override { return seats::join_room(room_); }
  Heard hear(std::string_view message) const override {
    const std::string_view type = seats::string_field(message, "type");
    if (type == "seat_selected" || type == "seat_released") return Heard::delivery;
    // The second of the two answers to join_room.
    if (type == "current_selections") return Heard::joined;
    return type == "error" ? Heard::refusal : Heard::other;
  }
  std::string publication(std::uint64_t sequence) const override { return sequence % 2 == 0 ? select_ : release_; }

 private:
  static constexpr std::string_view seat = "B-1";
  std::string room_;
  std::string select_;
  std::string release_;
};

}  // namespace

std::unique_ptr<Dialect> make_raw_dialect(std::string target, std::size_t payload_bytes) {
  return std::make_unique<RawDialect>(std::move(target), payload_bytes);
}

std::unique_ptr<Dialect> make_sse_dialect(std::string target, std::string publish_target, std::size_t payload_bytes,
                                          PublicationBody body) {
  return std::make_unique<SseDialect>(std::move(target), std::move(publish_target), payload_bytes, body);
}

std::unique_ptr<Dialect> make_seats_dialect(std::string room, std::size_t user_info_bytes) {
  return std::make_unique<SeatsDialect>(std::move(room), user_info_bytes);
}

}  // namespace pulso::bench
