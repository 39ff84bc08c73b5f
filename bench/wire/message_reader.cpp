#include "wire/message_reader.h"

#include <array>
#include <cstring>

namespace pulso::bench {
namespace {

constexpr std::size_t mask_bytes = 4;

std::size_t read_big_endian(std::string_view bytes) {
  std::size_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<std::uint8_t>(byte);
  return value;
}

void append_big_endian(std::string& out, std::size_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
}

bool is_control(std::uint8_t opcode) {
  return (opcode & 0x8) != 0;
}

}  // namespace

void append_frame(std::string& out, Opcode opcode, std::string_view payload, std::optional<std::uint32_t> mask) {
  out.push_back(static_cast<char>(0x80 | static_cast<std::uint8_t>(opcode)));
  const std::uint8_t mask_bit = mask ? 0x80 : 0;
  if (payload.size() < 126) {
    out.push_back(static_cast<char>(mask_bit | payload.size()));
  } else if (payload.size() <= 0xffff) {
    out.push_back(static_cast<char>(mask_bit | 126));
    append_big_endian(out, payload.size(), 2);
  } else {
    out.push_back(static_cast<char>(mask_bit | 127));
    append_big_endian(out, payload.size(), 8);
  }
  if (!mask) {
    out.append(payload);
    return;
  }
  std::array<char, mask_bytes> key{};
  std::memcpy(key.data(), &*mask, mask_bytes);
  out.append(key.data(), mask_bytes);
  for (std::size_t i = 0; i < payload.size(); ++i) out.push_back(static_cast<char>(payload[i] ^ key[i % mask_bytes]));
}

void MessageReader::feed(std::string_view bytes) {
  if (carry_.empty()) {
    unread_ = bytes;
    return;
  }
  carry_.append(bytes);
  unread_ = carry_;
}

std::optional<Message> MessageReader::next() {
  while (!failed_) {
    const auto header = read_header();
    if (!header || unread_.size() < header->header_bytes + header->payload_bytes) {
      // `unread_` may be a part of `carry_`: assign through a copy.
      carry_ = std::string(unread_);
      unread_ = {};
      return std::nullopt;
    }
    std::string_view payload = unread_.substr(header->header_bytes, header->payload_bytes);
    if (header->masked) payload = unmask(payload, unread_.substr(header->header_bytes - mask_bytes, mask_bytes));
    unread_.remove_prefix(header->header_bytes + header->payload_bytes);
    if (auto message = assemble(*header, payload)) return message;
  }
  return std::nullopt;
}

std::optional<MessageReader::Header> MessageReader::read_header() {
  if (unread_.size() < 2) return std::nullopt;
  const auto first = static_cast<std::uint8_t>(unread_[0]);
  const auto second = static_cast<std::uint8_t>(unread_[1]);
  Header header{.final = (first & 0x80) != 0,
                .opcode = static_cast<std::uint8_t>(first & 0x0f),
                .masked = (second & 0x80) != 0,
                .header_bytes = 2,
                .payload_bytes = static_cast<std::size_t>(second & 0x7f)};
  const std::size_t length_bytes = header.payload_bytes == 126 ? 2 : header.payload_bytes == 127 ? 8 : 0;
  header.header_bytes += length_bytes + (header.masked ? mask_bytes : 0);
  if ((first & 0x70) != 0 || (is_control(header.opcode) && (!header.final || length_bytes > 0))) {
    failed_ = true;
    return std::nullopt;
  }
  if (unread_.size() < header.header_bytes) return std::nullopt;
  if (length_bytes > 0) header.payload_bytes = read_big_endian(unread_.substr(2, length_bytes));
  if (header.payload_bytes > message_bytes_max) {
    failed_ = true;
    return std::nullopt;
  }
  return header;
}

std::string_view MessageReader::unmask(std::string_view payload, std::string_view key) {
  unmasked_.assign(payload);
  for (std::size_t i = 0; i < unmasked_.size(); ++i)
    unmasked_[i] = static_cast<char>(unmasked_[i] ^ key[i % mask_bytes]);
  return unmasked_;
}

std::optional<Message> MessageReader::assemble(const Header& header, std::string_view payload) {
  const auto opcode = static_cast<Opcode>(header.opcode);
  if (is_control(header.opcode)) return Message{opcode, payload};
  const bool continues = opcode == Opcode::continuation;
  if (continues != fragmented_.has_value() || fragments_.size() + payload.size() > message_bytes_max) {
    failed_ = true;
    return std::nullopt;
  }
  if (!continues && header.final) return Message{opcode, payload};
  if (!continues) {
    fragmented_ = opcode;
    fragments_.clear();
  }
  fragments_.append(payload);
  if (!header.final) return std::nullopt;
  const Message message{*fragmented_, fragments_};
  fragmented_.reset();
  return message;
}

}  // namespace pulso::bench
