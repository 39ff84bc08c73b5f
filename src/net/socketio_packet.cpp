#include "net/socketio_packet.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/json_parse.h"
#include "base/json_write.h"
#include "net/websocket_encoder.h"

namespace pulso::net {
namespace {

namespace json = boost::json;

constexpr std::uint64_t id_max = (std::uint64_t{1} << 53) - 1;
/// Events that only the libraries themselves raise.
constexpr std::array<std::string_view, 6> reserved_events{"connect",       "connect_error", "disconnect",
                                                          "disconnecting", "newListener",   "removeListener"};

std::unexpected<Error> bad(std::string_view what) {
  return fail(Errc::invalid_argument, std::string{what});
}

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// Takes the digits that `text` begins with; nothing when there are none or the number passes `max`.
std::optional<std::uint64_t> take_number(std::string_view& text, std::uint64_t max) noexcept {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number > max) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool are_placeholders_in_range(const json::value& value, std::size_t count) noexcept {
  if (const json::array* array = value.if_array()) {
    return std::ranges::all_of(*array, [&](const json::value& v) { return are_placeholders_in_range(v, count); });
  }
  const json::object* object = value.if_object();
  if (!object) return true;
  const json::value* mark = object->if_contains("_placeholder");
  if (mark && mark->is_bool() && mark->get_bool()) {
    const json::value* number = object->if_contains("num");
    if (!number) return false;
    const std::int64_t* index = number->if_int64();
    return index && *index >= 0 && static_cast<std::uint64_t>(*index) < count;
  }
  return std::ranges::all_of(*object,
                             [&](const auto& entry) { return are_placeholders_in_range(entry.value(), count); });
}

/// Takes the event's name out of the arguments. Numbers are names too, as in JavaScript.
bool take_event_name(SocketioPacket& packet) {
  if (packet.arguments.empty()) return false;
  const json::value& name = packet.arguments.front();
  if (name.is_string()) {
    packet.event = name.get_string();
    if (std::ranges::find(reserved_events, packet.event) != reserved_events.end()) return false;
  } else if (name.is_int64() || name.is_uint64()) {
    packet.event = write_json(name);
  } else {
    return false;
  }
  packet.arguments.erase(packet.arguments.begin());
  return true;
}

/// Puts the payload where its type wants it.
Result<void> accept_payload(SocketioPacket& packet, std::string_view text, const SocketioLimits& limits) {
  json::value payload;
  if (!text.empty()) {
    auto parsed = parse_json(text, limits.depth_max);
    if (!parsed) return bad("the payload is no JSON");
    payload = *std::move(parsed);
  }
  switch (packet.type) {
    case SocketioPacketType::connect:
      if (!text.empty() && !payload.is_object()) return bad("CONNECT takes an object");
      packet.data = std::move(payload);
      return {};
    case SocketioPacketType::disconnect:
      if (!text.empty()) return bad("DISCONNECT takes no payload");
      return {};
    case SocketioPacketType::connect_error:
      if (!payload.is_object() && !payload.is_string()) return bad("CONNECT_ERROR takes an object");
      packet.data = std::move(payload);
      return {};
    case SocketioPacketType::event:
    case SocketioPacketType::ack:
      break;
  }
  if (!payload.is_array()) return bad("the payload is no array");
  packet.arguments = std::move(payload.get_array());
  if (packet.type == SocketioPacketType::ack) {
    if (!packet.id) return bad("an acknowledgement without an id");
  } else if (!take_event_name(packet)) {
    return bad("an event has no name of its own");
  }
  return {};
}

std::string encode_head(char type, char binary_type, const SocketioHead& head) {
  std::string text{'4'};
  if (head.attachment_count > 0) {
    text += binary_type;
    text += std::to_string(head.attachment_count);
    text += '-';
  } else {
    text += type;
  }
  if (head.name_space != "/") {
    text += head.name_space;
    text += ',';
  }
  if (head.id) text += std::to_string(*head.id);
  return text;
}

void append_string(std::string& text, std::string_view value) {
  text += write_json_string(value);
}

}  // namespace

struct SocketioDecoder::Partial {
  SocketioPacket packet;
  std::size_t attachment_count = 0;
};

SocketioDecoder::SocketioDecoder() = default;
SocketioDecoder::~SocketioDecoder() = default;

Result<std::optional<SocketioPacket>> SocketioDecoder::decode_text(std::string_view message,
                                                                   const SocketioLimits& limits) {
  if (partial_) return bad("text came where an attachment was awaited");
  if (message.empty() || message.front() < '0' || message.front() > '6') return bad("no such packet type");
  const int wire_type = message.front() - '0';
  message.remove_prefix(1);
  const bool is_binary = wire_type >= 5;

  SocketioPacket packet;
  packet.type = static_cast<SocketioPacketType>(is_binary ? wire_type - 3 : wire_type);
  std::size_t attachment_count = 0;
  if (is_binary) {
    const auto count = take_number(message, limits.attachments_max);
    if (!count || !message.starts_with('-')) return bad("no, or too many, attachments");
    message.remove_prefix(1);
    attachment_count = static_cast<std::size_t>(*count);
  }
  if (message.starts_with('/')) {
    const std::size_t end = std::min(message.find(','), message.size());
    if (end > limits.name_space_bytes_max) return bad("the namespace's name is too long");
    packet.name_space = message.substr(0, end);
    message.remove_prefix(std::min(end + 1, message.size()));
  }
  if (!message.empty() && is_digit(message.front())) {
    packet.id = take_number(message, id_max);
    if (!packet.id) return bad("the id is too large");
  }
  if (auto accepted = accept_payload(packet, message, limits); !accepted) return fail(accepted);
  if (is_binary && !are_placeholders_in_range(packet.arguments, attachment_count)) return bad("no such attachment");
  if (attachment_count == 0) return std::optional{std::move(packet)};
  partial_ = std::make_unique<Partial>(std::move(packet), attachment_count);
  return std::nullopt;
}

Result<std::optional<SocketioPacket>> SocketioDecoder::decode_binary(std::string_view message) {
  if (!partial_) return bad("an attachment came that nothing announced");
  partial_->packet.attachments.emplace_back(message);
  if (partial_->packet.attachments.size() < partial_->attachment_count) return std::nullopt;
  const std::unique_ptr<Partial> complete = std::move(partial_);
  return std::optional{std::move(complete->packet)};
}

std::string encode_socketio_event(const SocketioHead& head, std::string_view event, const json::array& arguments) {
  std::string text = encode_head('2', '5', head);
  text += '[';
  append_string(text, event);
  if (arguments.empty()) {
    text += ']';
    return text;
  }
  std::string list = write_json(arguments);
  list.front() = ',';
  text += list;
  return text;
}

std::string encode_socketio_ack(const SocketioHead& head, const json::array& arguments) {
  return encode_head('3', '6', head) + write_json(arguments);
}

std::string encode_socketio_connect(std::string_view name_space, std::string_view sid, std::string_view pid) {
  std::string text = encode_head('0', '0', {.name_space = name_space, .id = {}});
  text += R"({"sid":)";
  append_string(text, sid);
  if (!pid.empty()) {
    text += R"(,"pid":)";
    append_string(text, pid);
  }
  text += '}';
  return text;
}

std::string encode_socketio_connect_error(std::string_view name_space, std::string_view message,
                                          const json::value& data) {
  std::string text = encode_head('4', '4', {.name_space = name_space, .id = {}});
  text += R"({"message":)";
  append_string(text, message);
  if (!data.is_null()) {
    text += R"(,"data":)";
    text += write_json(data);
  }
  text += '}';
  return text;
}

std::string encode_socketio_disconnect(std::string_view name_space) {
  return encode_head('1', '1', {.name_space = name_space, .id = {}});
}

void insert_socketio_id(std::string& event_text, std::uint64_t id) {
  // `42["…`, `451-/namespace,["…`: the id stands before the arguments.
  std::size_t at = 2;
  if (event_text[1] == '5') at = event_text.find('-') + 1;
  if (event_text[at] == '/') at = event_text.find(',', at) + 1;
  event_text.insert(at, std::to_string(id));
}

void append_socketio_offset(std::string& event_text, std::string_view offset) {
  event_text.back() = ',';
  append_string(event_text, offset);
  event_text += ']';
}

std::vector<FrameRef> frames_of_socketio(std::string_view text, const std::vector<std::string>& attachments) {
  std::vector<FrameRef> frames;
  frames.reserve(1 + attachments.size());
  frames.push_back(encode_text_frame(text));
  for (const std::string& attachment : attachments) frames.push_back(encode_binary_frame(attachment));
  return frames;
}

}  // namespace pulso::net
