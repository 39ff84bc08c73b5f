#include "realtime/socketio_fan_out.h"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/encoding.h"
#include "ops/log.h"

namespace pulso::realtime {
namespace {

namespace json = boost::json;

constexpr std::string_view prefix = "sio:";
constexpr std::size_t socket_id_size = 20;

json::array array_of(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

std::vector<std::string> texts_of(const json::value& value) {
  std::vector<std::string> texts;
  for (const json::value& text : value.as_array()) texts.emplace_back(text.as_string());
  return texts;
}

std::string encode(const std::string& id, const std::string& name_space, const SocketioDraft& draft) {
  json::array attachments;
  for (const std::string& attachment : draft.attachments) attachments.emplace_back(base64_encode(attachment));
  return json::serialize(json::object{{"id", id},
                                      {"nsp", name_space},
                                      {"kind", static_cast<int>(draft.kind)},
                                      {"rooms", array_of(draft.target.rooms)},
                                      {"except", array_of(draft.target.except)},
                                      {"volatile", draft.target.is_volatile},
                                      {"close", draft.closes_transport},
                                      {"change", array_of(draft.rooms)},
                                      {"text", draft.text},
                                      {"attachments", std::move(attachments)}});
}

SocketioDraft decode(const json::object& message) {
  SocketioDraft draft;
  draft.kind = static_cast<PublicationKind>(message.at("kind").as_int64());
  draft.target.rooms = texts_of(message.at("rooms"));
  draft.target.except = texts_of(message.at("except"));
  draft.target.is_volatile = message.at("volatile").as_bool();
  draft.closes_transport = message.at("close").as_bool();
  draft.rooms = texts_of(message.at("change"));
  draft.text = message.at("text").as_string();
  for (const json::value& attachment : message.at("attachments").as_array()) {
    draft.attachments.push_back(base64_decode(attachment.as_string()).value());
  }
  return draft;
}

}  // namespace

SocketioFanOut::SocketioFanOut(bus::Bus& bus, InstanceId instance, Deliver deliver)
    : bus_(bus), instance_(std::move(instance)), deliver_(std::move(deliver)) {}

std::string SocketioFanOut::channel(const std::string& name_space) {
  return fmt::format("{}{{{}}}", prefix, name_space);
}

std::string SocketioFanOut::channel(const std::string& name_space, const std::string& room) {
  return fmt::format("{}{}:{{{}}}", prefix, name_space, room);
}

bool SocketioFanOut::is_channel(std::string_view channel) noexcept {
  return channel.starts_with(prefix);
}

void SocketioFanOut::publish(const std::string& name_space, const SocketioDraft& draft) {
  const std::string id = fmt::format("{}:{}", instance_.value(), ++sequence_);
  const std::string payload = encode(id, name_space, draft);
  const auto names_a_socket = [](const std::string& room) { return room.size() == socket_id_size; };
  if (draft.target.rooms.empty() || std::ranges::any_of(draft.target.rooms, names_a_socket)) {
    return bus_.publish(channel(name_space), payload);
  }
  for (const std::string& room : draft.target.rooms) bus_.publish(channel(name_space, room), payload);
}

bool SocketioFanOut::is_first(const std::string& id) {
  if (std::ranges::find(remembered_, id) != remembered_.end()) return false;
  remembered_[remembered_next_] = id;
  remembered_next_ = (remembered_next_ + 1) % remembered_max;
  return true;
}

bool SocketioFanOut::on_bus_message(std::string_view channel, std::string_view payload) {
  if (!is_channel(channel)) return false;
  try {
    const json::object message = json::parse(payload).as_object();
    SocketioDraft draft = decode(message);
    if (draft.target.rooms.size() > 1 && !is_first(std::string{message.at("id").as_string()})) return true;
    deliver_(std::string_view{message.at("nsp").as_string()}, std::move(draft));
  } catch (const std::exception& error) {  // another version's, or not ours
    ops::log_warning("socketio", "a message of another instance was not understood", {{"error", error.what()}});
  }
  return true;
}

}  // namespace pulso::realtime
