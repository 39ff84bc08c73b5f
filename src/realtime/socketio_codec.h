#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "realtime/socketio_publication.h"

namespace pulso::realtime {

/// A draft on its way between instances.
struct SocketioEnvelope {
  std::string id;  ///< of the message; copies by several channels have the same
  std::string name_space;
  std::string asker;              ///< the instance that gathers acknowledgements; empty: nobody is asked
  std::uint64_t question_id = 0;  ///< that instance's
  SocketioDraft draft;
};

/// What an instance's members have answered to a question.
struct SocketioReply {
  std::uint64_t question_id = 0;
  std::vector<SocketioArguments> answers;
  bool is_complete = true;
};

/// An event that was sent to one session alone.
struct SocketioOwnEvent {
  std::uint64_t number = 0;  ///< counts from 1
  LogPosition behind;        ///< the namespace's last event before it
  SocketioDraft draft;
};

// JSON, so that instances of other versions understand each other. What is not understood is `Errc::invalid_argument`.

[[nodiscard]] std::string encode_envelope(const SocketioEnvelope& envelope);
[[nodiscard]] Result<SocketioEnvelope> decode_envelope(std::string_view text);
[[nodiscard]] std::string encode_reply(const SocketioReply& reply);
[[nodiscard]] Result<SocketioReply> decode_reply(std::string_view text);
[[nodiscard]] std::string encode_own_event(const SocketioOwnEvent& event);
[[nodiscard]] Result<SocketioOwnEvent> decode_own_event(std::string_view text);
[[nodiscard]] std::string encode_rooms(const std::vector<std::string>& rooms);
[[nodiscard]] Result<std::vector<std::string>> decode_rooms(std::string_view text);

}  // namespace pulso::realtime
