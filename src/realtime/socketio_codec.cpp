#include "realtime/socketio_codec.h"

#include <exception>
#include <stdexcept>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/encoding.h"
#include "base/json_parse.h"
#include "base/json_write.h"
#include "net/socketio_packet.h"
#include "realtime/socketio_sessions.h"

namespace pulso::realtime {
namespace {

namespace json = boost::json;

/// Arguments of clients, around which a few levels are ours.
constexpr std::size_t depth_max = net::SocketioLimits{}.depth_max + 8;

json::array array_of(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

std::vector<std::string> texts_of(const json::value& value) {
  std::vector<std::string> texts;
  for (const json::value& text : value.as_array()) texts.emplace_back(text.as_string());
  return texts;
}

PublicationKind kind_of(const json::value& value) {
  const std::int64_t number = value.as_int64();
  if (number < 0 || number > static_cast<int>(PublicationKind::supersede)) {
    throw std::out_of_range{"a kind of publication that is not known here"};
  }
  return static_cast<PublicationKind>(number);
}

json::array encoded(const std::vector<std::string>& attachments) {
  json::array texts;
  for (const std::string& attachment : attachments) texts.emplace_back(base64_encode(attachment));
  return texts;
}

std::vector<std::string> decoded(const json::value& value) {
  std::vector<std::string> attachments;
  for (const json::value& text : value.as_array()) attachments.push_back(base64_decode(text.as_string()).value());
  return attachments;
}

/// Members that are missing or of another kind throw: all that reads a text is here.
template <class Read>
auto decode(std::string_view text, Read read) -> Result<decltype(read(json::value{}))> {
  try {
    auto value = parse_json(text, depth_max);
    if (!value) return fail(value);
    return read(*value);
  } catch (const std::exception& error) {  // another version's, or not ours
    return fail(Errc::invalid_argument, error.what());
  }
}

}  // namespace

std::string encode_envelope(const SocketioEnvelope& envelope) {
  const SocketioDraft& draft = envelope.draft;
  return write_json(json::object{{"id", envelope.id},
                                 {"nsp", envelope.name_space},
                                 {"asker", envelope.asker},
                                 {"question", envelope.question_id},
                                 {"timeout", draft.ack_timeout.count()},
                                 {"kind", static_cast<int>(draft.kind)},
                                 {"rooms", array_of(draft.target.rooms)},
                                 {"except", array_of(draft.target.except)},
                                 {"volatile", draft.target.is_volatile},
                                 {"state", draft.target.is_state},
                                 {"close", draft.closes_transport},
                                 {"owner", draft.owner},
                                 {"change", array_of(draft.rooms)},
                                 {"text", draft.text},
                                 {"attachments", encoded(draft.attachments)}});
}

Result<SocketioEnvelope> decode_envelope(std::string_view text) {
  return decode(text, [](const json::value& value) {
    const json::object& message = value.as_object();
    SocketioEnvelope envelope;
    envelope.id = message.at("id").as_string();
    envelope.name_space = message.at("nsp").as_string();
    envelope.asker = message.at("asker").as_string();
    envelope.question_id = message.at("question").to_number<std::uint64_t>();
    SocketioDraft& draft = envelope.draft;
    draft.ack_timeout = milliseconds{message.at("timeout").as_int64()};
    draft.kind = kind_of(message.at("kind"));
    draft.target.rooms = texts_of(message.at("rooms"));
    draft.target.except = texts_of(message.at("except"));
    draft.target.is_volatile = message.at("volatile").as_bool();
    draft.target.is_state = message.at("state").as_bool();
    draft.closes_transport = message.at("close").as_bool();
    draft.owner = message.at("owner").to_number<std::uint64_t>();
    draft.rooms = texts_of(message.at("change"));
    draft.text = message.at("text").as_string();
    draft.attachments = decoded(message.at("attachments"));
    return envelope;
  });
}

std::string encode_reply(const SocketioReply& reply) {
  json::array answers;
  for (const SocketioArguments& answer : reply.answers) {
    answers.push_back(json::object{{"values", answer.values}, {"attachments", encoded(answer.attachments)}});
  }
  return write_json(
      json::object{{"question", reply.question_id}, {"complete", reply.is_complete}, {"answers", std::move(answers)}});
}

Result<SocketioReply> decode_reply(std::string_view text) {
  return decode(text, [](const json::value& value) {
    const json::object& message = value.as_object();
    SocketioReply reply;
    reply.question_id = message.at("question").to_number<std::uint64_t>();
    reply.is_complete = message.at("complete").as_bool();
    for (const json::value& answer : message.at("answers").as_array()) {
      reply.answers.push_back({answer.at("values").as_array(), decoded(answer.at("attachments"))});
    }
    return reply;
  });
}

std::string encode_own_event(const SocketioOwnEvent& event) {
  return write_json(json::object{{"number", event.number},
                                 {"behind", SocketioLog::text_of(event.behind)},
                                 {"text", event.draft.text},
                                 {"attachments", encoded(event.draft.attachments)}});
}

Result<SocketioOwnEvent> decode_own_event(std::string_view text) {
  return decode(text, [](const json::value& value) {
    const json::object& message = value.as_object();
    SocketioOwnEvent event;
    event.number = message.at("number").to_number<std::uint64_t>();
    event.behind = SocketioLog::parse(message.at("behind").as_string()).value();
    event.draft.text = message.at("text").as_string();
    event.draft.attachments = decoded(message.at("attachments"));
    return event;
  });
}

std::string encode_rooms(const std::vector<std::string>& rooms) {
  return write_json(array_of(rooms));
}

Result<std::vector<std::string>> decode_rooms(std::string_view text) {
  return decode(text, [](const json::value& value) { return texts_of(value); });
}

}  // namespace pulso::realtime
