#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <nghttp2/nghttp2.h>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace pulso::net {

/// What an `Http2Peer` was told of one stream.
struct Http2Answer {
  std::vector<std::string> statuses;  ///< of informational answers too
  std::map<std::string, std::string> fields;
  std::string body;
  bool is_whole = false;
  std::optional<std::uint32_t> reset;  ///< the error code
  std::size_t granted_bytes = 0;       ///< by WINDOW_UPDATE
};

/// The client's end of an HTTP/2 connection: every frame is the test's choice, so that it may be a wrong one. HPACK is
/// nghttp2's.
class Http2Peer {
 public:
  using StreamId = std::int32_t;
  using Fields = std::vector<std::pair<std::string, std::string>>;
  static constexpr std::uint8_t last = NGHTTP2_FLAG_END_STREAM | NGHTTP2_FLAG_END_HEADERS;
  static constexpr std::uint8_t not_last = NGHTTP2_FLAG_END_HEADERS;
  static constexpr std::uint32_t increment_max = 0x7fffffff;
  static constexpr std::string_view preface = NGHTTP2_CLIENT_MAGIC;

  Http2Peer() {
    EXPECT_EQ(nghttp2_hd_deflate_new(&deflater_, NGHTTP2_DEFAULT_HEADER_TABLE_SIZE), 0);
    EXPECT_EQ(nghttp2_hd_inflate_new(&inflater_), 0);
  }
  ~Http2Peer() {
    nghttp2_hd_deflate_del(deflater_);
    nghttp2_hd_inflate_del(inflater_);
  }
  Http2Peer(const Http2Peer&) = delete;
  Http2Peer& operator=(const Http2Peer&) = delete;

  static std::string number(std::uint32_t value, int bytes) {
    std::string out;
    while (bytes-- > 0) out += static_cast<char>(value >> (8 * bytes));
    return out;
  }
  static std::string frame(std::uint8_t type, std::uint8_t flags, StreamId stream, std::string_view payload = {}) {
    std::string out = number(static_cast<std::uint32_t>(payload.size()), 3);
    out += static_cast<char>(type);
    out += static_cast<char>(flags);
    out += number(static_cast<std::uint32_t>(stream), 4);
    return out.append(payload);
  }
  /// The preface and SETTINGS, by which answers' windows are as wide as is said.
  static std::string hello(std::uint32_t window_bytes = 65'535) {
    return std::string{preface} +
           frame(NGHTTP2_SETTINGS, 0, 0, number(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 2) + number(window_bytes, 4));
  }
  /// That the server's settings hold from now on, with the windows that they open.
  static std::string agreement() { return frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0); }
  static std::string data(StreamId stream, std::string_view bytes, bool is_last = false) {
    return frame(NGHTTP2_DATA, is_last ? NGHTTP2_FLAG_END_STREAM : 0, stream, bytes);
  }
  static std::string reset(StreamId stream) { return frame(NGHTTP2_RST_STREAM, 0, stream, number(NGHTTP2_CANCEL, 4)); }
  /// Stream 0 is the connection.
  static std::string open_window(StreamId stream, std::uint32_t bytes) {
    return frame(NGHTTP2_WINDOW_UPDATE, 0, stream, number(bytes, 4));
  }

  /// A block of fields, to be sent in the order in which they were made.
  std::string encode(const Fields& fields) {
    std::vector<nghttp2_nv> list;
    for (const auto& [name, value] : fields) {
      list.push_back({.name = bytes_of(name),
                      .value = bytes_of(value),
                      .namelen = name.size(),
                      .valuelen = value.size(),
                      .flags = NGHTTP2_NV_FLAG_NONE});
    }
    std::string out(nghttp2_hd_deflate_bound(deflater_, list.data(), list.size()), '\0');
    const ssize_t used = nghttp2_hd_deflate_hd(deflater_, bytes_of(out), out.size(), list.data(), list.size());
    out.resize(static_cast<std::size_t>(used));
    return out;
  }
  std::string headers(StreamId stream, const Fields& fields, std::uint8_t flags = last) {
    return frame(NGHTTP2_HEADERS, flags, stream, encode(fields));
  }
  static Fields request(std::string_view method, std::string_view path, const Fields& more = {}) {
    Fields fields{{":method", std::string{method}}, {":scheme", "https"}, {":path", std::string{path}}};
    fields.emplace_back(":authority", "shop.example");
    fields.insert(fields.end(), more.begin(), more.end());
    return fields;
  }
  std::string get(StreamId stream, std::string_view path = "/", const Fields& more = {}) {
    return headers(stream, request("GET", path, more));
  }
  std::string post(StreamId stream, std::string_view path = "/", const Fields& more = {}) {
    return headers(stream, request("POST", path, more), not_last);
  }

  void take(std::string_view bytes) {
    received_ += bytes;
    while (received_.size() >= head_bytes) {
      const std::size_t length = value_of(std::string_view{received_}.substr(0, 3));
      if (received_.size() < head_bytes + length) return;
      const auto stream = static_cast<StreamId>(value_of(std::string_view{received_}.substr(5, 4)));
      take_frame(static_cast<std::uint8_t>(received_[3]), static_cast<std::uint8_t>(received_[4]), stream,
                 received_.substr(head_bytes, length));
      received_.erase(0, head_bytes + length);
    }
  }

  std::map<StreamId, Http2Answer> answers;
  std::vector<StreamId> data_order;                 ///< the stream of each DATA frame that was not empty
  std::map<std::uint32_t, std::uint32_t> settings;  ///< of the server
  std::optional<std::uint32_t> goaway;              ///< the error code
  std::size_t granted_bytes = 0;                    ///< to the connection

 private:
  static constexpr std::size_t head_bytes = 9;

  static std::uint8_t* bytes_of(const std::string& text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  }
  static std::uint32_t value_of(std::string_view bytes) {
    std::uint32_t value = 0;
    for (const char byte : bytes) value = value << 8 | static_cast<std::uint8_t>(byte);
    return value;
  }

  void take_frame(std::uint8_t type, std::uint8_t flags, StreamId stream, const std::string& payload) {
    switch (type) {
      case NGHTTP2_DATA:
        if (!payload.empty()) data_order.push_back(stream);
        answers[stream].body += payload;
        break;
      case NGHTTP2_HEADERS:
        take_fields(answers[stream], payload);
        break;
      case NGHTTP2_RST_STREAM:
        answers[stream].reset = value_of(payload);
        return;
      case NGHTTP2_SETTINGS:
        for (std::size_t at = 0; at < payload.size(); at += 6) {
          settings[value_of(payload.substr(at, 2))] = value_of(payload.substr(at + 2, 4));
        }
        return;
      case NGHTTP2_GOAWAY:
        goaway = value_of(payload.substr(4, 4));
        return;
      case NGHTTP2_WINDOW_UPDATE:
        (stream == 0 ? granted_bytes : answers[stream].granted_bytes) += value_of(payload);
        return;
      default:
        return;
    }
    if ((flags & NGHTTP2_FLAG_END_STREAM) != 0) answers[stream].is_whole = true;
  }

  void take_fields(Http2Answer& answer, const std::string& block) {
    const std::uint8_t* in = bytes_of(block);
    std::size_t left = block.size();
    for (int flags = 0; (flags & NGHTTP2_HD_INFLATE_FINAL) == 0;) {
      nghttp2_nv field{};
      const ssize_t used = nghttp2_hd_inflate_hd2(inflater_, &field, &flags, in, left, 1);
      ASSERT_GE(used, 0);
      in += used;
      left -= static_cast<std::size_t>(used);
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0) continue;
      const std::string name{reinterpret_cast<const char*>(field.name), field.namelen};
      const std::string value{reinterpret_cast<const char*>(field.value), field.valuelen};
      if (name == ":status") {
        answer.statuses.push_back(value);
      } else {
        answer.fields[name] = value;
      }
    }
    nghttp2_hd_inflate_end_headers(inflater_);
  }

  nghttp2_hd_deflater* deflater_ = nullptr;
  nghttp2_hd_inflater* inflater_ = nullptr;
  std::string received_;
};

}  // namespace pulso::net
