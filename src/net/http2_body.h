#pragma once
#include <functional>
#include <memory>
#include <span>

#include <boost/asio/any_io_executor.hpp>

#include "net/http2_session.h"
#include "net/http_message.h"

namespace pulso::net {

/// Where the body of one HTTP/2 answer comes from, read as fast as the peer's windows open.
class Http2Body {
 public:
  using Chunk = Http2Session::Chunk;

  virtual ~Http2Body() = default;
  [[nodiscard]] virtual Chunk read(std::span<char> out) = 0;
  /// Nothing will be read any more. Called at most once, before the destructor; it may outlive this within work of its
  /// own.
  virtual void close() {}
};

/// The answer's text, file or pieces; null where it has none. `resume` is called on `executor` when there is something
/// to be read again.
[[nodiscard]] std::shared_ptr<Http2Body> create_http2_body(HttpResponse&& response, const HttpRequest& request,
                                                           const boost::asio::any_io_executor& executor,
                                                           std::function<void()> resume);

}  // namespace pulso::net
