#include "features/seats/seats_messages.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "features/seats/room_definition.h"
#include "features/seats/seats_bodies.h"
#include "features/seats/user_info.h"

/// Everything that strangers send to seats as text. What is accepted must keep its promises.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pulso;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto message = seats::parse_message(text)) {
    if (!message->room.empty() && !is_identifier(message->room.value())) std::abort();
    if (!message->seat.empty() && !is_identifier(message->seat.value())) std::abort();
    if (const auto shared = seats::shared_user_info(message->user_info, seats::UserInfoShared::all)) {
      if (shared->find_first_of("<>") != std::string::npos) std::abort();
    }
  } else {
    static_cast<void>(seats::encode_error(message.error().refusal, message.error().room, message.error().seat));
  }
  static_cast<void>(seats::parse_room_definition(text));
  static_cast<void>(seats::parse_confirm_body(text));
  static_cast<void>(seats::parse_seat_body(text, "A1"));
  return 0;
}
