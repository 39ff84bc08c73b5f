#include "load/stream.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>
#include <openssl/err.h>

namespace pulso::bench {
namespace {

constexpr std::uint32_t first_source_address = 0x7f000002;  // 127.0.0.2
/// One call's result must fit its type with room to spare.
constexpr std::uint64_t discard_bytes_max = 1U << 30;

sockaddr_in loopback(std::uint32_t address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_addr.s_addr = htonl(address);
  result.sin_port = htons(port);
  return result;
}

void require(bool success, const char* what) {
  if (!success) throw std::system_error(errno, std::system_category(), what);
}

void set_option(int descriptor, int level, int name, int value) {
  require(setsockopt(descriptor, level, name, &value, sizeof value) == 0, "setsockopt");
}

int open_socket(const Target& target, std::size_t client) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  require(descriptor >= 0, "socket");
  set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  // Leaves the choice of the port to connect(), which knows the destination and so has the whole range.
  set_option(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  if (target.receive_buffer_bytes > 0) set_option(descriptor, SOL_SOCKET, SO_RCVBUF, target.receive_buffer_bytes);
  const auto offset = static_cast<std::uint32_t>(client % target.source_addresses);
  const sockaddr_in source = loopback(first_source_address + offset, 0);
  require(bind(descriptor, reinterpret_cast<const sockaddr*>(&source), sizeof source) == 0, "bind");
  const sockaddr_in server = loopback(INADDR_LOOPBACK, target.port);
  const int connected = connect(descriptor, reinterpret_cast<const sockaddr*>(&server), sizeof server);
  require(connected == 0 || errno == EINPROGRESS, "connect");
  return descriptor;
}

SSL_CTX& tls_context() {
  static const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context = [] {
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> made(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    SSL_CTX_set_verify(made.get(), SSL_VERIFY_NONE, nullptr);
    // Ten thousand idle clients in one process: give the record buffers back between records.
    SSL_CTX_set_mode(made.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
    return made;
  }();
  return *context;
}

}  // namespace

std::string Target::host() const {
  return fmt::format("127.0.0.1:{}", port);
}

Stream::Descriptor& Stream::Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(value_, other.value_);
  return *this;
}

Stream::Descriptor::~Descriptor() {
  if (value_ >= 0) close(value_);
}

Stream::Stream(const Target& target, std::size_t client) : descriptor_(open_socket(target, client)) {
  if (!target.tls) return;
  tls_.reset(SSL_new(&tls_context()));
  SSL_set_fd(tls_.get(), descriptor());
  SSL_set_connect_state(tls_.get());
}

Progress Stream::handshake() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(descriptor(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return Progress::closed;
  if (!tls_) return Progress::done;
  const int result = SSL_do_handshake(tls_.get());
  return result == 1 ? Progress::done : tls_progress(result);
}

Progress Stream::read(std::span<char> buffer, std::size_t& count) {
  count = 0;
  if (tls_) {
    const int result = SSL_read_ex(tls_.get(), buffer.data(), buffer.size(), &count);
    return result == 1 ? Progress::done : tls_progress(result);
  }
  return receive(recv(descriptor(), buffer.data(), buffer.size(), 0), count);
}

Progress Stream::discard(std::uint64_t bytes, std::size_t& count) {
  count = 0;
  // tcp(7): with MSG_TRUNC received bytes are discarded instead of being copied.
  return receive(recv(descriptor(), nullptr, std::min(bytes, discard_bytes_max), MSG_TRUNC), count);
}

Progress Stream::receive(ssize_t result, std::size_t& count) {
  if (result > 0) {
    count = static_cast<std::size_t>(result);
    return Progress::done;
  }
  return result < 0 && errno == EAGAIN ? Progress::want_read : Progress::closed;
}

Progress Stream::write(std::string_view bytes, std::size_t& count) {
  count = 0;
  if (tls_) {
    const int result = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &count);
    return result == 1 ? Progress::done : tls_progress(result);
  }
  const ssize_t result = send(descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (result >= 0) {
    count = static_cast<std::size_t>(result);
    return Progress::done;
  }
  return errno == EAGAIN ? Progress::want_write : Progress::closed;
}

void Stream::reset() {
  const linger abort{.l_onoff = 1, .l_linger = 0};
  setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
  tls_.reset();
  descriptor_ = Descriptor(-1);
}

Progress Stream::tls_progress(int result) const {
  const int reason = SSL_get_error(tls_.get(), result);
  // OpenSSL's queue is per thread: what one connection left there would be taken for the next one's failure.
  ERR_clear_error();
  switch (reason) {
    case SSL_ERROR_WANT_READ:
      return Progress::want_read;
    case SSL_ERROR_WANT_WRITE:
      return Progress::want_write;
    default:
      return Progress::closed;
  }
}

}  // namespace pulso::bench
