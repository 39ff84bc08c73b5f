#include <algorithm>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "net/file_descriptor.h"
#include "net/http_connection.h"
#include "net/http_origin.h"
#include "net/http_response_head.h"
#include "net/shard.h"
#include "ops/log.h"

// The writing half of a connection: answers on their way out.

namespace pulso::net {
namespace {

constexpr std::size_t linger_bytes_max = 16 * 1024 * 1024;  // within `linger_timeout`: discarding is cheap

}  // namespace

namespace asio = boost::asio;

asio::awaitable<bool> HttpConnection::write_response(const HttpRequest& request, HttpResponse response,
                                                     bool keep_alive) {
  const FileDescriptor file{response.file ? response.file->descriptor : -1};
  add_cors_fields(request, service_.options, response.headers);
  const std::string head = http_response_head(request, response, keep_alive);
  arm(service_.options.write_timeout);
  const bool has_body = request.method != "HEAD" && response.status != 204 && response.status != 304;
  const std::string_view body = response.body_view.empty() ? std::string_view{response.body} : response.body_view;
  const bool has_file = has_body && response.file && response.file->length > 0;
  // What sendfile queues is the page cache's and costs no memory: the bound would only cut it into more steps.
  bound_unsent(!has_file || stream_.is_secure() || response.file->length <= Stream::unsent_bytes_max);
  bool written = co_await write_all(head, has_body && !response.file ? body : std::string_view{}, has_file);
  if (written && has_file) written = co_await write_file(*response.file);
  if (written && has_body && response.next_piece) written = co_await write_pieces(request, response);
  shard_.wheel().cancel(*this);
  co_return written;
}

asio::awaitable<bool> HttpConnection::write_all(std::string_view first, std::string_view second, bool more_follows) {
  while (!first.empty() || !second.empty()) {
    const iovec pieces[] = {{const_cast<char*>(first.data()), first.size()},
                            {const_cast<char*>(second.data()), second.size()}};
    const IoResult sent = first.empty()    ? stream_.write_some(second, more_follows)
                          : second.empty() ? stream_.write_some(first, more_follows)
                                           : stream_.write_gathered(pieces);
    if (sent.status == IoStatus::ok) {
      const std::size_t of_first = std::min(sent.bytes, first.size());
      first.remove_prefix(of_first);
      second.remove_prefix(sent.bytes - of_first);
    } else if (sent.status == IoStatus::wants_write || sent.status == IoStatus::wants_read) {
      const auto type =
          sent.status == IoStatus::wants_read ? Stream::WaitType::wait_read : Stream::WaitType::wait_write;
      if (!co_await wait(type)) co_return false;
      arm(service_.options.write_timeout);
    } else {
      co_return false;
    }
  }
  co_return true;
}

void HttpConnection::bound_unsent(bool is_bounded) {
  if (std::exchange(is_unsent_bounded_, is_bounded) != is_bounded) stream_.bound_unsent(is_bounded);
}

asio::awaitable<bool> HttpConnection::write_file(FileBody file) {
  std::uint64_t offset = file.offset;
  const std::uint64_t end = file.offset + file.length;
  while (offset < end) {
    const IoResult sent = stream_.send_file(file.descriptor, offset, end - offset, shard_.write_buffer());
    if (sent.status == IoStatus::failed || sent.status == IoStatus::closed) co_return false;
    // After each step the loop gets its turn, also when the socket would take more.
    const auto type = sent.status == IoStatus::wants_read ? Stream::WaitType::wait_read : Stream::WaitType::wait_write;
    if (offset < end && !co_await wait(type)) co_return false;
    arm(service_.options.write_timeout);
  }
  co_return true;
}

asio::awaitable<bool> HttpConnection::write_pieces(const HttpRequest& request, HttpResponse& response) {
  const bool chunked = request.version >= 11;
  while (true) {
    shard_.wheel().cancel(*this);  // making a piece may take long
    std::string piece;
    try {
      piece = co_await response.next_piece();
    } catch (const std::exception& error) {
      ops::log_error("net", "an answer ended in its middle",
                     {{"path", request.path}, {"request_id", request.request_id}, {"error", error.what()}});
      co_return false;
    }
    const bool is_last = piece.empty();
    std::string size_line;
    if (chunked) {
      size_line = fmt::format("{:x}\r\n", piece.size());
      piece += "\r\n";
    }
    arm(service_.options.write_timeout);
    if (!co_await write_all(size_line, piece)) co_return false;
    if (is_last) co_return true;
  }
}

/// Takes what the peer still sends, so that our last answer is not lost to a reset (RFC 9112 §9.6).
asio::awaitable<void> HttpConnection::linger() {
  stream_.shutdown();
  is_timed_out_ = false;
  arm(linger_timeout);
  for (std::size_t discarded = 0; discarded < linger_bytes_max; discarded += pending_.size()) {
    pending_.clear();
    if (!co_await read_more()) break;
  }
}

}  // namespace pulso::net
