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
  SseDialect(std::string target, const std::string& publish_target, std::size_t payload_bytes, bool as_json)
      : target_(std::move(target)) {
    const std::string payload(payload_bytes, 'x');
    const std::string body = as_json ? fmt::format(R"({{"data":"{}"}})", payload) : payload;
    publication_ =
        fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}",
                    publish_target, as_json ? "application/json" : "text/plain", body.size(), body);
  }

  std::string target(std::size_t) const override { return target_; }
  std::string greeting(std::size_t) const override { return {}; }
  Heard hear(std::string_view) const override { return Heard::delivery; }
  std::string publication(std::uint64_t) const override { return publication_; }
  bool publisher_hears() const override { return false; }
  bool is_event_stream() const override { return true; }

 private:
  std::string target_;
  std::string publication_;
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
                                          bool as_json) {
  return std::make_unique<SseDialect>(std::move(target), publish_target, payload_bytes, as_json);
}

std::unique_ptr<Dialect> make_seats_dialect(std::string room, std::size_t user_info_bytes) {
  return std::make_unique<SeatsDialect>(std::move(room), user_info_bytes);
}

}  // namespace pulso::bench
