// HTTP/2 as a stranger sends it, behind a good beginning and in pieces: requests open and close once, and what is
// answered never breaks the session.
#include "net/http2_session.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string_view>

namespace {

using pulso::net::Http2Session;

constexpr std::string_view beginning{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33};

/// Answers each request as soon as it is whole with a body of some frames.
class Server final : public Http2Session::Listener {
 public:
  void on_request(Http2Session::StreamId stream, pulso::net::HttpRequest request, Http2Session::HeadStatus status,
                  bool has_body) override {
    if (!open_.insert(stream).second) std::abort();
    if (status == Http2Session::HeadStatus::good && !request.path.starts_with('/') && request.path != "*") std::abort();
    if (!has_body || status != Http2Session::HeadStatus::good) answer(stream, request.method);
  }
  void on_body(Http2Session::StreamId stream, std::string_view bytes) override {
    if (!open_.contains(stream)) std::abort();
    session->consume(stream, bytes.size());
  }
  void on_body_end(Http2Session::StreamId stream) override {
    if (!open_.contains(stream)) std::abort();
    answer(stream, "POST");
  }
  Http2Session::Chunk on_read(Http2Session::StreamId stream, std::span<char> out) override {
    if (!open_.contains(stream)) std::abort();
    const std::size_t bytes = std::min<std::size_t>(out.size(), 1000);
    std::ranges::fill(out.first(bytes), 'x');
    return {.bytes = bytes,
            .next = ++reads_ % 3 == 0 ? Http2Session::Chunk::Next::end : Http2Session::Chunk::Next::more};
  }
  void on_closed(Http2Session::StreamId stream) override {
    if (open_.erase(stream) == 0) std::abort();
    answered_.erase(stream);
  }

  Http2Session* session = nullptr;

 private:
  void answer(Http2Session::StreamId stream, std::string_view method) {
    if (!answered_.insert(stream).second) return;
    session->respond(stream, 200, {{"X-Method", std::string{method}}, {"Connection", "close"}}, method != "HEAD");
  }

  std::set<Http2Session::StreamId> open_, answered_;
  int reads_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes{reinterpret_cast<const char*>(data), size};
  if (bytes.empty()) return 0;
  const std::size_t step = static_cast<std::uint8_t>(bytes.front()) + 1U;
  bytes.remove_prefix(1);
  Server server;
  Http2Session session{4096, server};
  server.session = &session;
  const pulso::SteadyTime now{std::chrono::seconds{1}};
  bool goes_on = session.feed(beginning, now);
  while (goes_on && !bytes.empty()) {
    const std::size_t count = std::min(step, bytes.size());
    goes_on = session.feed(bytes.substr(0, count), now);
    bytes.remove_prefix(count);
    while (!session.output().empty()) {
    }
    if (session.is_over()) break;
  }
  if (goes_on && !session.is_over()) session.go_away();
  while (!session.output().empty()) {
  }
  return 0;
}
