#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <sys/uio.h>
#include <utility>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <openssl/types.h>

#include "base/clock.h"
#include "net/file_descriptor.h"

namespace pulso::net {

/// A socket bound to its shard's loop by type: half the size of the default any-executor's.
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

enum class IoStatus : std::uint8_t {
  ok,
  wants_read,   ///< nothing now; wait until the socket is readable
  wants_write,  ///< nothing now; wait until it is writable
  closed,       ///< the peer has ended its side
  failed,       ///< reset, broken TLS, …
};

struct IoResult {
  IoStatus status = IoStatus::ok;
  std::size_t bytes = 0;
};

struct SslDeleter {
  void operator()(SSL* ssl) const noexcept;
};
using SslPointer = std::unique_ptr<SSL, SslDeleter>;

/// Room for one pending wait inside its owner. Asio would otherwise pin a cached block to every waiting socket.
struct WaitStorage {
  alignas(std::max_align_t) std::byte bytes[144];
  bool is_used = false;
};

/// Hands out a `WaitStorage` while it is free, the heap otherwise.
template <class T>
class WaitAllocator {
 public:
  using value_type = T;
  explicit WaitAllocator(WaitStorage& storage) noexcept : storage_(&storage) {}
  template <class U>
  WaitAllocator(const WaitAllocator<U>& other) noexcept : storage_(other.storage_) {}
  [[nodiscard]] T* allocate(std::size_t count) {
    if (!storage_->is_used && count * sizeof(T) <= sizeof(storage_->bytes)) {
      storage_->is_used = true;
      return reinterpret_cast<T*>(storage_->bytes);
    }
    return static_cast<T*>(::operator new(count * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t) noexcept {
    if (reinterpret_cast<std::byte*>(memory) == storage_->bytes) {
      storage_->is_used = false;
    } else {
      ::operator delete(memory);
    }
  }
  template <class U>
  friend bool operator==(const WaitAllocator& left, const WaitAllocator<U>& right) noexcept {
    return left.storage_ == right.storage_;
  }

 private:
  template <class U>
  friend class WaitAllocator;
  WaitStorage* storage_;
};

/// A stream on its way from one shard's loop to another's. Closes when it does not arrive.
struct StreamInTransit {
  FileDescriptor descriptor;
  boost::asio::ip::tcp protocol;
  SslPointer ssl;
};

/// A connected byte stream, plain or TLS, that never blocks: try first, then wait for what it wants.
class Stream {
 public:
  using WaitType = Socket::wait_type;
  static constexpr int unsent_bytes_max = 128 * 1024;

  Stream(Socket socket, SslPointer ssl) noexcept : socket_(std::move(socket)), ssl_(std::move(ssl)) {}
  Stream(Stream&&) = default;
  /// Goes on where another loop's stream stopped; not open when that was not.
  Stream(boost::asio::io_context& context, StreamInTransit arrived) noexcept;
  /// Leaves this loop. Nothing waits, and this stream is not used any more.
  [[nodiscard]] StreamInTransit depart() noexcept;

  [[nodiscard]] IoResult read_some(std::span<char> buffer) noexcept;
  /// With `more_follows` at once, what fills no segment may wait for it.
  [[nodiscard]] IoResult write_some(std::string_view bytes, bool more_follows = false) noexcept;
  /// At most 64 pieces in one system call (one TLS record a piece).
  [[nodiscard]] IoResult write_gathered(std::span<const iovec> pieces) noexcept;
  /// From page cache to socket; over TLS through the shard's buffer `scratch`. Advances `offset`.
  [[nodiscard]] IoResult send_file(int descriptor, std::uint64_t& offset, std::uint64_t length,
                                   std::span<char> scratch) noexcept;
  /// Bounds what the kernel takes beyond what is on its way to `unsent_bytes_max`, or lifts that bound. Without it the
  /// kernel would hold megabytes for a peer that does not read before our own high-water mark could notice.
  void bound_unsent(bool is_bounded) noexcept;
  /// Whether the peer acknowledges nothing of what was sent, sent again, for so long: it is gone, or its network is. A
  /// peer that only does not read is not silent.
  [[nodiscard]] bool is_peer_silent(milliseconds limit) noexcept;
  /// One step of a TLS handshake; `ok` when done, or when there is no TLS.
  [[nodiscard]] IoResult handshake() noexcept;

  /// Calls `handler(error_code)` when the socket is ready; its operation lives in `storage` when that is free.
  template <class Handler>
  void wait(WaitType type, WaitStorage& storage, Handler&& handler) {
    socket_.async_wait(type, boost::asio::bind_allocator(WaitAllocator<char>{storage}, std::forward<Handler>(handler)));
  }
  template <class Token>
  auto wait(WaitType type, Token&& token) {
    return socket_.async_wait(type, std::forward<Token>(token));
  }
  /// Ends pending waits with `operation_aborted`.
  void cancel() noexcept;
  /// Says goodbye (TLS close_notify) and ends our side.
  void shutdown() noexcept;
  void close() noexcept;
  /// Closes with a reset, so that a peer that does not read holds nothing here.
  void reset() noexcept;

  /// What the TLS handshake has agreed on (RFC 7301): `h2`, `http/1.1`, or nothing.
  [[nodiscard]] std::string_view application_protocol() const noexcept;
  [[nodiscard]] bool is_secure() const noexcept { return ssl_ != nullptr; }
  [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }
  [[nodiscard]] Socket& socket() noexcept { return socket_; }

 private:
  [[nodiscard]] IoStatus ssl_status(int result) const noexcept;

  Socket socket_;
  SslPointer ssl_;
};

}  // namespace pulso::net
