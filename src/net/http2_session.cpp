#include "net/http2_session.h"

#include <algorithm>
#include <array>
#include <new>
#include <nghttp2/nghttp2.h>

#include "base/encoding.h"
#include "net/http_parser.h"

namespace pulso::net {
namespace {

constexpr std::size_t field_overhead = 32;  // RFC 9113 §6.5.2
/// Fields that would only be dropped are read no further than this: they still cost time.
constexpr std::size_t excess_factor = 4;
constexpr std::size_t unacknowledged_max = 256;  ///< answers to PING and SETTINGS that wait for the socket
constexpr std::int32_t connection_window_bytes = 1024 * 1024;
/// Of HTTP/1's connections (RFC 9113 §8.2.2).
constexpr std::array<std::string_view, 5> connection_fields{"connection", "keep-alive", "proxy-connection",
                                                            "transfer-encoding", "upgrade"};

std::string_view text_of(const std::uint8_t* bytes, std::size_t length) {
  return {reinterpret_cast<const char*>(bytes), length};
}

/// nghttp2 copies what it is given.
nghttp2_nv field_of(std::string_view name, std::string_view value) {
  return {.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
          .value = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())),
          .namelen = name.size(),
          .valuelen = value.size(),
          .flags = NGHTTP2_NV_FLAG_NONE};
}

/// No answer is split, and no stream reset, by a value of ours.
std::string printable(std::string_view value) {
  std::string text{value};
  std::ranges::replace_if(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return std::string{trimmed(text)};
}

}  // namespace

/// What nghttp2 calls.
struct Http2Session::Callbacks {
  static Http2Session& self(void* user) { return *static_cast<Http2Session*>(user); }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) self(user).heads_.try_emplace(frame->hd.stream_id);
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_length,
                       const std::uint8_t* value, std::size_t value_length, std::uint8_t, void* user) {
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;  // trailers tell us nothing
    const bool goes_on =
        self(user).take_field(frame->hd.stream_id, text_of(name, name_length), text_of(value, value_length));
    return goes_on ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }

  /// A field that no header may have (RFC 9113 §8.2.1): left out, the request would be another one.
  static int on_invalid_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*, std::size_t,
                               const std::uint8_t*, std::size_t, std::uint8_t, void*) {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2Session& session = self(user);
    const bool is_last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      session.finish_head(frame->hd.stream_id, !is_last);
    } else if ((frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) && is_last) {
      session.listener_.on_body_end(frame->hd.stream_id);
    } else if (frame->hd.type == NGHTTP2_RST_STREAM) {
      session.reset_by_peer_ = frame->hd.stream_id;
      session.count_reset();
    } else if (frame->hd.type == NGHTTP2_SETTINGS) {
      session.has_settings_ = true;
    }
    return 0;
  }

  static int on_data(nghttp2_session* session, std::uint8_t, std::int32_t stream, const std::uint8_t* bytes,
                     std::size_t length, void* user) {
    nghttp2_session_consume_connection(session, length);
    self(user).listener_.on_body(stream, text_of(bytes, length));
    return 0;
  }

  static int on_close(nghttp2_session*, std::int32_t stream, std::uint32_t error, void* user) {
    Http2Session& session = self(user);
    if (error != NGHTTP2_NO_ERROR && stream != session.reset_by_peer_) session.count_reset();
    // One that is still in `heads_` never became a request.
    if (session.heads_.erase(stream) == 0) session.listener_.on_closed(stream);
    return 0;
  }

  static int on_invalid(nghttp2_session*, const nghttp2_frame*, int error, void* user) {
    // Streams past the bound are reset without having been open: `on_close` does not tell of them.
    if (error == NGHTTP2_ERR_REFUSED_STREAM) self(user).count_reset();
    return 0;
  }

  static ssize_t on_read(nghttp2_session*, std::int32_t stream, std::uint8_t* buffer, std::size_t length,
                         std::uint32_t* flags, nghttp2_data_source*, void* user) {
    const Chunk chunk = self(user).listener_.on_read(stream, {reinterpret_cast<char*>(buffer), length});
    if (chunk.next == Chunk::Next::failed) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (chunk.next == Chunk::Next::end) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (chunk.next == Chunk::Next::later && chunk.bytes == 0) return NGHTTP2_ERR_DEFERRED;
    return static_cast<ssize_t>(chunk.bytes);
  }
};

Http2Session::Http2Session(std::size_t header_bytes_max, Listener& listener)
    : header_bytes_max_(header_bytes_max), listener_(listener), session_(nullptr, nghttp2_session_del) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_option* options = nullptr;
  if (nghttp2_session_callbacks_new(&callbacks) != 0 || nghttp2_option_new(&options) != 0) throw std::bad_alloc{};
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Callbacks::on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::on_header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, Callbacks::on_invalid_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::on_frame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::on_close);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, Callbacks::on_invalid);
  nghttp2_option_set_no_auto_window_update(options, 1);
  nghttp2_option_set_max_outbound_ack(options, unacknowledged_max);
  nghttp2_option_set_no_closed_streams(options, 1);
  nghttp2_session* session = nullptr;
  const int made = nghttp2_session_server_new2(&session, callbacks, this, options);
  nghttp2_option_del(options);
  nghttp2_session_callbacks_del(callbacks);
  if (made != 0) throw std::bad_alloc{};
  session_.reset(session);
  const std::array<nghttp2_settings_entry, 4> settings{
      {{NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
       {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, streams_max},
       {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<std::uint32_t>(window_bytes)},
       {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(header_bytes_max)}}};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, connection_window_bytes);
}

Http2Session::~Http2Session() = default;

bool Http2Session::feed(std::string_view bytes, SteadyTime now) {
  now_ = now;
  const ssize_t used =
      nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  return used == static_cast<ssize_t>(bytes.size());
}

std::string_view Http2Session::output() {
  const std::uint8_t* bytes = nullptr;
  const ssize_t length = nghttp2_session_mem_send(session_.get(), &bytes);
  return length > 0 ? text_of(bytes, static_cast<std::size_t>(length)) : std::string_view{};
}

bool Http2Session::is_over() const noexcept {
  return nghttp2_session_want_read(session_.get()) == 0 && nghttp2_session_want_write(session_.get()) == 0;
}

bool Http2Session::may_send(StreamId stream) const noexcept {
  return nghttp2_session_get_remote_window_size(session_.get()) > 0 &&
         nghttp2_session_get_stream_remote_window_size(session_.get(), stream) > 0;
}

void Http2Session::count_reset() {
  // Opening streams costs the peer nothing when it resets them (CVE-2023-44487), or makes us do so (CVE-2025-8671).
  if (!resets_.take(resets, now_)) nghttp2_session_terminate_session(session_.get(), NGHTTP2_ENHANCE_YOUR_CALM);
}

bool Http2Session::take_field(StreamId stream, std::string_view name, std::string_view value) {
  const auto found = heads_.find(stream);
  if (found == heads_.end()) return true;
  Head& head = found->second;
  head.bytes += name.size() + value.size() + field_overhead;
  if (head.bytes > header_bytes_max_ * excess_factor) return false;
  if (head.bytes > header_bytes_max_) return true;
  HttpHeaders& headers = head.request.headers;
  if (name == ":method") {
    head.request.method = value;
  } else if (name == ":path") {
    head.target = value;
  } else if (name == ":authority") {
    headers.set("host", std::string{value});
  } else if (name == "host") {  // it says the same, or `:authority` goes before it (RFC 9113 §8.3.1)
    if (!headers.contains("host")) headers.add("host", std::string{value});
  } else if (name == "cookie" && headers.contains("cookie")) {  // in crumbs (§8.2.3)
    headers.set("cookie", std::string{headers.get("cookie")} + "; " + std::string{value});
  } else if (!name.starts_with(':')) {
    headers.add(std::string{name}, std::string{value});
  }
  return true;
}

void Http2Session::finish_head(StreamId stream, bool has_body) {
  auto node = heads_.extract(stream);
  if (node.empty()) return;
  Head& head = node.mapped();
  HttpRequest& request = head.request;
  request.version = 20;
  HeadStatus status = HeadStatus::good;
  if (head.bytes > header_bytes_max_) {
    status = HeadStatus::too_large;
  } else if (request.headers.get("host").empty()) {
    status = HeadStatus::bad_host;
  } else if (!read_request_target(request, head.target)) {
    status = HeadStatus::bad_target;
  }
  listener_.on_request(stream, std::move(request), status, has_body);
}

void Http2Session::ask_for_body(StreamId stream) {
  const nghttp2_nv status = field_of(":status", "100");
  nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, stream, nullptr, &status, 1, nullptr);
}

void Http2Session::respond(StreamId stream, int status, const Fields& fields, bool has_body, Urgency urgency) {
  const std::string status_text = std::to_string(status);
  Fields own;
  own.reserve(fields.size());
  for (const auto& [name, value] : fields) {
    std::string lower = to_lower(name);
    if (std::ranges::find(connection_fields, lower) == connection_fields.end()) {
      own.emplace_back(std::move(lower), printable(value));
    }
  }
  std::vector<nghttp2_nv> list{field_of(":status", status_text)};
  for (const auto& [name, value] : own) list.push_back(field_of(name, value));
  const nghttp2_extpri priority{.urgency = static_cast<std::uint32_t>(urgency), .inc = 1};
  nghttp2_session_change_extpri_stream_priority(session_.get(), stream, &priority, 1);
  const nghttp2_data_provider provider{.source = {.ptr = nullptr}, .read_callback = Callbacks::on_read};
  const int done =
      nghttp2_submit_response(session_.get(), stream, list.data(), list.size(), has_body ? &provider : nullptr);
  if (done != 0) reset(stream, Http2Error::internal_error);
}

void Http2Session::resume(StreamId stream) {
  nghttp2_session_resume_data(session_.get(), stream);
}

void Http2Session::consume(StreamId stream, std::size_t bytes) {
  nghttp2_session_consume_stream(session_.get(), stream, bytes);
}

void Http2Session::reset(StreamId stream, Http2Error error) {
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream, static_cast<std::uint32_t>(error));
}

void Http2Session::go_away() {
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_.get()),
                        NGHTTP2_NO_ERROR, nullptr, 0);
}

}  // namespace pulso::net
