#include "net/stream.h"

#include <algorithm>
#include <cerrno>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace pulso::net {
namespace {

using UnsentBytesMax = boost::asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;

IoStatus status_of_errno(IoStatus when_blocked) noexcept {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? when_blocked : IoStatus::failed;
}

}  // namespace

void SslDeleter::operator()(SSL* ssl) const noexcept {
  SSL_free(ssl);
}

Stream::Stream(boost::asio::io_context& context, StreamInTransit arrived) noexcept
    : socket_(context), ssl_(std::move(arrived.ssl)) {
  if (!arrived.descriptor) return;
  boost::system::error_code error;
  socket_.assign(arrived.protocol, arrived.descriptor.get(), error);
  if (!error) static_cast<void>(arrived.descriptor.release());
}

StreamInTransit Stream::depart() noexcept {
  boost::system::error_code error;
  const auto protocol = socket_.local_endpoint(error).protocol();
  const int descriptor = error ? -1 : socket_.release(error);
  return {.descriptor = FileDescriptor{error ? -1 : descriptor}, .protocol = protocol, .ssl = std::move(ssl_)};
}

IoStatus Stream::ssl_status(int result) const noexcept {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return IoStatus::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return IoStatus::wants_write;
    case SSL_ERROR_ZERO_RETURN:
      return IoStatus::closed;
    default:
      ERR_clear_error();
      return IoStatus::failed;
  }
}

IoResult Stream::read_some(std::span<char> buffer) noexcept {
  if (ssl_) {
    ERR_clear_error();
    const int got = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (got > 0) return {IoStatus::ok, static_cast<std::size_t>(got)};
    return {ssl_status(got), 0};
  }
  const ssize_t got = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got > 0) return {IoStatus::ok, static_cast<std::size_t>(got)};
  if (got == 0) return {IoStatus::closed, 0};
  return {status_of_errno(IoStatus::wants_read), 0};
}

IoResult Stream::write_some(std::string_view bytes, bool more_follows) noexcept {
  if (bytes.empty()) return {IoStatus::ok, 0};
  if (ssl_) {
    ERR_clear_error();
    const int sent =
        SSL_write(ssl_.get(), bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), 1 << 20)));
    if (sent > 0) return {IoStatus::ok, static_cast<std::size_t>(sent)};
    return {ssl_status(sent), 0};
  }
  const int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (more_follows ? MSG_MORE : 0);
  const ssize_t sent = ::send(socket_.native_handle(), bytes.data(), bytes.size(), flags);
  if (sent >= 0) return {IoStatus::ok, static_cast<std::size_t>(sent)};
  return {status_of_errno(IoStatus::wants_write), 0};
}

IoResult Stream::write_gathered(std::span<const iovec> pieces) noexcept {
  if (ssl_) {
    IoResult total;
    for (const iovec& piece : pieces) {
      const IoResult step = write_some({static_cast<const char*>(piece.iov_base), piece.iov_len});
      total.status = step.status;
      total.bytes += step.bytes;
      if (step.status != IoStatus::ok || step.bytes < piece.iov_len) break;
    }
    if (total.bytes > 0 && total.status != IoStatus::failed) total.status = IoStatus::ok;
    return total;
  }
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0) return {IoStatus::ok, static_cast<std::size_t>(sent)};
  return {status_of_errno(IoStatus::wants_write), 0};
}

IoResult Stream::send_file(int descriptor, std::uint64_t& offset, std::uint64_t length,
                           std::span<char> scratch) noexcept {
  if (ssl_) {
    const ssize_t got = ::pread(descriptor, scratch.data(), std::min<std::uint64_t>(scratch.size(), length),
                                static_cast<off_t>(offset));
    if (got <= 0) return {IoStatus::failed, 0};
    const IoResult result = write_some({scratch.data(), static_cast<std::size_t>(got)});
    offset += result.bytes;
    return result;
  }
  constexpr std::uint64_t step_bytes = 1 << 20;  // so that one fast reader does not keep the loop to itself
  auto position = static_cast<off_t>(offset);
  const ssize_t sent = ::sendfile(socket_.native_handle(), descriptor, &position, std::min(step_bytes, length));
  if (sent > 0) {
    offset += static_cast<std::uint64_t>(sent);
    return {IoStatus::ok, static_cast<std::size_t>(sent)};
  }
  if (sent == 0) return {IoStatus::failed, 0};  // the file has become shorter
  return {status_of_errno(IoStatus::wants_write), 0};
}

void Stream::bound_unsent(bool is_bounded) noexcept {
  boost::system::error_code ignored;
  socket_.set_option(UnsentBytesMax(is_bounded ? unsent_bytes_max : 0), ignored);  // tcp(7): 0 is the system's default
}

bool Stream::is_peer_silent(milliseconds limit) noexcept {
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (::getsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  return info.tcpi_retransmits > 0 && milliseconds{info.tcpi_last_ack_recv} >= limit;
}

IoResult Stream::handshake() noexcept {
  if (!ssl_) return {};
  ERR_clear_error();
  const int result = SSL_accept(ssl_.get());
  return {result == 1 ? IoStatus::ok : ssl_status(result), 0};
}

void Stream::cancel() noexcept {
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

std::string_view Stream::application_protocol() const noexcept {
  if (!ssl_) return {};
  const unsigned char* name = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &length);
  return {reinterpret_cast<const char*>(name), length};
}

void Stream::shutdown() noexcept {
  if (ssl_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::close() noexcept {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Stream::reset() noexcept {
  boost::system::error_code ignored;
  socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

}  // namespace pulso::net
