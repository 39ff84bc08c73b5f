// HTTP/1.1 requests as a stranger sends them, whole and byte by byte: both ways end in the same state.
#include "net/http_parser.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using pulso::net::HttpParser;

struct Outcome {
  HttpParser::State state;
  int status;
  std::string path;
  std::string body;
  bool operator==(const Outcome&) const = default;
};

Outcome parse(std::string_view bytes, std::size_t step) {
  HttpParser parser{4096};
  std::string pending;
  while (!bytes.empty() || !pending.empty()) {
    const std::size_t count = std::min(step, bytes.size());
    pending += bytes.substr(0, count);
    bytes.remove_prefix(count);
    const auto before = parser.state();
    const std::size_t used = parser.feed(pending);
    if (used > pending.size()) std::abort();
    pending.erase(0, used);
    if (before == HttpParser::State::head && parser.state() == HttpParser::State::body) parser.set_body_bytes_max(1024);
    if (parser.state() == HttpParser::State::complete || parser.state() == HttpParser::State::failed) break;
    if (count == 0 && used == 0) break;
  }
  return {parser.state(), parser.failure_status(), parser.request().path, parser.request().body};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const Outcome whole = parse(bytes, bytes.size());
  if (!whole.path.empty() && !whole.path.starts_with('/') && whole.path != "*") std::abort();
  if (whole.path.find("/../") != std::string::npos || whole.body.size() > 1024) std::abort();
  // Bytes that never complete a request may be judged at different moments; a complete one may not.
  if (whole.state == HttpParser::State::complete && parse(bytes, 1) != whole) std::abort();
  return 0;
}
